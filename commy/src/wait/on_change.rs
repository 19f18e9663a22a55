//! A callback on a thread of its own.

use core::time::Duration;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::{io, process};

use super::ending::Ending;
use super::origin::{Cursor, Origin};
use crate::error::ReadError;
use crate::untyped::{WaitOutcome, wait_until};
use crate::wake::{Backoff, Look};

/// Keeps a callback going; made by [`Reader::on_change`](crate::Reader::on_change) and
/// [`Reader::on_follow`](crate::Reader::on_follow), and by those of
/// [growable records](crate::growable::Reader::on_change).
///
/// When it is dropped, the thread ends and is joined: the callback runs no more, and no longer
/// than the call that is under way. In a forked child, which has no such thread, nothing happens.
#[derive(Debug)]
#[must_use = "the callback stops when the guard is dropped"]
pub struct OnChange {
    thread: Option<JoinHandle<()>>,
    ending: Arc<Ending>,
    pid: u32,
}

impl OnChange {
    /// Runs `show` on a thread of its own, with what it is to show.
    pub(crate) fn start<O: Origin + Send + 'static>(
        origin: O,
        show: impl FnOnce(Watch<O>) + Send + 'static,
    ) -> io::Result<Self> {
        let ending = Ending::on(Arc::clone(origin.untyped().file()));
        Self::run("commy-on-change", ending, |ending| {
            show(Watch { cursor: Cursor::new(origin), ending });
        })
    }

    /// Runs `run` on a thread of this name until it ends, which it does when told by `ending`.
    pub(super) fn run(
        name: &str,
        ending: Ending,
        run: impl FnOnce(Arc<Ending>) + Send + 'static,
    ) -> io::Result<Self> {
        let ending = Arc::new(ending);
        let told = Arc::clone(&ending);
        let thread = thread::Builder::new().name(name.into()).spawn(move || run(told))?;
        Ok(Self { thread: Some(thread), ending, pid: process::id() })
    }

    /// Returns whether the thread still runs: not when the callback has panicked, or the file of
    /// `on_change` was superseded.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{create_reader, create_writer};
    ///
    /// #[create_writer(filename = "fan.bin")]
    /// #[create_reader(filename = "fan.bin")]
    /// struct Fan {
    ///     speed: u32,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("fan.bin");
    /// let _writer = FanWriter::create_at(&path)?;
    /// let guard = FanReader::open_at(&path)?.on_change(|_fan| ())?;
    /// assert!(guard.is_running());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }
}

/// What the thread of a callback waits with.
pub(crate) struct Watch<O> {
    cursor: Cursor<O>,
    ending: Arc<Ending>,
}

impl<O: Origin> Watch<O> {
    /// Waits for a generation that was not shown yet; `None` when told to stop, or when the file is
    /// superseded.
    fn wait(&self) -> Option<u64> {
        let untyped = self.cursor.untyped();
        let look = || {
            if self.ending.is_over() {
                return Look::Over(None);
            }
            match self.cursor.look() {
                // Another writer may come.
                Look::Over(WaitOutcome::Closed) => Look::NotYet { latest: untyped.generation() },
                found => found.map(WaitOutcome::generation),
            }
        };
        wait_until(untyped.file(), Duration::MAX, look, || None).flatten()
    }

    /// Shows what is there, and then the newest whenever there is a newer one, as it is taken.
    pub(crate) fn show(mut self, mut callback: impl FnMut(Result<&O::Value, ReadError>)) {
        while let Some(generation) = self.wait() {
            match self.cursor.take(generation) {
                Ok(value) => callback(Ok(&value)),
                Err(error) => callback(Err(error)),
            }
        }
    }

    /// The same through a value that is there, into which `copy` copies.
    pub(super) fn show_in<V>(
        mut self,
        value: &mut V,
        copy: impl Fn(&O, &mut V) -> Result<u64, ReadError>,
        mut callback: impl FnMut(Result<&V, ReadError>),
    ) {
        while let Some(generation) = self.wait() {
            let copied = self.cursor.take_by(generation, |origin, taken| {
                *taken = copy(origin, value)?;
                Ok(&*value)
            });
            callback(copied);
        }
    }
}

impl Drop for OnChange {
    fn drop(&mut self) {
        self.ending.set_over();
        let Some(thread) = self.thread.take() else { return };
        if self.pid != process::id() || thread.thread().id() == thread::current().id() {
            return;
        }
        // A nudge between the thread's look and its sleep is lost, so it takes more than one.
        let mut backoff = Backoff::new();
        while !thread.is_finished() {
            self.ending.nudge();
            thread::sleep(backoff.pause().min(Duration::from_millis(1)));
        }
        // If the callback has panicked, the panic hook has said so.
        let _ = thread.join();
    }
}
