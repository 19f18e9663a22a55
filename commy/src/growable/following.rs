//! Following the file of a growable record: views as they are published, and what becomes of the
//! writer.

use core::fmt;
use core::time::Duration;
use std::io;
use std::path::Path;
#[cfg(feature = "async")]
use {
    core::pin::Pin,
    core::task::{Context, Poll},
    futures_core::Stream,
    futures_core::stream::FusedStream,
};

use super::core::Limits;
use super::options::ReaderOptions;
use super::reader::Reader;
use super::record::GrowableRecord;
use crate::error::OpenError;
use crate::file::ReadOptions;
#[cfg(feature = "async")]
use crate::wait::AwaitedFollow;
use crate::wait::{Follow, Following, Follows, OnChange, Reopen, on_follow};

impl<T: GrowableRecord> Reopen for Reader<T> {
    type Options = (ReadOptions, Limits);

    fn open_at(path: &Path, (options, limits): &Self::Options) -> Result<Self, OpenError> {
        Self::open(path, options.clone(), *limits)
    }

    fn options(&self) -> Self::Options {
        (self.core().untyped().file().options().clone(), self.core().limits())
    }
}

/// Following. What is told does not end with the writer, nor with the file.
///
/// Values are views, each pinned; see [`changes`](Self::changes).
impl<T: GrowableRecord> Reader<T> {
    /// Returns an iterator that does not end: views of the file as they are published, what becomes
    /// of its writer, and the same of whatever file takes its place.
    ///
    /// See [`Reader::follow`](crate::Reader::follow).
    ///
    /// # Examples
    ///
    /// See [`ReaderOptions::follow`].
    pub fn follow(&self) -> Follower<T> {
        Follower { follows: Follows::new(Following::of(self.clone())) }
    }

    /// Calls `callback` on a thread of its own with what [`follow`](Self::follow) tells, until the
    /// guard is dropped.
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
        callback: impl FnMut(Follow<T::View<'static>>) + Send + 'static,
    ) -> io::Result<OnChange> {
        on_follow::<Self>(Following::of(self.clone()), callback)
    }

    /// Returns a stream of what [`follow`](Self::follow) tells, for any async runtime. It does not
    /// end.
    ///
    /// # Errors
    ///
    /// When the system has no thread to give.
    ///
    /// # Examples
    ///
    /// See [`ReaderOptions::follow_stream`](crate::ReaderOptions::follow_stream).
    #[cfg(feature = "async")]
    pub fn follow_stream(&self) -> io::Result<FollowStream<T>> {
        Ok(FollowStream { awaited: AwaitedFollow::start(Following::of(self.clone()))? })
    }
}

/// Following. The file need not be there.
impl<T: GrowableRecord, R: From<Reader<T>>> ReaderOptions<T, R> {
    /// Returns an iterator that does not end: views of the file as they are published, what becomes
    /// of its writer, and the same of whatever file is at the path one day.
    ///
    /// See [`ReaderOptions::follow`](crate::ReaderOptions::follow). A generation that cannot be
    /// pinned is told as [`Follow::Unreadable`], with
    /// [`ReadError::PinRefused`](crate::ReadError::PinRefused) where there are no locks.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{Follow, create_reader, create_writer};
    ///
    /// #[create_writer(filename = "news.bin", growable)]
    /// #[create_reader(filename = "news.bin", growable)]
    /// struct News {
    ///     headline: String,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("news.bin");
    /// let mut told = NewsReader::options().path(&path).follow();
    /// assert!(matches!(told.next(), Some(Follow::NotYet)));
    ///
    /// let mut writer = NewsWriter::create_at(&path)?;
    /// writer.set_headline("rain")?;
    /// let Some(Follow::Value(view)) = told.next() else { panic!("no value") };
    /// writer.set_headline("sun")?;
    /// assert_eq!(view.headline()?, "rain"); // the view stays
    /// drop(writer);
    /// let Some(Follow::Value(view)) = told.next() else { panic!("no value") };
    /// assert_eq!(view.headline()?, "sun");
    /// assert!(matches!(told.next(), Some(Follow::WriterGone)));
    /// # Ok(())
    /// # }
    /// ```
    pub fn follow(self) -> Follower<T> {
        let (named, options) = self.into_parts();
        Follower { follows: Follows::new(Following::at(named, options)) }
    }

    /// Calls `callback` on a thread of its own with what [`follow`](Self::follow) tells, until the
    /// guard is dropped. The views are the callback's, to keep or to send on.
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
    /// #[create_writer(filename = "song.bin", growable)]
    /// #[create_reader(filename = "song.bin", growable)]
    /// struct Song {
    ///     title: String,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("song.bin");
    /// let (seen, songs) = mpsc::channel();
    /// let guard = SongReader::options().path(&path).on_follow(move |song| {
    ///     if let Follow::Value(view) = song {
    ///         let _ = seen.send(view);
    ///     }
    /// })?;
    /// let mut writer = SongWriter::create_at(&path)?;
    /// writer.set_title("Ode an die Freude")?;
    /// assert_eq!(songs.recv()?.title()?, "Ode an die Freude");
    /// drop(guard); // stops the thread and waits for it
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_follow(
        self,
        callback: impl FnMut(Follow<T::View<'static>>) + Send + 'static,
    ) -> io::Result<OnChange> {
        let (named, options) = self.into_parts();
        on_follow::<Reader<T>>(Following::at(named, options), callback)
    }

    /// Returns a stream of what [`follow`](Self::follow) tells, for any async runtime. It does not
    /// end.
    ///
    /// # Errors
    ///
    /// When the system has no thread to give.
    ///
    /// # Examples
    ///
    /// See [`ReaderOptions::follow_stream`](crate::ReaderOptions::follow_stream).
    #[cfg(feature = "async")]
    pub fn follow_stream(self) -> io::Result<FollowStream<T>> {
        let (named, options) = self.into_parts();
        Ok(FollowStream { awaited: AwaitedFollow::start(Following::at(named, options))? })
    }
}

/// Follows the file of a growable record for ever; made by [`Reader::follow`] and
/// [`ReaderOptions::follow`].
///
/// Its `next` blocks until there is something to tell and is never `None`.
#[must_use = "iterators do nothing unless they are asked"]
pub struct Follower<T: GrowableRecord> {
    follows: Follows<Reader<T>>,
}

impl<T: GrowableRecord> Follower<T> {
    /// Waits for what is told next, at most for `timeout`: see
    /// [`Follower::next_timeout`](crate::Follower::next_timeout).
    pub fn next_timeout(&mut self, timeout: Duration) -> Option<Follow<T::View<'static>>> {
        self.follows.next_timeout(timeout)
    }

    /// The path of the file that is followed, from the root.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.follows.path()
    }

    /// The reader of the file that is followed now: see
    /// [`Follower::reader`](crate::Follower::reader).
    #[must_use]
    pub fn reader(&self) -> Option<&Reader<T>> {
        self.follows.origin()
    }
}

impl<T: GrowableRecord> Iterator for Follower<T> {
    type Item = Follow<T::View<'static>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.follows.next_timeout(Duration::MAX)
    }
}

impl<T: GrowableRecord> fmt::Debug for Follower<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follower").field("path", &self.path()).finish_non_exhaustive()
    }
}

/// Follows the file of a growable record for ever; made by [`Reader::follow_stream`] and
/// [`ReaderOptions::follow_stream`].
///
/// It does not end.
#[cfg(feature = "async")]
#[must_use = "streams do nothing unless they are polled"]
pub struct FollowStream<T: GrowableRecord> {
    awaited: AwaitedFollow<Reader<T>>,
}

#[cfg(feature = "async")]
impl<T: GrowableRecord> Stream for FollowStream<T> {
    type Item = Follow<T::View<'static>>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().awaited.poll(context).map(Some)
    }
}

#[cfg(feature = "async")]
impl<T: GrowableRecord> FusedStream for FollowStream<T> {
    fn is_terminated(&self) -> bool {
        false
    }
}

#[cfg(feature = "async")]
impl<T: GrowableRecord> fmt::Debug for FollowStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.awaited.fmt(f)
    }
}
