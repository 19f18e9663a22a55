//! The format is what its description says: a reader in another language, made from that alone,
//! agrees with a live Rust writer and sees no torn value.
#![cfg(target_arch = "x86_64")]
#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

#[path = "support/deque_kinds.rs"]
mod deque_kinds;
#[path = "support/keyed_kinds.rs"]
mod keyed_kinds;
#[path = "support/kinds.rs"]
mod kinds;
#[path = "support/more_kinds.rs"]
mod more_kinds;
#[path = "support/python.rs"]
mod python;
mod support;

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::path::Path;
use std::thread;
use std::time::SystemTime;

use commy::{FixedString, FixedVec, create_writer};

use deque_kinds::DequeKindsWriter;
use keyed_kinds::KeyedKindsWriter;
use kinds::{KindsReader, KindsWriter};
use more_kinds::MoreKindsWriter;
use python::python;

/// A record of which every field follows from the first.
#[create_writer(filename = "numbers.bin")]
struct Numbers {
    number: u64,
    list: FixedVec<u32, 64>,
    copies: [u64; 600],
    text: FixedString<20>,
}

#[test]
fn every_kind_of_field_is_read_from_the_schema_text() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("kinds.bin");
    KindsWriter::create_at(&path).unwrap().publish(&kinds::example());
    let Some(shown) = python(&["show"], &[&path], &[]) else { return };
    assert_eq!(shown, kinds::EXAMPLE);
}

#[test]
fn serialized_and_foreign_fields_are_read_from_the_schema_text() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("more_kinds.bin");
    let mut writer = MoreKindsWriter::create_at(&path).unwrap();
    writer.publish(&more_kinds::example());
    let Some(shown) = python(&["show"], &[&path], &[]) else { return };
    assert_eq!(shown, more_kinds::EXAMPLE);
}

#[test]
fn the_time_of_a_publish_is_read_from_the_slot() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("kinds.bin");
    let time = || python(&["time"], &[&path], &[]);
    let mut writer = KindsWriter::options().path(&path).timestamps(true).create().unwrap();
    writer.publish(&kinds::example());
    let Some(first) = time() else { return };
    writer.set_small(3);
    let published = KindsReader::open_at(&path).unwrap().file().published_at().unwrap();
    let since = published.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos();
    let second = time().unwrap();
    assert_eq!(second, since.to_string());
    assert!(first.parse::<u128>().unwrap() < since);
    let plain = directory.path().join("plain.bin");
    KindsWriter::create_at(&plain).unwrap().set_small(3);
    assert_eq!(python(&["time"], &[&plain], &[]).unwrap(), "0");
}

#[test]
fn fixed_deques_are_read_from_their_oldest_element_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deque_kinds.bin");
    DequeKindsWriter::create_at(&path).unwrap().publish(&deque_kinds::example());
    let Some(shown) = python(&["show"], &[&path], &[]) else { return };
    assert_eq!(shown, deque_kinds::EXAMPLE);
}

#[test]
fn maps_and_sets_of_fixed_size_are_read_from_the_schema_text() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keyed_kinds.bin");
    KeyedKindsWriter::create_at(&path).unwrap().publish(&keyed_kinds::example());
    let Some(shown) = python(&["show"], &[&path], &[]) else { return };
    assert_eq!(shown, keyed_kinds::EXAMPLE);
}

#[test]
fn a_file_of_an_earlier_version_is_read_as_well() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let golden = root.join("tests/golden/kinds-v1-closed.commy");
    let Some(shown) = python(&["show"], &[&golden], &[]) else { return };
    assert_eq!(shown, kinds::EXAMPLE.replace(r#""mode":"Auto""#, r#""mode":"Fault""#));
    let golden = root.join("tests/golden/more-kinds-v1-closed.commy");
    let Some(shown) = python(&["show"], &[&golden], &[]) else { return };
    assert_eq!(shown, more_kinds::EXAMPLE.replace(r#""before":3"#, r#""before":7"#));
    let golden = root.join("tests/golden/deque-kinds-v1-closed.commy");
    let Some(shown) = python(&["show"], &[&golden], &[]) else { return };
    assert_eq!(shown, deque_kinds::EXAMPLE.replace("[3,4,5,6]", "[4,5,6,7]"));
    let golden = root.join("tests/golden/keyed-kinds-v1-closed.commy");
    let Some(shown) = python(&["show"], &[&golden], &[]) else { return };
    assert_eq!(shown, keyed_kinds::EXAMPLE.replace(r#""before":3"#, r#""before":7"#));
}

/// Runs the script against a writer that publishes as fast as it can.
fn watch(slots: u32, arguments: &[&str]) -> Option<[u64; 3]> {
    let _watchdog = support::watchdog(Duration::from_secs(120));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("numbers.bin");
    let mut writer = NumbersWriter::options().path(&path).slots(slots).create().unwrap();
    let mut publish = || {
        let number = writer.file().generation() + 1;
        writer.update(|value| {
            value.number = number;
            value.list.clear();
            value.list.resize((number % 65) as usize, number as u32).unwrap();
            value.copies = [number; 600];
            value.text = FixedString::try_from(number.to_string().as_str()).unwrap();
        });
    };
    publish();
    let over = AtomicBool::new(false);
    let line = thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                publish();
            }
        });
        let line = python(&["watch"], &[&path], arguments);
        over.store(true, Ordering::Relaxed);
        line
    })?;
    let count = |name: &str| {
        let text = line.split([' ', '=']).skip_while(|word| *word != name).nth(1).unwrap();
        text.parse().unwrap()
    };
    Some(["snapshots", "generations", "torn"].map(count))
}

#[test]
fn the_three_steps_give_no_torn_value_from_a_writer_that_never_rests() {
    let Some([snapshots, generations, torn]) = watch(32, &["2000"]) else { return };
    assert_eq!((snapshots, torn), (2000, 0));
    assert!(generations > 10, "{generations} generations show nothing");
}

#[test]
fn without_the_third_step_the_same_script_finds_torn_values() {
    let Some([_, _, torn]) = watch(2, &["2000", "--unchecked"]) else { return };
    assert!(torn > 0, "the script cannot tell a torn value");
}
