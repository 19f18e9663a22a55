//! What is told of the file at a path, as a stream for any async runtime.
//!
//! The thread asks the system and opens files, and sleeps in the stream's place. The task takes
//! values itself, when it is polled: so it gets the newest one.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::{io, process, thread};

use commy_types::ByValue;
use futures_core::Stream;
use futures_core::stream::FusedStream;

use super::ending::Ending;
use super::follow::Follow;
use super::following::{Following, Reopen};
use crate::reader::Reader;
use crate::record::FixedRecord;
use crate::wake::Backoff;

/// Follows a file for ever; made by [`Reader::follow_stream`](crate::Reader::follow_stream) and
/// [`ReaderOptions::follow_stream`](crate::ReaderOptions::follow_stream).
///
/// It does not end.
#[must_use = "streams do nothing unless they are polled"]
pub struct FollowStream<T: FixedRecord> {
    awaited: AwaitedFollow<Reader<T>>,
}

impl<T: FixedRecord> FollowStream<T> {
    pub(super) fn start(following: Following<Reader<T>>) -> io::Result<Self> {
        let () = ByValue::<T, Self>::FOLLOWED;
        Ok(Self { awaited: AwaitedFollow::start(following)? })
    }
}

impl<T: FixedRecord> Stream for FollowStream<T> {
    type Item = Follow<T>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().awaited.poll(context).map(Some)
    }
}

impl<T: FixedRecord> FusedStream for FollowStream<T> {
    fn is_terminated(&self) -> bool {
        false
    }
}

impl<T: FixedRecord> fmt::Debug for FollowStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.awaited.fmt(f)
    }
}

/// The same of any origin.
pub(crate) struct AwaitedFollow<O: Reopen> {
    shared: Arc<Shared<O>>,
    path: PathBuf,
    pid: u32,
}

/// What the stream and its thread share.
struct Shared<O: Reopen> {
    /// Held by the thread while it asks the system, so the task does not wait for it.
    following: Mutex<Following<O>>,
    /// The task to wake when there is something for it; none while it does not wait. The thread
    /// has never both locks, and the task takes this one first.
    waiting: Mutex<Option<Waker>>,
    changed: Condvar,
    ending: Ending,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is left half done where something could panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<O: Reopen> AwaitedFollow<O>
where
    Following<O>: Send + 'static,
{
    pub(crate) fn start(following: Following<O>) -> io::Result<Self> {
        let path = following.path().into();
        let shared = Arc::new(Shared {
            following: Mutex::new(following),
            waiting: Mutex::new(None),
            changed: Condvar::new(),
            ending: Ending::new(),
        });
        let spawn = thread::Builder::new().name("commy-follow".into());
        spawn.spawn({
            let shared = Arc::clone(&shared);
            move || shared.wake_tasks()
        })?;
        Ok(Self { shared, path, pid: process::id() })
    }
}

impl<O: Reopen> AwaitedFollow<O> {
    /// What a stream does when it is polled.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Follow<O::Value>> {
        let mut waiting = lock(&self.shared.waiting);
        // Under the lock: between this look and its waker the thread cannot come to wake.
        if let Some(next) = self.shared.take_at_hand() {
            let before = waiting.take();
            drop(waiting);
            drop(before);
            return Poll::Ready(next);
        }
        let before = waiting.replace(context.waker().clone());
        self.shared.changed.notify_one();
        drop(waiting);
        // Not under the lock: what else is dropped with it is the runtime's business.
        drop(before);
        Poll::Pending
    }
}

impl<O: Reopen> Shared<O> {
    /// What is to be told now, unless the system has to be asked first, or the thread is asking it.
    fn take_at_hand(&self) -> Option<Follow<O::Value>> {
        let mut following = match self.following.try_lock() {
            Ok(following) => following,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        while following.look_at_words() {
            if let Some(next) = following.take() {
                return Some(next);
            }
        }
        None
    }

    /// Wakes whoever waits, whenever there is something for it, until the stream is gone.
    fn wake_tasks(&self) {
        let mut backoff = Backoff::new();
        loop {
            let mut waiting = lock(&self.waiting);
            while waiting.is_none() && !self.ending.is_over() {
                waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            }
            drop(waiting);
            if self.ending.is_over() {
                return;
            }
            let rest = {
                let mut following = lock(&self.following);
                if following.look() { None } else { Some(following.rest()) }
            };
            if let Some(rest) = rest {
                rest.sleep(Duration::MAX, &self.ending, &mut backoff);
                continue;
            }
            backoff = Backoff::new();
            // Only now: the task may have moved to another waker meanwhile.
            let waker = lock(&self.waiting).take();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

impl<O: Reopen> Drop for AwaitedFollow<O> {
    /// Ends the thread, which is not waited for: that could hold up the runtime.
    fn drop(&mut self) {
        let Self { shared, pid, path: _ } = self;
        shared.ending.set_over();
        // A forked child has no such thread, and may have a lock that it held.
        if *pid == process::id() {
            drop(lock(&shared.waiting));
            shared.changed.notify_one();
            shared.ending.nudge();
        }
    }
}

impl<O: Reopen> fmt::Debug for AwaitedFollow<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FollowStream").field("path", &self.path).finish_non_exhaustive()
    }
}
