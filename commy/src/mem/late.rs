//! A value that may be behind, and is brought up by who looks at it first.

use core::cell::UnsafeCell;
use core::fmt;
use core::panic::RefUnwindSafe;
use core::sync::atomic::AtomicBool;
use std::sync::PoisonError;

use commy_types::Mappable;

use super::arrival::zeroed_box;
use crate::sync::{Mutex, Ordering};

/// A writer's own value, which a publish leaves behind: most writers never look at it again.
///
/// A look needs no more than a shared reference, so several threads may be the first.
pub(super) struct Late<T> {
    /// # Invariants
    ///
    /// 1. While `is_behind` is false, nobody writes here through a shared reference. While it is true,
    ///    only who holds `catching_up` does, and there is no other reference to the value.
    value: UnsafeCell<Box<T>>,
    is_behind: AtomicBool,
    catching_up: Mutex<()>,
}

// SAFETY: shared, it gives out shared references to `T`, which is `Sync`. What one thread writes
// through a shared reference, no other sees before L1 (invariant 1). It writes the bytes of a value
// of a `Mappable` type, which mean the same to every thread as to every process.
unsafe impl<T: Mappable + Sync> Sync for Late<T> {}

/// A panic while the value is brought up leaves it behind.
impl<T: RefUnwindSafe> RefUnwindSafe for Late<T> {}

impl<T: Mappable> Late<T> {
    /// The all-zero value; a large one is never on the stack.
    pub(super) fn zeroed() -> Self {
        Self {
            value: UnsafeCell::new(zeroed_box()),
            is_behind: AtomicBool::new(false),
            catching_up: Mutex::new(()),
        }
    }

    /// The value, which `catch_up` makes what it shall be if it is behind.
    #[inline]
    pub(super) fn get(&self, catch_up: impl FnOnce(&mut T)) -> &T {
        // SYNC L1: pairs with L1 in `catch_up`.
        if self.is_behind.load(Ordering::Acquire) {
            self.catch_up(catch_up);
        }
        // SAFETY: it is not behind, and only `fall_behind` changes that, which borrows mutably: by
        // invariant 1, nobody writes to it as long as `self` is borrowed.
        unsafe { &*self.value.get() }
    }

    #[cold]
    fn catch_up(&self, catch_up: impl FnOnce(&mut T)) {
        // What a panic has left is behind still, and is written as a whole.
        let _catching_up = self.catching_up.lock().unwrap_or_else(PoisonError::into_inner);
        // It may have been brought up by another thread meanwhile.
        if self.is_behind.load(Ordering::Relaxed) {
            // SAFETY: it is behind, and the lock is held: by invariant 1, there is no other reference.
            let value = unsafe { &mut *self.value.get() };
            catch_up(value);
            // SYNC L1: the value before the word of it; pairs with L1 in `get`.
            self.is_behind.store(false, Ordering::Release);
        }
    }

    /// The value as it is, behind or not.
    #[inline]
    pub(super) fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// Says that the value is not what it shall be.
    #[inline]
    pub(super) fn fall_behind(&mut self) {
        *self.is_behind.get_mut() = true;
    }

    /// Says that the value is what it shall be.
    #[inline]
    pub(super) fn caught_up(&mut self) {
        *self.is_behind.get_mut() = false;
    }

    /// Returns whether the value is behind.
    #[inline]
    pub(super) fn is_behind(&mut self) -> bool {
        *self.is_behind.get_mut()
    }
}

impl<T> fmt::Debug for Late<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Late").field("is_behind", &self.is_behind).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    #[test]
    fn who_looks_first_brings_it_up_and_all_see_what_was_brought() {
        let mut late = Late::<[u64; 6]>::zeroed();
        assert_eq!(late.get(|_| unreachable!("it is not behind")), &[0; 6]);
        for round in 1..8 {
            late.fall_behind();
            let (times, start) = (Mutex::new(0), Barrier::new(3));
            thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| {
                        start.wait();
                        let value = late.get(|value| {
                            *times.lock().unwrap() += 1;
                            *value = [round; 6];
                        });
                        assert_eq!(*value, [round; 6]);
                    });
                }
            });
            assert_eq!(*times.lock().unwrap(), 1);
        }
    }

    #[test]
    fn what_a_panic_has_left_is_brought_up_by_the_next_one() {
        let mut late = Late::<[u64; 6]>::zeroed();
        late.fall_behind();
        let failed = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
            late.get(|value| {
                value[0] = 1;
                panic!("half of it");
            });
        }));
        assert!(failed.is_err() && late.is_behind());
        assert_eq!(late.get(|value| *value = [2; 6]), &[2; 6]);
        *late.get_mut() = [3; 6];
        assert_eq!(late.get(|_| unreachable!("it is not behind")), &[3; 6]);
    }
}
