//! Waiting: the methods of a reader that end when there is a newer value, and those that never end.
//!
//! `wake/` has the words and the steps, `untyped/` knows when a wait is over; here is in which form
//! values are given. What gives them is an [`Origin`]: a reader of a fixed record gives values, one of
//! a growable record gives views.

mod changes;
mod ending;
mod follow;
#[cfg(feature = "async")]
mod follow_stream;
mod following;
mod on_change;
mod origin;
mod part;
#[cfg(feature = "async")]
mod stream;

pub(crate) use self::changes::Changes;
pub(crate) use self::follow::{Follows, on_follow};
pub(crate) use self::following::{Following, Reopen};
pub(crate) use self::origin::Origin;
pub(crate) use self::part::{compare, wait_part};
pub use self::{
    changes::ChangeIter,
    follow::{Follow, Follower},
    on_change::OnChange,
};
#[cfg(feature = "async")]
pub(crate) use self::{follow_stream::AwaitedFollow, stream::Awaited};
#[cfg(feature = "async")]
pub use self::{follow_stream::FollowStream, stream::ChangeStream};

use core::time::Duration;
use std::io;

use commy_types::ByValue;

use crate::error::ReadError;
use crate::fields;
use crate::mem::zeroed_box;
use crate::reader::Reader;
use crate::record::FixedRecord;
use crate::untyped::{self, ReaderCore, WaitOutcome};

impl<T: FixedRecord> Origin for Reader<T> {
    type Value = T;

    fn untyped(&self) -> &ReaderCore {
        self.core()
    }

    fn take(&self, taken: &mut u64) -> Result<T, ReadError> {
        fields::whole(self, taken)
    }
}

/// Waiting. Waiters see the newest value, not every one.
///
/// A reader that may write the file registers as a sleeper on a page of its own and is woken by
/// the publish; one that may not, or was opened with
/// [`polling`](crate::ReaderOptions::polling), looks every 50 us to 10 ms. Whatever happens, a
/// sleeper looks at least every 100 ms.
impl<T: FixedRecord> Reader<T> {
    /// Waits for the next publish, at most for `timeout`.
    ///
    /// What was published before the call is not waited for. To miss nothing between a snapshot
    /// and the wait, use [`wait_newer`](Self::wait_newer) with the generation of the snapshot.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// use commy::{WaitOutcome, create_reader, create_writer};
    ///
    /// #[create_writer(filename = "door.bin")]
    /// #[create_reader(filename = "door.bin")]
    /// struct Door {
    ///     ajar: bool,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("door.bin");
    /// let mut writer = DoorWriter::create_at(&path)?;
    /// let reader = DoorReader::open_at(&path)?;
    /// assert_eq!(reader.wait(Duration::from_millis(1)), WaitOutcome::TimedOut);
    /// writer.set_ajar(true);
    /// assert_eq!(reader.wait_newer(0, Duration::from_secs(1)), WaitOutcome::Newer(1));
    /// drop(writer);
    /// assert_eq!(reader.wait(Duration::from_secs(1)), WaitOutcome::Closed);
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait(&self, timeout: Duration) -> WaitOutcome {
        self.wait_newer(self.core().generation(), timeout)
    }

    /// Waits until there is a value of a later generation than `generation`, at most for
    /// `timeout`; returns at once if there is one already.
    ///
    /// Returns without a new value as soon as the file is closed or superseded, and at once as long
    /// as it is: [`follow`](Self::follow) goes on without a loop that turns. A writer whose process is
    /// killed closes nothing: bound the wait and ask
    /// [`writer_state`](crate::ReaderFile::writer_state).
    pub fn wait_newer(&self, generation: u64, timeout: Duration) -> WaitOutcome {
        untyped::wait_newer(self.core(), generation, timeout)
    }

    /// Returns an iterator over values as they are published: first the one that is there, if
    /// any, then the newest whenever there is a newer one.
    ///
    /// `next` blocks until then. The iterator ends when the file is closed or superseded, also if it
    /// was closed before; and a writer that is killed ends nothing. It is for a writer that does a job
    /// and ends. [`follow`](Self::follow) is for programs that outlast their writers.
    ///
    /// It gives values out by value: a record of more than 256 KiB is refused at compile time:
    /// [`wait_newer`](Self::wait_newer) and [`cached`](Self::cached) need less stack.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{create_reader, create_writer};
    ///
    /// #[create_writer(filename = "count.bin")]
    /// #[create_reader(filename = "count.bin")]
    /// struct Count {
    ///     number: u64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("count.bin");
    /// let mut writer = CountWriter::create_at(&path)?;
    /// let reader = CountReader::open_at(&path)?;
    /// let counting = std::thread::spawn(move || {
    ///     for number in 1..=3 {
    ///         writer.set_number(number);
    ///     }
    /// });
    /// let mut last = 0;
    /// for count in reader.changes() {
    ///     last = count?.number; // the newest: 1 and 2 may be skipped
    /// }
    /// assert_eq!(last, 3);
    /// # counting.join().unwrap();
    /// # Ok(())
    /// # }
    /// ```
    pub fn changes(&self) -> ChangeIter<T> {
        let () = ByValue::<T, ChangeIter<T>>::SNAPSHOT;
        ChangeIter::new(self.clone())
    }

    /// Calls `callback` on a thread of its own with the value that is there, if any, and then
    /// with the newest whenever there is a newer one, until the guard is dropped.
    ///
    /// The value is copied to one place on the heap, so that a large one needs no large stack.
    ///
    /// A file that is closed may get another writer, so the thread goes on; it ends when the file
    /// is superseded, or when the callback panics. [`on_follow`](Self::on_follow) goes on with the file
    /// that takes its place, and tells what becomes of the writer.
    ///
    /// # Errors
    ///
    /// When the system has no thread to give.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::sync::mpsc;
    ///
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
    /// let mut writer = FanWriter::create_at(&path)?;
    /// let (seen, speeds) = mpsc::channel();
    /// let guard = FanReader::open_at(&path)?.on_change(move |fan| {
    ///     let _ = seen.send(fan.map(|fan| fan.speed));
    /// })?;
    /// writer.set_speed(900);
    /// assert_eq!(speeds.recv()??, 900);
    /// drop(guard); // stops the thread and waits for it
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_change(
        &self,
        callback: impl FnMut(Result<&T, ReadError>) + Send + 'static,
    ) -> io::Result<OnChange> {
        OnChange::start(self.clone(), |watch| {
            let mut value = zeroed_box::<T>();
            watch.show_in(&mut *value, fields::whole_into, callback);
        })
    }

    /// Returns a stream of values as they are published, as [`changes`](Self::changes) does: for
    /// any async runtime. [`follow_stream`](Self::follow_stream) does not end with the writer.
    ///
    /// It gives them out by value, and a runtime moves what it is given: a record of more than 64 KiB is
    /// refused at compile time. [`on_change`](Self::on_change) needs no stack for it.
    ///
    /// A thread of its own waits for the stream, so that `await` occupies no thread of the
    /// runtime; it ends with the stream.
    ///
    /// # Errors
    ///
    /// When the system has no thread to give.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{create_reader, create_writer};
    /// use tokio_stream::StreamExt as _;
    ///
    /// #[create_writer(filename = "tide.bin")]
    /// #[create_reader(filename = "tide.bin")]
    /// struct Tide {
    ///     level: f64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("tide.bin");
    /// let mut writer = TideWriter::create_at(&path)?;
    /// let mut tides = TideReader::open_at(&path)?.stream()?;
    /// writer.set_level(1.5);
    /// let tide = tides.next().await.unwrap()?;
    /// assert_eq!(tide.level, 1.5);
    /// drop(writer);
    /// assert!(tides.next().await.is_none());
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "async")]
    pub fn stream(&self) -> io::Result<ChangeStream<T>> {
        let () = ByValue::<T, ChangeStream<T>>::IN_STREAM;
        ChangeStream::start(self.clone())
    }
}
