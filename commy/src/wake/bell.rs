//! The writer's end of the words by which sleepers of one file are woken.

use super::precautions::Full;
use super::ring;
use crate::mem::SharedWord;
use crate::sync::{AtomicU32, AtomicU64, Ordering, compiler_fence, fence};
use crate::sys;

/// What a writer does for sleepers, as the word `ringing` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Ringing {
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
    word: SharedWord<AtomicU32>,
    ringing: Ringing,
}

impl Bell {
    /// A bell that rings, with a fence of its own.
    pub(crate) const fn new(
        wake: SharedWord<AtomicU32>,
        sleepers: SharedWord<AtomicU64>,
        word: SharedWord<AtomicU32>,
    ) -> Self {
        Self { wake, sleepers, word, ringing: Ringing::Fenced }
    }

    /// Wakes those who wait for `generation`, unless readers were told that they are not woken.
    #[inline]
    pub(crate) fn ring(&self, generation: u64) {
        match self.ringing {
            Ringing::Expedited => {
                // A sleeper has made this thread fence, if it runs.
                let barrier = || compiler_fence(Ordering::SeqCst);
                ring::<Full>(&self.wake, &self.sleepers, generation, barrier, sys::wake_all);
            }
            Ringing::Fenced => self.ring_fenced(generation),
            Ringing::Never => {}
        }
    }

    /// Wakes those who wait for `generation` or for another state of the file.
    pub(crate) fn ring_fenced(&self, generation: u64) {
        let barrier = || fence(Ordering::SeqCst);
        ring::<Full>(&self.wake, &self.sleepers, generation, barrier, sys::wake_all);
    }

    /// Sets whether publishes ring, and tells readers.
    pub(crate) fn set_rings(&mut self, rings: bool) {
        self.ringing = match rings {
            false => Ringing::Never,
            true if sys::allow_remote_fences() => Ringing::Expedited,
            true => Ringing::Fenced,
        };
        self.word.store(self.ringing as u32, Ordering::Relaxed);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::mem::{Access, Region};

    /// `wake`, `sleepers` and `ringing` of a file of its own.
    pub(in super::super) struct Words(Arc<Region>);

    impl Words {
        pub(in super::super) fn new() -> Self {
            let file = tempfile::tempfile().unwrap();
            file.set_len(4096).unwrap();
            Self(Arc::new(Region::map(&file, 4096, Access::ReadWrite).unwrap()))
        }

        pub(in super::super) fn half(&self, offset: usize) -> SharedWord<AtomicU32> {
            SharedWord::half(&self.0, offset).unwrap()
        }

        pub(in super::super) fn sleepers(&self) -> SharedWord<AtomicU64> {
            SharedWord::new(&self.0, 8).unwrap()
        }

        fn bell(&self) -> Bell {
            Bell::new(self.half(0), self.sleepers(), self.half(4))
        }
    }

    #[test]
    fn a_bell_that_does_not_ring_says_so_and_is_silent() {
        let words = Words::new();
        let mut bell = words.bell();
        let wake = || words.half(0).load(Ordering::Relaxed);
        for (rings, rung) in [(false, 0), (true, 1)] {
            bell.set_rings(rings);
            let is_never = words.half(4).load(Ordering::Relaxed) == Ringing::Never as u32;
            assert_eq!(is_never, !rings);
            bell.ring(1);
            assert_eq!(wake(), rung);
        }
        // Another state of the file is told whatever publishes do.
        bell.set_rings(false);
        bell.ring_fenced(1);
        assert_eq!(wake(), 2);
    }
}
