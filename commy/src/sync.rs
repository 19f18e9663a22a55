//! The atomics of the protocol: those of `core`, or loom's when a model is checked.

#[cfg(not(loom))]
pub(crate) use self::word::AtomicU64;
#[cfg(not(loom))]
pub(crate) use core::sync::atomic::{Ordering, fence};

#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicU64, Ordering, fence};

/// Tells the processor, or the model, that this thread waits for another one.
pub(crate) fn pause() {
    #[cfg(not(loom))]
    core::hint::spin_loop();
    #[cfg(loom)]
    loom::thread::yield_now();
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
    }
}
