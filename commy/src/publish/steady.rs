//! When the writer refreshes the steady slot, and what that slot lacks.
//!
//! A refresh must leave the slot alone long enough for readers to copy it. There is no clock to
//! ask: reading one is a system call on some machines, and even the processor's own counter is
//! closed to a thread under strict seccomp. What the writer knows is its work. A publish takes at
//! least as long as copying some number of bytes, so after publishes worth sixteen payloads a copy
//! of one payload has had its time sixteen times over, and a reader is a quarter through its tries. A
//! writer that publishes less often than it could lets the steady slot age in proportion.
//!
//! A publish counts as the bytes it copied plus 256. Strict seccomp switches the time stamp counter
//! off for a thread (`PR_SET_TSC`). `rdtsc` would then end the process, and so would the clock of
//! the vDSO.
//!
//! A reader whose ring copy was overtaken tries the steady slot every other time. That must be at
//! least as new as `latest` was when the read began: its value was then the latest at some time
//! during the call. After all 64 tries it takes what is not older than what this reader has
//! returned. `wait` counts as returning.
//!
//! A new writer clears the word before it publishes, because what an earlier boot left may be torn.

use commy_types::Touched;

/// Records of fewer bytes have no steady slot: no ring turns faster than they are copied.
pub(crate) const STEADY_MIN: usize = 4097;

/// The work of a publish that copies nothing, in copied bytes: what a reader copies meanwhile.
const PUBLISH_WORK: usize = 256;

/// How many payloads could be copied between two refreshes.
const COPIES: usize = 16;

/// The writer's side of the steady slot.
#[derive(Debug)]
pub(crate) struct Steady {
    /// The bytes in which the slot differs from the image.
    stale: Touched,
    /// The work since the last refresh, in copied bytes.
    work: usize,
    /// The work after which the next refresh is due.
    due: usize,
    /// The bytes of the slot.
    size: usize,
}

impl Steady {
    /// The steady slot of a new writer, which trusts none of its `size` bytes; `None` for a
    /// record that is too small to need one.
    pub(crate) fn new(size: usize) -> Option<Self> {
        let due = size.saturating_mul(COPIES);
        (size >= STEADY_MIN).then(|| Self { stale: Touched::all(size), work: 0, due, size })
    }

    /// Adds what a publish changed, and the work it was to copy `copied` bytes; returns whether
    /// a refresh is due.
    #[inline]
    pub(crate) fn published(&mut self, touched: &Touched, copied: usize) -> bool {
        // Noted for every publish, not only those that refresh: the slot lacks all since then.
        for range in touched.as_slice() {
            self.stale.mark(range.clone());
        }
        // A publish that copies nothing takes time as well.
        self.work = self.work.saturating_add(copied.saturating_add(PUBLISH_WORK));
        self.work >= self.due
    }

    /// The same for a publish that changed and copied everything.
    #[inline]
    pub(crate) fn published_all(&mut self) -> bool {
        self.stale.mark(0..self.size);
        self.work = self.work.saturating_add(self.size.saturating_add(PUBLISH_WORK));
        self.work >= self.due
    }

    /// What the slot lacks; from now on it lacks nothing.
    pub(crate) fn take(&mut self) -> Touched {
        // Before the refresh, which is work for the writer and none that readers have time in.
        self.work = 0;
        core::mem::take(&mut self.stale)
    }
}

#[cfg(test)]
mod tests {
    use core::slice;

    use super::*;

    #[test]
    fn small_records_have_no_steady_slot() {
        assert!(Steady::new(4096).is_none());
        assert!(Steady::new(4104).is_some());
    }

    #[test]
    fn a_refresh_is_due_after_the_work_of_sixteen_copies() {
        let mut steady = Steady::new(8192).unwrap();
        let mut change = Touched::new();
        change.mark(8..16);
        let mut publishes = 1;
        while !steady.published(&change, 8) {
            publishes += 1;
        }
        assert!(publishes * (PUBLISH_WORK + 8) >= 16 * 8192);
        assert!((publishes - 1) * (PUBLISH_WORK + 8) < 16 * 8192);
        assert_eq!(steady.take().as_slice(), slice::from_ref(&(0..8192)));
        assert!(!steady.published(&change, 8));
        assert_eq!(steady.take().as_slice(), slice::from_ref(&(8..16)));
    }

    #[test]
    fn whole_publishes_are_followed_by_a_refresh_every_sixteenth_time_at_most() {
        let mut steady = Steady::new(1 << 20).unwrap();
        let all = Touched::all(1 << 20);
        for round in 1..16 {
            assert!(!match round % 2 {
                0 => steady.published(&all, 1 << 20),
                _ => steady.published_all(),
            });
        }
        assert!(steady.published_all());
        assert_eq!(steady.take().as_slice(), slice::from_ref(&(0..1 << 20)));
        assert!(!steady.published_all());
        assert_eq!(steady.take().as_slice(), slice::from_ref(&(0..1 << 20)));
    }
}
