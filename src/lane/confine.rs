//! What a process of a lane may not do, whatever it runs: no capabilities, writes to one folder, few kinds of sockets.

use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::path::Path;

use landlock::{
    ABI, Access as _, AccessFs, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _,
    RulesetStatus, Scope, path_beneath_rules,
};
use rustix::thread::{
    CapabilitiesSecureBits, CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set,
    configure_capability_in_ambient_set, remove_capability_from_bounding_set, set_capabilities,
    set_capabilities_secure_bits, set_no_new_privs,
};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter,
};

/// Lets the next program that is executed mount, and give up capabilities for good. It would lose both to the user's number, unless
/// that is root's.
pub fn keep_for_the_first() -> io::Result<()> {
    let kept = CapabilitySet::SYS_ADMIN | CapabilitySet::SETPCAP;
    let own = capabilities(None)?;
    set_capabilities(
        None,
        CapabilitySets {
            inheritable: kept,
            ..own
        },
    )?;
    for capability in kept.iter() {
        configure_capability_in_ambient_set(capability, true)?;
    }
    Ok(())
}

/// Takes all capabilities away, and every way to get one: by set-user-id programs, by files' capabilities, as root.
pub fn drop_capabilities() -> io::Result<()> {
    set_no_new_privs(true)?;
    clear_ambient_capability_set()?;
    // Those that this program does not know are none of the process's own after the last call, and no program adds any.
    for capability in CapabilitySet::all().iter().filter(|one| one.bits().count_ones() == 1) {
        match remove_capability_from_bounding_set(capability) {
            // A capability that the kernel does not know.
            Ok(()) | Err(rustix::io::Errno::INVAL) => {}
            Err(error) => return Err(error.into()),
        }
    }
    set_capabilities_secure_bits(CapabilitiesSecureBits::NO_ROOT | CapabilitiesSecureBits::NO_ROOT_LOCKED)?;
    let none = CapabilitySet::empty();
    set_capabilities(
        None,
        CapabilitySets {
            effective: none,
            permitted: none,
            inheritable: none,
        },
    )?;
    Ok(())
}

/// What programs write to without keeping anything.
const SINKS: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// Lets files be changed in `folder` only. Truncation needs the third version of Landlock, without which it does not start. Scopes
/// (signals, abstract sockets) need the sixth and are taken where they are: the pid and network namespaces hold these already.
pub fn restrict_writes(folder: &Path) -> Result<(), Box<dyn Error>> {
    let writes = AccessFs::from_write(ABI::V3);
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(writes)?
        .set_compatibility(CompatLevel::BestEffort)
        .scope(Scope::from_all(ABI::V6))?
        .create()?
        .set_compatibility(CompatLevel::HardRequirement)
        .add_rules(path_beneath_rules([folder], writes))?
        .add_rules(path_beneath_rules(SINKS, AccessFs::WriteFile))?
        .restrict_self()?;
    if status.ruleset == RulesetStatus::NotEnforced {
        return Err("the kernel does not enforce it".into());
    }
    Ok(())
}

/// Calls that open connections or reach secrets behind the filter's back, or that have been the way out of many sandboxes.
const REFUSED: [i64; 10] = [
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_setns,
    libc::SYS_bpf,
    libc::SYS_userfaultfd,
    libc::SYS_perf_event_open,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
];

/// A call of the x32 interface has the number of the usual one with this bit.
const X32: i64 = 0x4000_0000;

/// Allows sockets of IPv4, IPv6 and the routing tables, which the network namespace confines, and connected pairs of Unix
/// sockets, which lead to nobody else. Unix sockets by name would lead to the daemons of the machine.
pub fn restrict_calls() -> Result<(), Box<dyn Error>> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for call in REFUSED {
        rules.insert(call, Vec::new());
        rules.insert(call | X32, Vec::new());
    }
    for call in [libc::SYS_socket, libc::SYS_socket | X32] {
        rules.insert(call, refused_sockets()?);
    }
    for call in [libc::SYS_socketpair, libc::SYS_socketpair | X32] {
        rules.insert(call, refused_pairs()?);
    }
    let refuse = SeccompAction::Errno(u32::try_from(libc::EPERM)?);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, std::env::consts::ARCH.try_into()?)?;
    let program: BpfProgram = filter.try_into()?;
    apply_filter(&program)?;
    Ok(())
}

/// A family that is none of these; a netlink socket for anything but routes.
fn refused_sockets() -> Result<Vec<SeccompRule>, Box<dyn Error>> {
    let families = [libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];
    let other = families.map(|family| argument(0, SeccompCmpOp::Ne, family));
    let other = other.into_iter().collect::<Result<_, _>>()?;
    let netlink = vec![
        argument(0, SeccompCmpOp::Eq, libc::AF_NETLINK)?,
        argument(2, SeccompCmpOp::Ne, libc::NETLINK_ROUTE)?,
    ];
    Ok(vec![SeccompRule::new(other)?, SeccompRule::new(netlink)?])
}

/// A pair that is none of Unix sockets, or of ones that can send to others than each other: datagrams, and `SOCK_RAW`, which
/// is another word for these.
fn refused_pairs() -> Result<Vec<SeccompRule>, Box<dyn Error>> {
    const KIND: u64 = 0xf;
    let kind = |kind| argument(1, SeccompCmpOp::MaskedEq(KIND), kind);
    Ok(vec![
        SeccompRule::new(vec![argument(0, SeccompCmpOp::Ne, libc::AF_UNIX)?])?,
        SeccompRule::new(vec![kind(libc::SOCK_DGRAM)?])?,
        SeccompRule::new(vec![kind(libc::SOCK_RAW)?])?,
    ])
}

fn argument(place: u8, is: SeccompCmpOp, value: i32) -> Result<SeccompCondition, Box<dyn Error>> {
    let value = u64::try_from(value)?;
    Ok(SeccompCondition::new(place, SeccompCmpArgLen::Dword, is, value)?)
}
