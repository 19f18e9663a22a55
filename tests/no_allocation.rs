//! Publishing and reading allocate nothing, whatever the size of the record.
#![allow(clippy::unwrap_used, reason = "a failed test may panic")]
#![allow(unsafe_code, reason = "an allocator that counts")]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::time::Duration;
use std::alloc::System;

use commy::{FixedString, FixedVec, SmartString, create_reader, create_writer};

struct Counting;

std::thread_local! {
    /// Allocations of this thread, so that the test harness does not count.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    // Fails only while the thread ends, when nobody asks any more.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: passes everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the duty of the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the duty of the caller.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the duty of the caller.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the duty of the caller.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[create_writer(filename = "large.bin")]
#[create_reader(filename = "large.bin")]
#[derive(Clone)]
struct Large {
    name: FixedString<32>,
    samples: FixedVec<f64, 4096>,
    note: SmartString<2000>,
    flags: [bool; 300],
    count: u64,
}

#[track_caller]
fn allocates_nothing<R>(what: &str, mut action: impl FnMut() -> R) {
    let before = ALLOCATIONS.get();
    for _ in 0..50 {
        let result = action();
        drop(core::hint::black_box(result));
    }
    assert_eq!(ALLOCATIONS.get() - before, 0, "allocations of {what}");
}

#[test]
fn the_counter_counts() {
    let before = ALLOCATIONS.get();
    drop(core::hint::black_box(Box::new(1)));
    let mut list = core::hint::black_box(Vec::with_capacity(1));
    list.extend_from_slice(&[0; 100]);
    assert!(ALLOCATIONS.get() - before >= 3);
}

#[test]
fn no_way_to_publish_or_read_allocates() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("large.bin");
    let mut writer = LargeWriter::create_at(&path).unwrap();
    let reader = LargeReader::open_at(&path).unwrap();
    let value = writer.get().clone();
    let mut into = value.clone();
    let mut number = 0;

    // Before anything else is called: not even the first publish and the first read may.
    allocates_nothing("publish", || writer.publish(&value));
    allocates_nothing("a snapshot", || reader.snapshot().unwrap());
    allocates_nothing("a plain setter", || {
        number += 1;
        writer.set_count(number);
    });
    allocates_nothing("a setter of a string", || writer.set_name("a name").unwrap());
    allocates_nothing("a setter of a vector", || writer.set_samples(&[1.0; 4000]).unwrap());
    allocates_nothing("a setter of a long string", || writer.set_note("x").unwrap());
    allocates_nothing("a refused setter", || writer.set_samples(&[1.0; 4097]).unwrap_err());
    allocates_nothing("update", || writer.update(|large| large.flags[7] ^= true));
    allocates_nothing("a refused update", || {
        writer.try_update(|large| large.samples.extend_from_slice(&[1.0; 4097])).unwrap_err()
    });
    allocates_nothing("a batch", || {
        writer.batch(|large| {
            large.set_count(1);
            large.set_name("another").unwrap();
        });
    });
    allocates_nothing("a snapshot into a value", || reader.snapshot_into(&mut into).unwrap());
    allocates_nothing("a plain getter", || reader.count().unwrap());
    allocates_nothing("a getter of a string", || reader.name().unwrap());
    allocates_nothing("a getter of a vector", || reader.samples().unwrap());
    allocates_nothing("generations", || reader.changed_since(reader.generation() - 1));
    allocates_nothing("a wait for what is there", || reader.wait_newer(0, Duration::MAX));
    allocates_nothing("a clone of the reader", || reader.clone());
}
