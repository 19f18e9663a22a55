//! Publishing and reading allocate nothing, whatever the size of the record.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/counting.rs"]
mod counting;
#[path = "support/hot_paths.rs"]
mod hot_paths;
mod support;

use counting::allocations;
use hot_paths::HOT_PATHS;

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
