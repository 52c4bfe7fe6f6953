use proptest::prelude::*;

use super::*;

#[test]
fn a_number_has_one_form() {
    for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
        let mut bytes = Vec::new();
        number.write(&mut bytes);
        assert_eq!(Reader::new(&bytes).number(), Some(number));
    }
    let overlong: [&[u8]; 5] = [&[0x80, 0], &[0x81, 0x80, 0], &[0x80], &[], &[0xff; 10]];
    for bytes in overlong {
        assert_eq!(Reader::new(bytes).number(), None, "{bytes:?}");
    }
    let past_64_bits = [&[0xff; 9][..], &[2]].concat();
    assert_eq!(Reader::new(&past_64_bits).number(), None);
}

#[test]
fn a_length_past_the_end_takes_no_memory() {
    let mut bytes = Vec::new();
    (1_u64 << 40).write(&mut bytes);
    assert_eq!(Vec::<u64>::read(&mut Reader::new(&bytes)), None);
}

proptest! {
    #[test]
    fn what_is_written_is_read(numbers: Vec<(u32, bool)>, text: Option<String>) {
        let mut bytes = Vec::new();
        (numbers.clone(), text.clone()).write(&mut bytes);
        let mut input = Reader::new(&bytes);
        prop_assert_eq!(Coded::read(&mut input), Some((numbers, text)));
        prop_assert!(input.is_at_end());
    }

    #[test]
    fn what_is_read_is_written_again(bytes: Vec<u8>) {
        if let Some(programs) = read(&bytes, 1) {
            prop_assert_eq!(write(programs.iter()), bytes);
        }
    }
}
