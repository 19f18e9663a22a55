//! Values as they are published, as a stream for any async runtime.
//!
//! The kernel cannot tell a runtime that a word in memory has changed, so a thread sleeps in the
//! stream's place. It holds no value and decides nothing: it wakes the task, which looks itself.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::{io, thread};

use futures_core::Stream;
use futures_core::stream::FusedStream;

use super::origin::{Cursor, Origin};
use crate::error::ReadError;
use crate::reader::Reader;
use crate::record::FixedRecord;
use crate::untyped::{ReaderCore, WaitOutcome, look, wait_until};
use crate::wake::Look;

/// Values as they are published; made by [`Reader::stream`](crate::Reader::stream).
///
/// It ends when the file is closed or superseded.
#[must_use = "streams do nothing unless they are polled"]
pub struct ChangeStream<T: FixedRecord> {
    awaited: Awaited<Reader<T>>,
}

impl<T: FixedRecord> ChangeStream<T> {
    pub(super) fn start(reader: Reader<T>) -> io::Result<Self> {
        Ok(Self { awaited: Awaited::start(reader)? })
    }
}

impl<T: FixedRecord> Stream for ChangeStream<T> {
    type Item = Result<T, ReadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().awaited.poll(context)
    }
}

impl<T: FixedRecord> FusedStream for ChangeStream<T> {
    fn is_terminated(&self) -> bool {
        self.awaited.has_ended()
    }
}

impl<T: FixedRecord> fmt::Debug for ChangeStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.awaited.fmt(f)
    }
}

/// The same of any origin.
pub(crate) struct Awaited<O: Origin> {
    cursor: Cursor<O>,
    ended: bool,
    shared: Arc<Shared>,
}

/// What the stream and its thread share.
#[derive(Debug, Default)]
struct Shared {
    asked: Mutex<Asked>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Asked {
    /// The task to wake when there is something for it; none while it does not wait.
    waker: Option<Waker>,
    /// The generation that the task has.
    seen: u64,
    /// The file was replaced or removed without a mark.
    gone: bool,
    /// The stream was dropped.
    over: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Asked> {
        // Nothing is left half done where something could panic.
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<O: Origin> Awaited<O> {
    pub(crate) fn start(origin: O) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        thread::Builder::new().name("commy-stream".into()).spawn({
            let (reader, shared) = (origin.untyped().clone(), Arc::clone(&shared));
            move || wake_tasks(&reader, &shared)
        })?;
        Ok(Self { cursor: Cursor::new(origin), ended: false, shared })
    }

    pub(crate) const fn has_ended(&self) -> bool {
        self.ended
    }

    /// What a stream does when it is polled.
    pub(crate) fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<O::Value, ReadError>>> {
        let Self { cursor, ended, shared } = self;
        if *ended {
            return Poll::Ready(None);
        }
        // Under the lock: between this look and its waker the thread cannot come to wake.
        let mut asked = shared.lock();
        let outcome = match cursor.look() {
            Look::Over(outcome) => outcome,
            Look::NotYet { .. } if asked.gone => WaitOutcome::Superseded,
            Look::NotYet { .. } => {
                asked.seen = cursor.seen;
                let before = asked.waker.replace(context.waker().clone());
                shared.changed.notify_one();
                drop(asked);
                // Not under the lock: what else is dropped with it is the runtime's business.
                drop(before);
                return Poll::Pending;
            }
        };
        let before = asked.waker.take();
        drop(asked);
        drop(before);
        match outcome {
            WaitOutcome::Newer(generation) => Poll::Ready(Some(cursor.take(generation))),
            _ => {
                *ended = true;
                Poll::Ready(None)
            }
        }
    }
}

/// Wakes whoever waits, whenever there is something for it, until the stream is gone.
fn wake_tasks(reader: &ReaderCore, shared: &Shared) {
    loop {
        let mut asked = shared.lock();
        while asked.waker.is_none() && !asked.over {
            asked = shared.changed.wait(asked).unwrap_or_else(PoisonError::into_inner);
        }
        let seen = asked.seen;
        drop(asked);
        let look = || match shared.lock().over {
            true => Look::Over(false),
            false => look(reader, seen).map(|_| false),
        };
        let is_gone = wait_until(reader.file(), Duration::MAX, look, || true);
        // Only now: the task may have moved to another waker meanwhile.
        let mut asked = shared.lock();
        if asked.over {
            return;
        }
        asked.gone |= is_gone == Some(true);
        let waker = asked.waker.take();
        drop(asked);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<O: Origin> Drop for Awaited<O> {
    /// Ends the thread, which is not waited for: that could hold up the runtime.
    fn drop(&mut self) {
        self.shared.lock().over = true;
        self.shared.changed.notify_one();
        // If it is not asleep yet, it looks by itself within the re-check.
        self.cursor.untyped().file().nudge();
    }
}

impl<O: Origin> fmt::Debug for Awaited<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cursor, ended, shared: _ } = self;
        f.debug_struct("ChangeStream")
            .field("path", &cursor.untyped().file().path())
            .field("seen", &cursor.seen)
            .field("ended", ended)
            .finish()
    }
}
