//! The words of one file by which sleepers are woken, as the writer and as a reader has them.

use core::time::Duration;
use std::sync::OnceLock;

use super::steps::Proven;
use super::{doze, ring};
use crate::mem::SharedWord;
use crate::sync::{AtomicU32, AtomicU64, Ordering};
use crate::sys;

/// The writer's end.
#[derive(Debug)]
pub(crate) struct Bell {
    pub(crate) wake: SharedWord<AtomicU32>,
    pub(crate) sleepers: SharedWord<AtomicU64>,
    pub(crate) quiet: SharedWord<AtomicU32>,
}

impl Bell {
    /// Wakes those who wait for `generation` or for another state of the file.
    #[inline]
    pub(crate) fn ring(&self, generation: u64) {
        ring::<Proven>(&self.wake, &self.sleepers, generation, sys::wake_all);
    }

    /// Tells readers whether publishes will ring.
    pub(crate) fn set_quiet(&self, quiet: bool) {
        self.quiet.store(u32::from(quiet), Ordering::Relaxed);
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

    /// Returns whether a publish will wake this reader.
    pub(crate) fn is_woken(&self) -> bool {
        self.sleepers().is_some() && self.quiet.load(Ordering::Relaxed) == 0
    }

    /// Sleeps once, at most for `pause`, unless `look` finds what is waited for; see [`doze`].
    pub(crate) fn doze<R>(
        &self,
        pause: Duration,
        look: impl FnOnce() -> Result<R, u64>,
    ) -> Option<R> {
        doze::<Proven, R>(&self.wake, self.sleepers(), look, |wake, before| {
            sys::sleep_while(wake, before, pause);
        })
    }

    /// Wakes all sleepers, who look again.
    pub(crate) fn nudge(&self) {
        sys::wake_all(&self.wake);
    }
}
