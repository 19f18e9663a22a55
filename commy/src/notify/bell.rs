//! The words of one file by which sleepers are woken, as the writer and as a reader has them.

use core::cell::Cell;
use core::time::Duration;
use std::sync::OnceLock;

use super::steps::Proven;
use super::{Backoff, RECHECK, doze, ring};
use crate::mem::SharedWord;
use crate::sync::{AtomicU32, AtomicU64, Ordering, compiler_fence, fence};
use crate::sys;

/// What a writer does for sleepers, as the word `quiet` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
enum Ringing {
    /// It rings, with a fence of its own.
    Fenced = 0,
    /// It does not ring: who waits has to look for itself.
    Never = 1,
    /// It rings, and sleepers see to the fence.
    Expedited = 2,
}

/// The writer's end.
#[derive(Debug)]
pub(crate) struct Bell {
    wake: SharedWord<AtomicU32>,
    sleepers: SharedWord<AtomicU64>,
    quiet: SharedWord<AtomicU32>,
    ringing: Ringing,
}

impl Bell {
    /// A bell that rings, with a fence of its own.
    pub(crate) const fn new(
        wake: SharedWord<AtomicU32>,
        sleepers: SharedWord<AtomicU64>,
        quiet: SharedWord<AtomicU32>,
    ) -> Self {
        Self { wake, sleepers, quiet, ringing: Ringing::Fenced }
    }

    /// Wakes those who wait for `generation`, unless readers were told that they are not woken.
    #[inline]
    pub(crate) fn ring(&self, generation: u64) {
        match self.ringing {
            Ringing::Expedited => {
                // A sleeper has made this thread fence, if it runs.
                let barrier = || compiler_fence(Ordering::SeqCst);
                ring::<Proven>(&self.wake, &self.sleepers, generation, barrier, sys::wake_all);
            }
            Ringing::Fenced => self.ring_fenced(generation),
            Ringing::Never => {}
        }
    }

    /// Wakes those who wait for `generation` or for another state of the file.
    pub(crate) fn ring_fenced(&self, generation: u64) {
        let barrier = || fence(Ordering::SeqCst);
        ring::<Proven>(&self.wake, &self.sleepers, generation, barrier, sys::wake_all);
    }

    /// Sets whether publishes ring, and tells readers.
    pub(crate) fn set_rings(&mut self, rings: bool) {
        self.ringing = match rings {
            false => Ringing::Never,
            true if sys::allow_remote_fences() => Ringing::Expedited,
            true => Ringing::Fenced,
        };
        self.quiet.store(self.ringing as u32, Ordering::Relaxed);
    }
}

/// A reader's end.
#[derive(Debug)]
pub(crate) struct WaitWords {
    wake: SharedWord<AtomicU32>,
    quiet: SharedWord<AtomicU32>,
    /// Found by the first wait; `None` inside for a reader that must not write the file: nobody
    /// knows that it sleeps.
    sleepers: OnceLock<Option<SharedWord<AtomicU64>>>,
}

impl WaitWords {
    pub(crate) const fn new(wake: SharedWord<AtomicU32>, quiet: SharedWord<AtomicU32>) -> Self {
        Self { wake, quiet, sleepers: OnceLock::new() }
    }

    /// The same with `sleepers` found, once and for all.
    pub(crate) fn with_sleepers(
        &self,
        find: impl FnOnce() -> Option<SharedWord<AtomicU64>>,
    ) -> &Self {
        self.sleepers.get_or_init(find);
        self
    }

    fn sleepers(&self) -> Option<&AtomicU64> {
        self.sleepers.get()?.as_deref()
    }

    /// Sleeps once, at most for `longest`, unless `look` finds what is waited for; see [`doze`]. Who
    /// is not woken by a publish sleeps for the next pause of `backoff`.
    pub(crate) fn doze<R>(
        &self,
        longest: Duration,
        backoff: &mut Backoff,
        look: impl FnOnce() -> Result<R, u64>,
    ) -> Option<R> {
        let is_fenced = Cell::new(false);
        // Whatever `quiet` says: another writer may take over.
        let barrier = || is_fenced.set(sys::fence_remotely());
        doze::<Proven, R>(&self.wake, self.sleepers(), look, barrier, |wake, before| {
            let pause = if self.is_woken(is_fenced.get()) { RECHECK } else { backoff.pause() };
            sys::sleep_while(wake, before, pause.min(longest));
        })
    }

    /// Returns whether a publish wakes this reader, which has or has not fenced for the writer.
    fn is_woken(&self, is_fenced: bool) -> bool {
        let quiet = self.quiet.load(Ordering::Relaxed);
        let rings =
            quiet == Ringing::Fenced as u32 || quiet == Ringing::Expedited as u32 && is_fenced;
        rings && self.sleepers().is_some()
    }

    /// Wakes all sleepers, who look again.
    pub(crate) fn nudge(&self) {
        sys::wake_all(&self.wake);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::mem::{Access, Region};

    /// `wake`, `sleepers` and `quiet` of a file of its own.
    struct Words(Arc<Region>);

    impl Words {
        fn new() -> Self {
            let file = tempfile::tempfile().unwrap();
            file.set_len(4096).unwrap();
            Self(Arc::new(Region::map(&file, 4096, Access::ReadWrite).unwrap()))
        }

        fn half(&self, offset: usize) -> SharedWord<AtomicU32> {
            SharedWord::half(&self.0, offset).unwrap()
        }

        fn sleepers(&self) -> SharedWord<AtomicU64> {
            SharedWord::new(&self.0, 8).unwrap()
        }

        fn bell(&self) -> Bell {
            Bell::new(self.half(0), self.sleepers(), self.half(4))
        }
    }

    #[test]
    fn only_who_is_known_and_rung_for_relies_on_being_woken() {
        let words = Words::new();
        for is_known in [false, true] {
            let reader = WaitWords::new(words.half(0), words.half(4));
            reader.with_sleepers(|| is_known.then(|| words.sleepers()));
            for (quiet, is_woken_without_fence, is_woken_with_fence) in [
                (Ringing::Fenced as u32, is_known, is_known),
                (Ringing::Never as u32, false, false),
                (Ringing::Expedited as u32, false, is_known),
                // A later version, of which nothing is known.
                (3, false, false),
            ] {
                words.half(4).store(quiet, Ordering::Relaxed);
                assert_eq!(reader.is_woken(false), is_woken_without_fence, "{is_known} {quiet}");
                assert_eq!(reader.is_woken(true), is_woken_with_fence, "{is_known} {quiet}");
            }
        }
    }

    #[test]
    fn a_bell_that_does_not_ring_says_so_and_is_silent() {
        let words = Words::new();
        let mut bell = words.bell();
        let wake = || words.half(0).load(Ordering::Relaxed);
        for (rings, rung) in [(false, 0), (true, 1)] {
            bell.set_rings(rings);
            let is_quiet = words.half(4).load(Ordering::Relaxed) == Ringing::Never as u32;
            assert_eq!(is_quiet, !rings);
            bell.ring(1);
            assert_eq!(wake(), rung);
        }
        // Another state of the file is told whatever publishes do.
        bell.set_rings(false);
        bell.ring_fenced(1);
        assert_eq!(wake(), 2);
    }
}
