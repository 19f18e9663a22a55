//! Locks that are counted: two threads of one reader, with the real counts.

use super::*;
use crate::publish::reclaim::{CountedLocks, SystemLocks};

/// What the kernel has of one reader's two descriptors: relaxed words.
struct Kernel {
    exact: AtomicU64,
    range: AtomicU64,
}

impl SystemLocks for Arc<Kernel> {
    type Fault = ();

    fn lock(&self, generation: u64) -> Result<(), ()> {
        self.exact.store(generation, Ordering::Relaxed);
        Ok(())
    }

    fn unlock(&self, _: u64) {
        self.exact.store(0, Ordering::Relaxed);
    }

    fn lock_from(&self, first: u64) -> Result<(), ()> {
        self.range.store(first, Ordering::Relaxed);
        Ok(())
    }

    fn let_go(&self) {
        self.range.store(0, Ordering::Relaxed);
    }

    fn in_child(&self) -> bool {
        false
    }

    fn forked(&self) {}
}

/// Lets two threads of one reader do the same.
fn together<S: ReclaimSteps + 'static>(
    work: impl Fn(&CountedLocks<S, Arc<Kernel>>, &Kernel) + Copy + Sync + Send + 'static,
) {
    loom::model(move || {
        let kernel = Arc::new(Kernel { exact: AtomicU64::new(0), range: AtomicU64::new(0) });
        let locks = CountedLocks::<S, _>::new(Arc::clone(&kernel));
        let (other, others) = (locks.clone(), Arc::clone(&kernel));
        let thread = thread::spawn(move || work(&other, &others));
        work(&locks, &kernel);
        thread.join().unwrap();
        let left = [&kernel.exact, &kernel.range].map(|word| word.load(Ordering::Relaxed));
        assert_eq!(left, [0, 0], "locked for nobody");
    });
}

/// Each has a view of generation 1 for a while, twice.
fn viewed<S: ReclaimSteps + 'static>() {
    together::<S>(|locks, kernel| {
        for _ in 0..2 {
            locks.lock(1).unwrap();
            assert_eq!(kernel.exact.load(Ordering::Relaxed), 1, "a view without a lock");
            locks.unlock(1);
        }
    });
}

/// Each pins generation 1 by a range.
fn announced<S: ReclaimSteps + 'static>() {
    together::<S>(|locks, kernel| {
        let mut range = locks.lock_from(1).unwrap();
        assert_eq!(kernel.range.load(Ordering::Relaxed), 1, "a range that somebody has let go");
        range.lock(1).unwrap();
        drop(range);
        assert_eq!(kernel.exact.load(Ordering::Relaxed), 1, "a view without a lock");
        locks.unlock(1);
    });
}

#[test]
fn a_generation_is_locked_while_a_view_has_it() {
    viewed::<All>();
}

#[test]
fn a_range_is_locked_until_who_has_it_lets_go() {
    announced::<All>();
}

reclaim_steps!(CountedFirst {} { const COUNT_WITH_LOCK: bool = false; });
reclaim_steps!(RangesTogether {} { const RANGE_ALONE: bool = false; });

#[test]
#[should_panic(expected = "a view without a lock")]
fn with_the_lock_outside_the_count_a_view_has_none() {
    viewed::<CountedFirst>();
}

#[test]
#[should_panic(expected = "a range that somebody has let go")]
fn with_two_ranges_by_one_descriptor_one_lets_go_of_the_other() {
    announced::<RangesTogether>();
}
