//! The allocator of a test program, which counts what each thread asks of it.
#![allow(dead_code, unreachable_pub, reason = "a module of several tests")]
#![allow(unsafe_code, reason = "only an allocator sees every allocation")]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use std::alloc::System;

/// What a thread has allocated.
#[derive(Clone, Copy)]
struct Count {
    /// How often.
    calls: u64,
    /// The bytes that were not freed.
    now: usize,
    /// The most that these ever were.
    most: usize,
}

impl Count {
    const ZERO: Self = Self { calls: 0, now: 0, most: 0 };
}

std::thread_local! {
    /// That of this thread, so that the test harness does not count.
    static COUNT: Cell<Count> = const { Cell::new(Count::ZERO) };
}

/// The system's allocator, which counts. A growing one asks for new memory and frees the old.
struct Counting;

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Fails only while the thread ends, when nobody asks any more.
        let _ = COUNT.try_with(|count| {
            let Count { calls, now, most } = count.get();
            let now = now.wrapping_add(layout.size());
            count.set(Count { calls: calls + 1, now, most: most.max(now) });
        });
        // SAFETY: the duty of the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        let _ = COUNT.try_with(|count| {
            let before = count.get();
            count.set(Count { now: before.now.saturating_sub(layout.size()), ..before });
        });
        // SAFETY: the duty of the caller.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What `call` allocates, and what it returns.
fn counted<R>(call: impl FnOnce() -> R) -> (Count, R) {
    COUNT.set(Count::ZERO);
    let result = call();
    (COUNT.get(), result)
}

/// How often `call` allocates.
pub fn allocations<R>(call: impl FnOnce() -> R) -> (u64, R) {
    let (count, result) = counted(call);
    (count.calls, result)
}

/// The most bytes that were allocated at one time during `call`.
pub fn peak<R>(call: impl FnOnce() -> R) -> (usize, R) {
    let (count, result) = counted(call);
    (count.most, result)
}
