//! The atomics of the protocol, and the mutex of its locks: those of `core` and `std`, or loom's when a
//! model is checked.

#[cfg(not(loom))]
pub(crate) use self::word::{AtomicU32, AtomicU64};
#[cfg(not(loom))]
pub(crate) use core::sync::atomic::{Ordering, compiler_fence, fence};

#[cfg(not(loom))]
pub(crate) use std::sync::{Mutex, MutexGuard};

#[cfg(loom)]
pub(crate) use loom::sync::{Mutex, MutexGuard};

#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

/// Tells the processor that this thread waits for another one.
///
/// A model is told nothing: after a yield, loom runs the thread only when no other can run, and
/// shows it the newest of everything, so that most of what can happen between two tries would not
/// be looked at. Tries are bounded, so the model ends without.
pub(crate) fn pause() {
    #[cfg(not(loom))]
    core::hint::spin_loop();
}

#[cfg(not(loom))]
mod word {
    #![allow(clippy::disallowed_types, reason = "the one place that names core's atomics")]

    use core::sync::atomic::Ordering;

    /// `core`'s atomic word with the operations that the protocol needs, and no other.
    ///
    /// A type of its own, so that a lint finds whoever goes round the model.
    #[derive(Debug)]
    #[repr(transparent)]
    pub(crate) struct AtomicU64(core::sync::atomic::AtomicU64);

    impl AtomicU64 {
        pub(crate) const fn new(value: u64) -> Self {
            Self(core::sync::atomic::AtomicU64::new(value))
        }

        #[inline]
        pub(crate) fn load(&self, order: Ordering) -> u64 {
            self.0.load(order)
        }

        #[inline]
        pub(crate) fn store(&self, value: u64, order: Ordering) {
            self.0.store(value, order);
        }

        #[inline]
        pub(crate) fn fetch_max(&self, value: u64, order: Ordering) -> u64 {
            self.0.fetch_max(value, order)
        }

        #[inline]
        pub(crate) fn compare_exchange(
            &self,
            current: u64,
            new: u64,
            success: Ordering,
            failure: Ordering,
        ) -> Result<u64, u64> {
            self.0.compare_exchange(current, new, success, failure)
        }
    }

    /// The same of half the size, as the kernel has it for sleepers.
    #[derive(Debug)]
    #[repr(transparent)]
    pub(crate) struct AtomicU32(core::sync::atomic::AtomicU32);

    impl AtomicU32 {
        pub(crate) const fn new(value: u32) -> Self {
            Self(core::sync::atomic::AtomicU32::new(value))
        }

        #[inline]
        pub(crate) fn load(&self, order: Ordering) -> u32 {
            self.0.load(order)
        }

        #[inline]
        pub(crate) fn store(&self, value: u32, order: Ordering) {
            self.0.store(value, order);
        }
    }
}
