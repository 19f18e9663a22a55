//! A callback on a thread of its own.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::{io, process};

use super::changes::Cursor;
use crate::error::ReadError;
use crate::fields;
use crate::file::OpenedReader;
use crate::mem::zeroed_box;
use crate::reader::Reader;
use crate::record::FixedRecord;
use crate::untyped::{WaitOutcome, look, wait_until};
use crate::wake::{Backoff, Look};

/// Keeps a callback going; made by [`Reader::on_change`](crate::Reader::on_change).
///
/// When it is dropped, the thread ends and is joined: the callback runs no more, and no longer
/// than the call that is under way. In a forked child, which has no such thread, nothing happens.
#[derive(Debug)]
#[must_use = "the callback stops when the guard is dropped"]
pub struct OnChange {
    thread: Option<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    file: Arc<OpenedReader>,
    pid: u32,
}

impl OnChange {
    pub(super) fn start<T: FixedRecord>(
        reader: Reader<T>,
        callback: impl FnMut(Result<&T, ReadError>) + Send + 'static,
    ) -> io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let file = Arc::clone(reader.core().file());
        let thread = thread::Builder::new().name("commy-on-change".into()).spawn({
            let stop = Arc::clone(&stop);
            move || run(Cursor::new(reader), &stop, callback)
        })?;
        Ok(Self { thread: Some(thread), stop, file, pid: process::id() })
    }

    /// Returns whether the thread still runs: not when the file was superseded or the callback
    /// has panicked.
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

/// Waits and calls, until told to stop or until the file is superseded.
fn run<T: FixedRecord>(
    mut cursor: Cursor<T>,
    stop: &AtomicBool,
    mut callback: impl FnMut(Result<&T, ReadError>),
) {
    let file = Arc::clone(cursor.reader.core().file());
    let mut value = zeroed_box::<T>();
    loop {
        let look = || {
            if stop.load(Ordering::Relaxed) {
                return Look::Over(None);
            }
            match look(cursor.reader.core(), cursor.seen) {
                // Another writer may come.
                Look::Over(WaitOutcome::Closed) => {
                    Look::NotYet { latest: cursor.reader.core().generation() }
                }
                found => found.map(WaitOutcome::generation),
            }
        };
        let Some(Some(generation)) = wait_until(&file, Duration::MAX, look, || None) else {
            return;
        };
        let copied = cursor.take_by(generation, |reader| {
            let generation = fields::whole_into(reader, &mut *value)?;
            Ok((generation, &*value))
        });
        callback(copied);
    }
}

impl Drop for OnChange {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let Some(thread) = self.thread.take() else { return };
        if self.pid != process::id() || thread.thread().id() == thread::current().id() {
            return;
        }
        // A nudge between the thread's look and its sleep is lost, so it takes more than one.
        let mut backoff = Backoff::new();
        while !thread.is_finished() {
            self.file.nudge();
            thread::sleep(backoff.pause().min(Duration::from_millis(1)));
        }
        // If the callback has panicked, the panic hook has said so.
        let _ = thread.join();
    }
}
