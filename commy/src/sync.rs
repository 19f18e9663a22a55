//! The atomics of the protocol: those of `core`, or loom's when a model is checked.
#![allow(clippy::disallowed_types, reason = "the one place that names them")]

#[cfg(not(loom))]
pub(crate) use core::sync::atomic::{AtomicU64, Ordering, fence};

#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicU64, Ordering, fence};

/// Tells the processor, or the model, that this thread waits for another one.
pub(crate) fn pause() {
    #[cfg(not(loom))]
    core::hint::spin_loop();
    #[cfg(loom)]
    loom::thread::yield_now();
}
