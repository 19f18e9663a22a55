//! Publishing and reading allocate nothing, whatever the size of the record.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/counting.rs"]
mod counting;
#[path = "support/growable_paths.rs"]
mod growable_paths;
#[path = "support/hot_paths.rs"]
mod hot_paths;
mod support;

use counting::allocations;
use growable_paths::GROWN_PATHS;
use hot_paths::{HOT_PATHS, TIMED_PATHS};

#[test]
fn the_counter_counts() {
    let (count, ()) = allocations(|| {
        drop(core::hint::black_box(Box::new(1)));
        let mut list = core::hint::black_box(Vec::with_capacity(1));
        list.extend_from_slice(&[0; 100]);
    });
    assert!(count >= 3);
}

#[test]
fn no_way_to_publish_or_read_allocates() {
    let (_directory, path) = support::place("load.bin");
    let mut ends = hot_paths::open(&path);
    for _ in 0..50 {
        // The first time too.
        for (what, path) in HOT_PATHS {
            let (count, ()) = allocations(|| path(&mut ends));
            assert_eq!(count, 0, "allocations of {what}");
        }
    }
    assert_ne!(support::steady_generation(&path), 0);
}

#[test]
fn no_publish_that_says_its_time_allocates() {
    let (_directory, path) = support::place("load.bin");
    let mut ends = hot_paths::open_timed(&path);
    for _ in 0..50 {
        for (what, path) in TIMED_PATHS {
            let (count, ()) = allocations(|| path(&mut ends));
            assert_eq!(count, 0, "allocations of {what}");
        }
    }
    assert_ne!(support::steady_generation(&path), 0);
}

#[test]
fn short_reads_and_writes_of_what_grows_allocate_what_they_return() {
    let (_directory, path) = support::place("grown.bin");
    let mut ends = growable_paths::open_grown(&path);
    for round in 0..50 {
        for (what, most, path) in GROWN_PATHS {
            let (count, ()) = allocations(|| path(&mut ends));
            assert!(count <= *most, "{count} allocations of {what}, round {round}");
        }
        growable_paths::snapshot(&mut ends);
    }
}

#[test]
fn a_snapshot_into_a_value_with_room_allocates_nothing() {
    let (_directory, path) = support::place("grown.bin");
    let mut ends = growable_paths::open_grown(&path);
    let (count, ()) = allocations(|| growable_paths::snapshot(&mut ends));
    assert_eq!(count, 0);
}
