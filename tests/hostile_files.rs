//! Thousands of damaged files, and peers that scribble over a live one: readers and writers get a
//! value or a clear error, and never panic, hang, or leave the file's bounds.
//!
//! The same as the fuzz targets `hostile_open` and `hostile_read`, with pseudo-random inputs.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/hostile.rs"]
mod hostile;
#[path = "support/kinds.rs"]
mod kinds;
mod support;

use core::time::Duration;
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::thread;

use hostile::{CUT, EDIT_LEN, RAW, REPAIR};
use kinds::{KindsReader, KindsWriter, example};
use support::format;

/// Numbers at which arithmetic goes wrong, if it does.
const EDGES: [u64; 20] = [
    0,
    1,
    2,
    3,
    7,
    8,
    24,
    127,
    128,
    255,
    4095,
    4096,
    4097,
    65_537,
    1 << 31,
    1 << 32,
    1 << 62,
    (1 << 62) + 1,
    1 << 63,
    u64::MAX,
];

fn edit(random: &mut support::Random) -> [u8; EDIT_LEN] {
    let mut edit = [0; EDIT_LEN];
    edit[..4].copy_from_slice(&(random.next() as u32).to_le_bytes());
    let number = match random.below(3) {
        0 => random.next(),
        1 => random.below(300),
        _ => EDGES[random.below(EDGES.len() as u64) as usize],
    };
    edit[4..].copy_from_slice(&number.to_le_bytes());
    edit
}

fn input(random: &mut support::Random) -> Vec<u8> {
    let mut input = vec![[0, REPAIR, REPAIR, REPAIR, CUT][random.below(5) as usize]];
    for _ in 0..1 + random.below(4) {
        input.extend(edit(random));
    }
    input
}

#[test]
fn mutated_files_give_a_value_or_a_clear_error() {
    let _watchdog = support::watchdog(Duration::from_secs(300));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("kinds.bin");
    let good = hostile::good(&path);
    let mut random = support::Random(0x5eed_0001);
    let (mut read, mut written) = (0, 0);
    let rounds = 4000;
    for round in 0..rounds {
        let input = input(&mut random);
        fs::write(&path, hostile::mutated(&good, &input)).unwrap();
        let result = std::panic::catch_unwind(|| hostile::use_all(&path));
        let (reader, writer) = result.unwrap_or_else(|_| panic!("round {round}: {input:02x?}"));
        read += u32::from(reader);
        written += u32::from(writer);
    }
    // Both ways were taken often.
    for opened in [read, written] {
        assert!((200..rounds - 200).contains(&opened), "{opened} of {rounds} were opened");
    }
}

#[test]
fn random_bytes_behind_the_magic_are_refused() {
    let _watchdog = support::watchdog(Duration::from_secs(300));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("kinds.bin");
    let good = hostile::good(&path);
    let mut random = support::Random(0x5eed_0002);
    for _ in 0..500 {
        let mut input = vec![RAW];
        input.extend(&good[..random.below(64) as usize]);
        input.resize_with(1 + random.below(20_000) as usize, || random.next() as u8);
        fs::write(&path, hostile::mutated(&good, &input)).unwrap();
        assert_eq!(hostile::use_all(&path), (false, false));
    }
}

#[test]
fn a_peer_that_scribbles_over_the_file_makes_reads_fail_and_no_more() {
    let _watchdog = support::watchdog(Duration::from_secs(300));
    let directory = tempfile::tempdir().unwrap();
    let scribbler = hostile::Scribbler::new(&directory.path().join("kinds.bin"));
    let mut random = support::Random(0x5eed_0003);
    let (mut values, mut refusals, mut peers) = (0, 0, 0);
    // However slow the machine is: fewer would show nothing.
    while peers < 60 || values <= 100 || refusals <= 100 {
        peers += 1;
        let edits: Vec<_> = (0..1 + random.below(12)).map(|_| edit(&mut random)).collect();
        let (some, others) = scribbler.read_while_scribbling(&edits, 200);
        values += some;
        refusals += others;
    }
}

#[test]
#[ignore = "a role of the test below"]
fn reader_of_a_file_that_is_cut_off() {
    let Some(path) = support::role_path() else { return };
    let reader = KindsReader::open_at(&path).unwrap();
    assert_eq!(reader.snapshot().unwrap(), example());
    File::create(path.with_file_name("read")).unwrap();
    let _ = std::io::stdin().read(&mut [0]);
    // Ends this process, as the limits of the crate say.
    let value = reader.snapshot();
    std::process::exit(if value.is_err() { 0 } else { 1 });
}

#[test]
fn truncation_under_a_live_reader_is_a_bus_error_or_an_error_and_never_a_value() {
    const SIGBUS: i32 = 7;
    let _watchdog = support::watchdog(Duration::from_secs(60));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("kinds.bin");
    KindsWriter::create_at(&path).unwrap().publish(&example());
    let mut child = support::Reaped(support::start("reader_of_a_file_that_is_cut_off", &path));
    while !path.with_file_name("read").exists() {
        assert!(child.0.try_wait().unwrap().is_none(), "the reader ended early");
        thread::sleep(Duration::from_millis(1));
    }
    File::options().write(true).open(&path).unwrap().set_len(4096).unwrap();
    drop(child.0.stdin.take());
    let status = child.0.wait().unwrap();
    assert!(status.signal() == Some(SIGBUS) || status.code() == Some(0), "{status}");
    // Who opens it now is told.
    let late = KindsReader::open_at(&path).unwrap_err();
    assert!(matches!(late, commy::OpenError::Truncated { .. }), "{late}");
}
