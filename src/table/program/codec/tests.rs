use proptest::prelude::*;

use super::super::Site;
use super::*;
use crate::pattern::Machine;

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

/// A machine of so many rows that lead to themselves.
fn machine(rows: u32) -> Machine {
    Machine {
        columns: Box::new([0; 256]),
        stride: 1,
        start: 0,
        settled: rows,
        next: (0..rows).collect(),
        says: vec![0; rows as usize],
    }
}

fn written<T: Coded>(part: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    part.write(&mut bytes);
    bytes
}

#[test]
fn an_automaton_is_read_as_it_was_written() {
    let (made, _) = Machine::new(&["a[0-9]+", "(?s)/srv/.*"], 1 << 20).unwrap();
    for machine in [made, machine(3)] {
        let bytes = written(&machine);
        assert_eq!(Machine::read(&mut Reader::new(&bytes)), Some(machine));
    }
}

/// A few bytes that claim a table of gigabytes are refused before it is made.
#[test]
fn a_table_is_no_larger_than_what_it_is_read_from_allows() {
    let of_rows = |stride: u32, rows: u64, behind: &[u8]| {
        let mut bytes = Vec::new();
        write_runs_of_one(&mut bytes);
        (stride, 0_u32).write(&mut bytes);
        rows.write(&mut bytes);
        bytes.extend(behind);
        bytes
    };
    let refused = |bytes: &[u8]| {
        let taken = allocation_counter::measure(|| assert_eq!(Machine::read(&mut Reader::new(bytes)), None));
        assert!(taken.bytes_max < 4096, "{taken:?}");
    };
    // One row that would stand for all, as a run did that counted more than a row.
    refused(&of_rows(1, 1 << 26, &[0, 0, 0x80, 0x80, 0x80, 0x20]));
    // Rows without bytes to read them from.
    refused(&of_rows(1, 1 << 20, &[0; 16]));
    // Rows wider than there are bytes to have a column.
    refused(&of_rows(257, 1, &[0, 0, 0x81, 2]));
    refused(&of_rows(1 << 31, 1, &[0, 0, 0x80, 0x80, 0x80, 0x80, 8]));
    // A run that is longer than the row.
    refused(&of_rows(2, 1, &[0, 0, 3]));
    assert!(Machine::read(&mut Reader::new(&of_rows(2, 1, &[0, 0, 2]))).is_some());
}

/// All bytes in the first column.
fn write_runs_of_one(out: &mut Vec<u8>) {
    (0_u32, 256_u64).write(out);
}

/// However large what a part becomes: what is not there takes no room.
#[test]
fn a_claimed_number_of_large_parts_takes_no_room_before_they_are_read() {
    let bytes = [written(&(1_u64 << 18)), vec![0xff; 1 << 18]].concat();
    let taken = allocation_counter::measure(|| assert_eq!(Vec::<Site>::read(&mut Reader::new(&bytes)), None));
    assert!(taken.bytes_max <= 1 << 18, "{taken:?}");
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
