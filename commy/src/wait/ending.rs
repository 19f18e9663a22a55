//! Where a waiter sleeps, and how another thread ends that.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::file::OpenedReader;
use crate::format::State;
use crate::untyped::ReaderCore;
use crate::wake::{Backoff, Look};

/// By what a thread that waits is told to end.
#[derive(Debug)]
pub(super) struct Ending {
    is_over: AtomicBool,
    /// The file on whose words it sleeps, if it sleeps on one.
    file: Mutex<Option<Arc<OpenedReader>>>,
    /// For a sleep on no file.
    told: Condvar,
}

impl Ending {
    pub(super) const fn new() -> Self {
        let is_over = AtomicBool::new(false);
        Self { is_over, file: Mutex::new(None), told: Condvar::new() }
    }

    /// For a thread that sleeps on this file, and on no other.
    pub(super) fn on(file: Arc<OpenedReader>) -> Self {
        Self { file: Mutex::new(Some(file)), ..Self::new() }
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// From now on every look finds that it is over; takes no lock, as a forked child needs it.
    pub(super) fn set_over(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Makes the thread look. If it is between its look and its sleep, that is lost: it looks by
    /// itself within the re-check.
    pub(super) fn nudge(&self) {
        if let Some(file) = &*self.lock() {
            file.nudge();
        }
        self.told.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<OpenedReader>>> {
        // Nothing is left half done where something could panic.
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What somebody waits for who has seen all that there is.
#[derive(Debug)]
pub(super) struct Rest {
    /// The file on whose words to sleep; none while none is followed.
    pub(super) reader: Option<ReaderCore>,
    /// A later generation than this one is worth a look.
    pub(super) seen: u64,
    /// So is another state than this one.
    pub(super) state: Option<State>,
    /// And this moment.
    pub(super) until: Instant,
}

impl Rest {
    /// Sleeps until there is something to look at, or `ending` says so, but `longest` at most. Who
    /// is not woken by publishes looks after the pauses of `backoff`.
    pub(super) fn sleep(&self, longest: Duration, ending: &Ending, backoff: &mut Backoff) {
        let Some(reader) = &self.reader else {
            let file = ending.lock();
            let left = self.left(longest);
            // Under the lock, so that it is told after this look only.
            if !ending.is_over() && !left.is_zero() {
                drop(ending.told.wait_timeout(file, left));
            }
            return;
        };
        *ending.lock() = Some(Arc::clone(reader.file()));
        let words = reader.file().wait_words();
        let look = || match ending.is_over() {
            true => Look::Over(()),
            false => self.look(reader),
        };
        let started = Instant::now();
        loop {
            let left = self.left(longest.saturating_sub(started.elapsed()));
            if left.is_zero() || words.doze(left, backoff, look).is_some() {
                break;
            }
        }
        // A file that was removed takes its room as long as somebody has it.
        *ending.lock() = None;
    }

    fn left(&self, longest: Duration) -> Duration {
        self.until.saturating_duration_since(Instant::now()).min(longest)
    }

    fn look(&self, reader: &ReaderCore) -> Look<()> {
        if reader.file().state() != self.state {
            return Look::Over(());
        }
        reader.look_newer(self.seen).map(drop)
    }
}
