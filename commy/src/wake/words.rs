//! A reader's end of the words by which sleepers of one file are woken.

use core::cell::Cell;
use core::time::Duration;
use std::sync::OnceLock;

use super::bell::Ringing;
use super::precautions::Full;
use super::{Backoff, Look, RECHECK, doze};
use crate::mem::SharedWord;
use crate::sync::{AtomicU32, AtomicU64, Ordering};
use crate::sys;

/// A reader's end.
#[derive(Debug)]
pub(crate) struct WaitWords {
    wake: SharedWord<AtomicU32>,
    ringing: SharedWord<AtomicU32>,
    /// Found by the first wait; `None` inside for a reader that must not write the file: nobody
    /// knows that it sleeps.
    sleepers: OnceLock<Option<SharedWord<AtomicU64>>>,
}

impl WaitWords {
    pub(crate) const fn new(wake: SharedWord<AtomicU32>, ringing: SharedWord<AtomicU32>) -> Self {
        Self { wake, ringing, sleepers: OnceLock::new() }
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
        look: impl FnOnce() -> Look<R>,
    ) -> Option<R> {
        let is_fenced = Cell::new(false);
        // Whatever `ringing` says: another writer may take over.
        let barrier = || is_fenced.set(sys::fence_remotely());
        doze::<Full, R>(&self.wake, self.sleepers(), look, barrier, |wake, before| {
            let pause = if self.is_woken(is_fenced.get()) { RECHECK } else { backoff.pause() };
            sys::sleep_while(wake, before, pause.min(longest));
        })
    }

    /// Returns whether a publish wakes this reader, which has or has not fenced for the writer.
    fn is_woken(&self, is_fenced: bool) -> bool {
        let ringing = self.ringing.load(Ordering::Relaxed);
        let rings =
            ringing == Ringing::Fenced as u32 || ringing == Ringing::Expedited as u32 && is_fenced;
        rings && self.sleepers().is_some()
    }

    /// Wakes all sleepers, who look again.
    pub(crate) fn nudge(&self) {
        sys::wake_all(&self.wake);
    }
}

#[cfg(test)]
mod tests {
    use super::super::bell::tests::Words;
    use super::*;

    #[test]
    fn only_who_is_known_and_rung_for_relies_on_being_woken() {
        let words = Words::new();
        for is_known in [false, true] {
            let reader = WaitWords::new(words.half(0), words.half(4));
            reader.with_sleepers(|| is_known.then(|| words.sleepers()));
            for (ringing, is_woken_without_fence, is_woken_with_fence) in [
                (Ringing::Fenced as u32, is_known, is_known),
                (Ringing::Never as u32, false, false),
                (Ringing::Expedited as u32, false, is_known),
                // A later version, of which nothing is known.
                (3, false, false),
            ] {
                words.half(4).store(ringing, Ordering::Relaxed);
                assert_eq!(reader.is_woken(false), is_woken_without_fence, "{is_known} {ringing}");
                assert_eq!(reader.is_woken(true), is_woken_with_fence, "{is_known} {ringing}");
            }
        }
    }
}
