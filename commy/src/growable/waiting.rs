//! Waiting for the next generation of a growable record: views as they are published.

use core::fmt;
use core::iter::FusedIterator;
use std::io;
#[cfg(feature = "async")]
use {
    core::pin::Pin,
    core::task::{Context, Poll},
    futures_core::Stream,
    futures_core::stream::FusedStream,
};

use super::reader::Reader;
use super::record::GrowableRecord;
use crate::error::ReadError;
use crate::untyped;
#[cfg(feature = "async")]
use crate::wait::Awaited;
use crate::wait::{Changes, OnChange, Origin};

impl<T: GrowableRecord> Origin for Reader<T> {
    type Value = T::View<'static>;

    fn untyped(&self) -> &untyped::ReaderCore {
        self.core().untyped()
    }

    /// Always with a pin: who is called may do anything, and is not called again for a generation.
    fn take(&self, taken: &mut u64) -> Result<Self::Value, ReadError> {
        let view = self.clone().into_pinned()?;
        *taken = view.generation();
        Ok(view.into())
    }
}

/// Waiting. Waiters see the newest generation, not every one.
///
/// What they are given is pinned: nothing is read again behind their back, and the writer leaves
/// alone what they hold. So each generation costs a few system calls, and waiters need what
/// [`pin`](Self::pin) needs. Where there are no locks, [`wait_newer`](Self::wait_newer) and
/// [`cached`](Self::cached) do without.
impl<T: GrowableRecord> Reader<T> {
    /// Returns an iterator over the generations as they are published: first the one that is there,
    /// if any, then the newest whenever there is a newer one.
    ///
    /// `next` blocks until then. The iterator ends when the file is closed or superseded, also if it
    /// was closed before. [`follow`](Self::follow) does not end, and tells what becomes of the writer.
    ///
    /// Its items are views of the record's own type, as [`pin`](Self::pin) returns them: each stays for as
    /// long as it is held, and what is held keeps the writer from using that room again. So drop a
    /// view before the next one, unless it is still needed.
    ///
    /// A generation that cannot be pinned is told as an error, [`ReadError::PinRefused`] where there
    /// are no locks, and the iterator goes on with the next one.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::{create_reader, create_writer};
    ///
    /// #[create_writer(filename = "news.bin", growable)]
    /// #[create_reader(filename = "news.bin", growable)]
    /// struct News {
    ///     headline: String,
    ///     text: String,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("news.bin");
    /// let mut writer = NewsWriter::create_at(&path)?;
    /// let reader = NewsReader::open_at(&path)?;
    /// let writing = std::thread::spawn(move || {
    ///     for number in 1..=3 {
    ///         writer.transaction(|tx| {
    ///             tx.set_headline(&format!("number {number}"))?;
    ///             tx.set_text(&format!("what happened: {number}"))
    ///         })?;
    ///     }
    ///     Ok::<_, commy::WriteError>(())
    /// });
    /// let mut last = String::new();
    /// for news in reader.changes() {
    ///     let news = news?; // the newest: the first two may be skipped
    ///     last = news.headline()?;
    ///     let number = last.strip_prefix("number ").unwrap();
    ///     assert!(news.text()?.ends_with(number)); // of the same generation
    /// }
    /// assert_eq!(last, "number 3");
    /// # writing.join().unwrap()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn changes(&self) -> ChangeIter<T> {
        ChangeIter { changes: Changes::new(self.clone()) }
    }

    /// Calls `callback` on a thread of its own with a view of the generation that is there, if any,
    /// and then of the newest whenever there is a newer one, until the guard is dropped.
    ///
    /// It is called once for each generation that it is shown. The view is pinned for the length of
    /// the call; when the generation cannot be pinned, the call is told so by
    /// [`ReadError::PinRefused`].
    ///
    /// A file that is closed may get another writer, so the thread goes on; it ends when the file
    /// is superseded, or when the callback panics.
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
    /// use commy::{ReadError, create_reader, create_writer};
    ///
    /// #[create_writer(filename = "song.bin", growable)]
    /// #[create_reader(filename = "song.bin", growable)]
    /// struct Song {
    ///     title: String,
    ///     seconds: u32,
    /// }
    ///
    /// /// One line for the display.
    /// fn line(song: &SongView<'_>) -> Result<String, ReadError> {
    ///     Ok(format!("{} ({} s)", song.title()?, song.seconds()?))
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("song.bin");
    /// let mut writer = SongWriter::create_at(&path)?;
    /// let (shown, lines) = mpsc::channel();
    /// let guard = SongReader::open_at(&path)?.on_change(move |song| {
    ///     let _ = shown.send(song.and_then(line));
    /// })?;
    /// writer.transaction(|tx| {
    ///     tx.set_title("Ode an die Freude")?;
    ///     tx.set_seconds(1440)
    /// })?;
    /// assert_eq!(lines.recv()??, "Ode an die Freude (1440 s)");
    /// drop(guard); // stops the thread and waits for it
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_change(
        &self,
        callback: impl FnMut(Result<&T::View<'static>, ReadError>) + Send + 'static,
    ) -> io::Result<OnChange> {
        OnChange::start(self.clone(), |watch| watch.show(callback))
    }

    /// Returns a stream of views as they are published, as [`changes`](Self::changes) does: for any
    /// async runtime.
    ///
    /// A thread of its own waits for the stream, so that `await` occupies no thread of the runtime;
    /// it ends with the stream.
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
    /// #[create_writer(filename = "chat.bin", growable)]
    /// #[create_reader(filename = "chat.bin", growable)]
    /// struct Chat {
    ///     transcript: String,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("chat.bin");
    /// let mut writer = ChatWriter::create_at(&path)?;
    /// let mut chats = ChatReader::open_at(&path)?.stream()?;
    /// writer.set_transcript("hello")?;
    /// let chat = chats.next().await.unwrap()?;
    /// writer.transcript_mut().push_str(", and good bye")?;
    /// assert_eq!(chat.transcript()?, "hello"); // the view stays
    /// drop(writer);
    /// assert_eq!(chats.next().await.unwrap()?.transcript()?, "hello, and good bye");
    /// assert!(chats.next().await.is_none());
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "async")]
    pub fn stream(&self) -> io::Result<ChangeStream<T>> {
        Ok(ChangeStream { awaited: Awaited::start(self.clone())? })
    }
}

/// Views of a growable record as they are published; made by [`Reader::changes`].
#[must_use = "iterators do nothing unless they are asked"]
pub struct ChangeIter<T: GrowableRecord> {
    changes: Changes<Reader<T>>,
}

impl<T: GrowableRecord> Iterator for ChangeIter<T> {
    type Item = Result<T::View<'static>, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.changes.next()
    }
}

impl<T: GrowableRecord> FusedIterator for ChangeIter<T> {}

impl<T: GrowableRecord> fmt::Debug for ChangeIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangeIter").field("changes", &self.changes).finish()
    }
}

/// Views of a growable record as they are published; made by [`Reader::stream`].
///
/// It ends when the file is closed or superseded.
#[cfg(feature = "async")]
#[must_use = "streams do nothing unless they are polled"]
pub struct ChangeStream<T: GrowableRecord> {
    awaited: Awaited<Reader<T>>,
}

#[cfg(feature = "async")]
impl<T: GrowableRecord> Stream for ChangeStream<T> {
    type Item = Result<T::View<'static>, ReadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().awaited.poll(context)
    }
}

#[cfg(feature = "async")]
impl<T: GrowableRecord> FusedStream for ChangeStream<T> {
    fn is_terminated(&self) -> bool {
        self.awaited.has_ended()
    }
}

#[cfg(feature = "async")]
impl<T: GrowableRecord> fmt::Debug for ChangeStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.awaited.fmt(f)
    }
}
