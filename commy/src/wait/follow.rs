//! Values of whatever file is at a path, and what becomes of its writer: as an iterator that does
//! not end.

use core::fmt;
use core::time::Duration;
use std::io;
use std::path::Path;
use std::time::Instant;

use commy_types::ByValue;

#[cfg(feature = "async")]
use super::FollowStream;
use super::ending::Ending;
use super::following::{Following, Reopen};
use super::on_change::OnChange;
use crate::error::{OpenError, ReadError};
use crate::fields;
use crate::file::ReadOptions;
use crate::mem::zeroed_box;
use crate::options::ReaderOptions;
use crate::reader::Reader;
use crate::record::FixedRecord;
use crate::wake::Backoff;

/// What is told to somebody who follows a file.
///
/// - A value is the newest one, not every one.
/// - Whoever is told [`WriterGone`](Self::WriterGone) has been given the last value before.
/// - `WriterGone` and [`WriterBack`](Self::WriterBack) take turns, beginning with `WriterGone`,
///   whichever file is followed. A writer that comes, publishes and goes between two looks is told
///   by its value alone.
/// - When another file takes the place of the one that is followed, the newest value of the old
///   one comes before [`Replaced`](Self::Replaced).
///
/// # Examples
///
/// ```
/// use commy::Follow;
///
/// /// What a display shows beside the last value.
/// fn note<V>(told: &Follow<V>) -> Option<String> {
///     match told {
///         Follow::Value(_) | Follow::Replaced => None,
///         Follow::NotYet => Some("waiting for the first value".into()),
///         Follow::WriterGone => Some("no longer updated".into()),
///         Follow::WriterBack => Some("updated again".into()),
///         Follow::Refused(error) => Some(error.to_string()),
///         Follow::Unreadable(error) => Some(error.to_string()),
///         _ => None,
///     }
/// }
/// assert_eq!(note(&Follow::Value(1)), None);
/// assert_eq!(note(&Follow::<u32>::WriterGone).unwrap(), "no longer updated");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Follow<V> {
    /// The newest value; of a growable record a view that is pinned.
    Value(V),
    /// There is no value to be had: no file at the path, or nothing was published there. Told once,
    /// until something else is told of a file.
    NotYet,
    /// The writer has closed the file or was killed, or the file was removed. The last value stays
    /// what it is; [`is_closed`](crate::ReaderFile::is_closed) of a reader tells which it was.
    WriterGone,
    /// The file has a writer again.
    WriterBack,
    /// Another file is at the path, and is followed from here on. So is one that was away and is
    /// there again.
    Replaced,
    /// The file at the path cannot be opened: it holds another record, this user must not read it,
    /// it is damaged. Told once for each cause; it is tried again until it works.
    Refused(OpenError),
    /// A generation could not be read. The next one is waited for; that it was
    /// [`Contended`](ReadError::Contended) is told once for each, and it is tried again.
    Unreadable(ReadError),
}

impl<V> Follow<V> {
    /// The value, if that is what is told.
    ///
    /// # Examples
    ///
    /// ```
    /// use commy::Follow;
    ///
    /// assert_eq!(Follow::Value(3).value(), Some(3));
    /// assert_eq!(Follow::<u32>::NotYet.value(), None);
    /// ```
    #[must_use]
    pub fn value(self) -> Option<V> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }
}

/// Follows a file for ever; made by [`Reader::follow`](crate::Reader::follow) and
/// [`ReaderOptions::follow`](crate::ReaderOptions::follow).
///
/// Its `next` blocks until there is something to tell and is never `None`.
#[must_use = "iterators do nothing unless they are asked"]
pub struct Follower<T: FixedRecord> {
    follows: Follows<Reader<T>>,
}

impl<T: FixedRecord> Follower<T> {
    const fn new(following: Following<Reader<T>>) -> Self {
        let () = ByValue::<T, Self>::FOLLOWED;
        Self { follows: Follows::new(following) }
    }

    /// Waits for what is told next, at most for `timeout`: so that a loop can look at a flag of its
    /// own. `None` if there was nothing to tell.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// use commy::{Follow, create_reader};
    ///
    /// #[create_reader(filename = "tank.bin")]
    /// struct Tank {
    ///     level: f64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("tank.bin");
    /// let mut tank = TankReader::options().path(&path).follow();
    /// assert!(matches!(tank.next_timeout(Duration::from_secs(1)), Some(Follow::NotYet)));
    /// assert!(tank.next_timeout(Duration::from_millis(1)).is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn next_timeout(&mut self, timeout: Duration) -> Option<Follow<T>> {
        self.follows.next_timeout(timeout)
    }

    /// The path of the file that is followed, from the root.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.follows.path()
    }

    /// The reader of the file that is followed now: to ask whether its writer has closed it or was
    /// killed, or how old its value is. `None` while no file is followed.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{Follow, create_reader, create_writer};
    ///
    /// #[create_writer(filename = "tank.bin")]
    /// #[create_reader(filename = "tank.bin")]
    /// struct Tank {
    ///     level: f64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("tank.bin");
    /// TankWriter::create_at(&path)?.set_level(0.5); // and closes the file
    /// let mut told = TankReader::options().path(&path).follow();
    /// while let Some(event) = told.next() {
    ///     if let Follow::WriterGone = event {
    ///         let file = told.reader().map(|reader| reader.file().is_closed());
    ///         assert_eq!(file, Some(true)); // it was not killed
    ///         break;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn reader(&self) -> Option<&Reader<T>> {
        self.follows.origin()
    }
}

impl<T: FixedRecord> Iterator for Follower<T> {
    type Item = Follow<T>;

    fn next(&mut self) -> Option<Self::Item> {
        self.follows.next_timeout(Duration::MAX)
    }
}

impl<T: FixedRecord> fmt::Debug for Follower<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follower").field("path", &self.path()).finish_non_exhaustive()
    }
}

/// The same of any origin.
pub(crate) struct Follows<O: Reopen> {
    following: Following<O>,
    /// Nobody ends it: the thread that waits is the caller's.
    ending: Ending,
    backoff: Backoff,
}

impl<O: Reopen> Follows<O> {
    pub(crate) const fn new(following: Following<O>) -> Self {
        Self { following, ending: Ending::new(), backoff: Backoff::new() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.following.path()
    }

    #[cfg(all(test, target_os = "linux"))]
    pub(super) const fn following(&self) -> &Following<O> {
        &self.following
    }

    pub(crate) fn origin(&self) -> Option<&O> {
        self.following.origin()
    }

    /// What is told next, or `None` when `timeout` is over.
    pub(crate) fn next_timeout(&mut self, timeout: Duration) -> Option<Follow<O::Value>> {
        // `None`: so late that it is never.
        let deadline = Instant::now().checked_add(timeout);
        loop {
            while self.following.look() {
                if let Some(next) = self.following.take() {
                    self.backoff = Backoff::new();
                    return Some(next);
                }
            }
            let left = deadline.map_or(Duration::MAX, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                return None;
            }
            self.following.rest().sleep(left, &self.ending, &mut self.backoff);
        }
    }
}

impl<T: FixedRecord> Reopen for Reader<T> {
    type Options = ReadOptions;

    fn open_at(path: &Path, options: &ReadOptions) -> Result<Self, OpenError> {
        Self::open(path, options.clone())
    }

    fn options(&self) -> ReadOptions {
        self.core().file().options().clone()
    }
}

/// Calls `callback` with what is told of a fixed record, through one value on the heap.
fn call<T: FixedRecord>(
    mut following: Following<Reader<T>>,
    mut callback: impl FnMut(Follow<&T>) + Send + 'static,
) -> io::Result<OnChange> {
    OnChange::run("commy-follow", Ending::new(), move |ending| {
        let mut value = zeroed_box::<T>();
        following.drive(&ending, |following| {
            let next = following.take_by(|reader, taken| {
                *taken = fields::whole_into(reader, &mut *value)?;
                Ok(&*value)
            });
            if let Some(next) = next {
                callback(next);
            }
        });
    })
}

/// Calls `callback` with what is told of any origin, which gives its values out.
pub(crate) fn on_follow<O: Reopen>(
    mut following: Following<O>,
    mut callback: impl FnMut(Follow<O::Value>) + Send + 'static,
) -> io::Result<OnChange>
where
    Following<O>: Send + 'static,
{
    OnChange::run("commy-follow", Ending::new(), move |ending| {
        following.drive(&ending, |following| {
            if let Some(next) = following.take() {
                callback(next);
            }
        });
    })
}

/// Following. What is told does not end with the writer, nor with the file.
impl<T: FixedRecord> Reader<T> {
    /// Returns an iterator that does not end: the values of the file as they are published, what
    /// becomes of its writer, and the same of whatever file takes its place.
    ///
    /// See [`ReaderOptions::follow`], which needs no file to begin with. Other files are opened
    /// with the options of this reader.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{Follow, create_reader, create_writer};
    ///
    /// #[create_writer(filename = "tank.bin")]
    /// #[create_reader(filename = "tank.bin")]
    /// #[derive(Debug, PartialEq)]
    /// struct Tank {
    ///     level: f64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("tank.bin");
    /// let mut writer = TankWriter::create_at(&path)?;
    /// writer.set_level(0.5);
    /// let mut told = TankReader::open_at(&path)?.follow();
    /// assert!(matches!(told.next(), Some(Follow::Value(Tank { level: 0.5 }))));
    /// drop(writer);
    /// assert!(matches!(told.next(), Some(Follow::WriterGone)));
    /// let mut writer = TankWriter::create_at(&path)?;
    /// assert!(matches!(told.next(), Some(Follow::WriterBack)));
    /// writer.set_level(0.75);
    /// assert!(matches!(told.next(), Some(Follow::Value(Tank { level: 0.75 }))));
    /// # Ok(())
    /// # }
    /// ```
    pub fn follow(&self) -> Follower<T> {
        Follower::new(Following::of(self.clone()))
    }

    /// Calls `callback` on a thread of its own with what [`follow`](Self::follow) tells, until the
    /// guard is dropped.
    ///
    /// The value is copied to one place on the heap, so that a large one needs no large stack.
    ///
    /// # Errors
    ///
    /// When the system has no thread to give.
    ///
    /// # Examples
    ///
    /// See [`ReaderOptions::on_follow`].
    pub fn on_follow(
        &self,
        callback: impl FnMut(Follow<&T>) + Send + 'static,
    ) -> io::Result<OnChange> {
        call(Following::of(self.clone()), callback)
    }

    /// Returns a stream of what [`follow`](Self::follow) tells, for any async runtime. It does not
    /// end.
    ///
    /// A record of more than 64 KiB is refused at compile time. A thread of its own waits for the
    /// stream, and ends with it.
    ///
    /// # Errors
    ///
    /// When the system has no thread to give.
    ///
    /// # Examples
    ///
    /// See [`ReaderOptions::follow_stream`].
    #[cfg(feature = "async")]
    pub fn follow_stream(&self) -> io::Result<FollowStream<T>> {
        FollowStream::start(Following::of(self.clone()))
    }
}

/// Following. The file need not be there.
impl<T: FixedRecord, R: From<Reader<T>>> ReaderOptions<T, R> {
    /// Returns an iterator that does not end: the values of the file as they are published, what
    /// becomes of its writer, and the same of whatever file is at the path one day.
    ///
    /// Nothing is opened here, so nothing fails: what cannot be opened is told as
    /// [`Follow::Refused`], and tried again. So reader and writer may be started in any order.
    ///
    /// `next` blocks until there is something to tell. A publish and an orderly close wake it, as
    /// they wake [`wait`](Reader::wait). Once in 100 ms it asks the system whether the writer was
    /// killed, and whether another file is at the path: that is what it costs while nothing happens.
    /// Where the system does not tell whether somebody has the lock
    /// ([`WriterState::Unknown`](crate::WriterState::Unknown)), a killed writer is not noticed.
    ///
    /// It gives values out by value: a record of more than 64 KiB is refused at compile time, and
    /// [`on_follow`](Self::on_follow) is for these.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{Follow, create_reader, create_writer};
    ///
    /// #[create_writer(filename = "tank.bin")]
    /// #[create_reader(filename = "tank.bin")]
    /// struct Tank {
    ///     level: f64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("tank.bin");
    /// let (mut level, mut is_live) = (None, true);
    /// # let mut told_not_yet = false;
    /// for told in TankReader::options().path(&path).follow() {
    ///     match told {
    ///         Follow::Value(tank) => level = Some(tank.level),
    ///         Follow::WriterGone => is_live = false,
    ///         Follow::WriterBack => is_live = true,
    ///         Follow::NotYet => println!("not started yet"),
    ///         Follow::Replaced => println!("another file"),
    ///         Follow::Refused(error) => eprintln!("{error}"),
    ///         Follow::Unreadable(error) => eprintln!("{error}"),
    ///         _ => {}
    ///     }
    ///     # if !told_not_yet {
    ///     #     told_not_yet = true;
    ///     #     TankWriter::create_at(&path)?.set_level(0.5);
    ///     # }
    ///     # if !is_live {
    ///     #     break;
    ///     # }
    /// }
    /// # assert_eq!((level, is_live), (Some(0.5), false));
    /// # Ok(())
    /// # }
    /// ```
    pub fn follow(self) -> Follower<T> {
        let (named, options) = self.into_parts();
        Follower::new(Following::at(named, options))
    }

    /// Calls `callback` on a thread of its own with what [`follow`](Self::follow) tells, until the
    /// guard is dropped.
    ///
    /// The value is copied to one place on the heap, so that a large one needs no large stack.
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
    /// use commy::{Follow, create_reader, create_writer};
    ///
    /// #[create_writer(filename = "fan.bin")]
    /// #[create_reader(filename = "fan.bin")]
    /// struct Fan {
    ///     speed: u32,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("fan.bin");
    /// let (seen, speeds) = mpsc::channel();
    /// let guard = FanReader::options().path(&path).on_follow(move |fan| {
    ///     if let Follow::Value(fan) = fan {
    ///         let _ = seen.send(fan.speed);
    ///     }
    /// })?;
    /// let mut writer = FanWriter::create_at(&path)?;
    /// writer.set_speed(900);
    /// assert_eq!(speeds.recv()?, 900);
    /// drop(guard); // stops the thread and waits for it
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_follow(
        self,
        callback: impl FnMut(Follow<&T>) + Send + 'static,
    ) -> io::Result<OnChange> {
        let (named, options) = self.into_parts();
        call(Following::at(named, options), callback)
    }

    /// Returns a stream of what [`follow`](Self::follow) tells, for any async runtime. It does not
    /// end.
    ///
    /// A record of more than 64 KiB is refused at compile time. A thread of its own waits for the
    /// stream, and opens files for it, so that `await` occupies no thread of the runtime; it ends with
    /// the stream.
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
    /// use commy::{Follow, create_reader, create_writer};
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
    /// let mut tides = TideReader::options().path(&path).follow_stream()?;
    /// assert!(matches!(tides.next().await, Some(Follow::NotYet)));
    /// let mut writer = TideWriter::create_at(&path)?;
    /// writer.set_level(1.5);
    /// assert!(matches!(tides.next().await, Some(Follow::Value(Tide { level: 1.5 }))));
    /// drop(writer);
    /// assert!(matches!(tides.next().await, Some(Follow::WriterGone)));
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "async")]
    pub fn follow_stream(self) -> io::Result<FollowStream<T>> {
        let (named, options) = self.into_parts();
        FollowStream::start(Following::at(named, options))
    }
}
