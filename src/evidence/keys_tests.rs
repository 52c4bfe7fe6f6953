//! Keys are made once, for their owner only, and never changed behind the user's back.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::keys::{pinned, signer};
use super::*;

fn dirs(base: &Path) -> Dirs {
    Dirs {
        config: base.join("config/mcppc"),
        state: base.join("state/mcppc"),
    }
}

#[test]
fn a_key_is_made_on_first_use_and_found_again() {
    let base = tempfile::tempdir().unwrap();
    let dirs = dirs(base.path());
    assert_eq!(pinned(&dirs).unwrap(), None);
    let first = signer(&dirs).unwrap();
    let again = signer(&dirs).unwrap();
    assert_eq!(first.verifier(), again.verifier());
    assert_eq!(pinned(&dirs).unwrap().as_ref(), Some(first.verifier()));
    assert!(first.verifier().name().starts_with("mcppc/evidence/"));
    let mode = |name: &str| fs::metadata(dirs.config.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (mode(""), mode("evidence.key"), mode("evidence.vkey")),
        (0o700, 0o600, 0o644)
    );
    assert_eq!(fs::read_dir(&dirs.config).unwrap().count(), 2, "drafts are left");
    let other = tempfile::tempdir().unwrap();
    assert_ne!(signer(&self::dirs(other.path())).unwrap().verifier(), first.verifier());
}

#[test]
fn a_key_that_others_may_read_is_refused() {
    let base = tempfile::tempdir().unwrap();
    let dirs = dirs(base.path());
    signer(&dirs).unwrap();
    let path = dirs.config.join("evidence.key");
    for mode in [0o640, 0o604, 0o620, 0o602, 0o644, 0o610] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = signer(&dirs).unwrap_err();
        assert!(matches!(error, EvidenceError::Key { .. }), "{mode:o}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    signer(&dirs).unwrap();
}

#[test]
fn a_folder_that_others_may_write_to_is_refused() {
    let base = tempfile::tempdir().unwrap();
    let dirs = dirs(base.path());
    signer(&dirs).unwrap();
    let set = |mode| fs::set_permissions(&dirs.config, fs::Permissions::from_mode(mode)).unwrap();
    for mode in [0o720, 0o702, 0o777, 0o1777] {
        set(mode);
        assert!(matches!(signer(&dirs), Err(EvidenceError::Folder { .. })), "{mode:o}");
        assert!(matches!(pinned(&dirs), Err(EvidenceError::Folder { .. })), "{mode:o}");
    }
    set(0o755);
    signer(&dirs).unwrap();
}

#[test]
fn a_key_that_is_not_the_pinned_one_is_refused() {
    let base = tempfile::tempdir().unwrap();
    let (dirs, other) = (dirs(base.path()), dirs(&base.path().join("other")));
    signer(&dirs).unwrap();
    signer(&other).unwrap();
    fs::copy(other.config.join("evidence.key"), dirs.config.join("evidence.key")).unwrap();
    assert!(matches!(signer(&dirs), Err(EvidenceError::Key { .. })));
    // Without a pinned key the present one is pinned.
    fs::remove_file(dirs.config.join("evidence.vkey")).unwrap();
    assert_eq!(signer(&dirs).unwrap().verifier(), signer(&other).unwrap().verifier());
}

#[test]
fn a_damaged_key_is_not_replaced() {
    let base = tempfile::tempdir().unwrap();
    let dirs = dirs(base.path());
    signer(&dirs).unwrap();
    let path = dirs.config.join("evidence.key");
    let text = fs::read_to_string(&path).unwrap();
    // `PRIVATE+KEY+NAME+HASH+SECRET`, and a `+` may stand in the secret too.
    let secret = text.splitn(5, '+').last().unwrap().trim_end();
    assert!(secret.len() > 40);
    for damaged in ["", "x", &text[..text.len() - 4], &text.replace("mcppc", "mcppd")] {
        fs::write(&path, damaged).unwrap();
        let error = signer(&dirs).unwrap_err();
        assert!(matches!(error, EvidenceError::Key { .. }), "{damaged}");
        assert!(!format!("{error:?} {error}").contains(secret));
        assert_eq!(fs::read_to_string(&path).unwrap(), damaged);
    }
}

#[test]
fn folders_follow_the_environment() {
    let with = |vars: &'static [(&str, &str)]| {
        Dirs::from_vars(|name| {
            let found = vars.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| OsString::from(value))
        })
    };
    let both = |config: &str, state: &str| Dirs {
        config: PathBuf::from(config),
        state: PathBuf::from(state),
    };
    let home = both("/h/.config/mcppc", "/h/.local/state/mcppc");
    assert_eq!(with(&[("HOME", "/h")]).unwrap(), home);
    // The XDG specification: paths that are not absolute are ignored.
    assert_eq!(
        with(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "c"), ("XDG_STATE_HOME", "")]).unwrap(),
        home
    );
    let set = &[("XDG_CONFIG_HOME", "/c"), ("XDG_STATE_HOME", "/s")];
    assert_eq!(with(set).unwrap(), both("/c/mcppc", "/s/mcppc"));
    assert!(matches!(with(&[("HOME", "h")]), Err(EvidenceError::NoHome)));
    assert!(matches!(with(&[]), Err(EvidenceError::NoHome)));
}
