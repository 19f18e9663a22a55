//! Bytes of any length, in one run.

use core::fmt;
use core::ops::RangeBounds;

use super::text::bounds;
use super::{ArrayCell, Cell, KeyHash, contiguous, set_held};
use crate::error::{ReadError, WriteError};
use crate::format::SchemaText;
use crate::growable::at::At;
use crate::growable::edit::{Cursor, Edit};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::source::{Part, Source};
use crate::growable::trace::Trace;
use crate::growable::view::ViewCore;

/// The cell of a `Vec<u8>` with `#[commy(bytes)]`: all of it in one run.
#[doc(hidden)]
#[derive(Debug)]
pub struct BytesCell;

impl Cell for BytesCell {
    type Value = Vec<u8>;
    type Array<const N: usize> = ArrayCell<Self, N>;
    const SIZE: usize = contiguous::SIZE;
    const ALIGN: usize = 8;
    type Field<'a, S: Source + 'a> = BytesRef<'a, S>;
    type Ref<'v> = BytesRef<'v, ViewCore<'v>>;
    type Mut<'t> = BytesMut<'t>;
    type Arg<'a> = &'a [u8];
    type Held<'a> = &'a [u8];

    fn hold(arg: Self::Arg<'_>) -> Result<Self::Held<'_>, WriteError> {
        Ok(arg)
    }

    fn lend(value: &Vec<u8>) -> &[u8] {
        value
    }

    fn field<'a, S: Source + 'a>(source: &'a S, at: At) -> BytesRef<'a, S> {
        BytesRef { source, at }
    }

    fn reference<'v>(view: &'v ViewCore<'v>, _: &Snap<'_>, at: At) -> Result<Self::Ref<'v>, Fault> {
        Ok(BytesRef { source: view, at })
    }

    fn change(cursor: Cursor<'_>) -> BytesMut<'_> {
        BytesMut { cursor }
    }

    fn store(held: &&[u8], edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        contiguous::store(held, edit, cell)
    }

    fn load(snap: &Snap<'_>, at: At) -> Result<Vec<u8>, Fault> {
        contiguous::load(snap, at)
    }

    fn load_into(snap: &Snap<'_>, at: At, value: &mut Vec<u8>) -> Result<(), Fault> {
        contiguous::load_into(snap, at, value)
    }

    fn trace(snap: &Snap<'_>, at: At, trace: &mut Trace) -> Result<(), Fault> {
        contiguous::trace(snap, at, trace)
    }

    fn same(held: &&[u8], snap: &Snap<'_>, at: At) -> Result<bool, Fault> {
        contiguous::same(held, snap, at)
    }

    fn verify(snap: &Snap<'_>, at: At) -> Result<(), Fault> {
        contiguous::verify(snap, at)
    }

    fn describe(schema: &mut SchemaText) {
        schema.bytes();
    }

    fn feed(held: &&[u8], hash: &mut KeyHash) {
        hash.len(held.len());
        hash.bytes(held);
    }
}

/// Reads bytes, all or a part of them; made by the accessor of a field with `#[commy(bytes)]`.
///
/// On a reader each call reads the newest generation. On a view all are of one.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{create_reader, create_writer};
///
/// #[create_writer(filename = "camera.bin", growable)]
/// #[create_reader(filename = "camera.bin", growable)]
/// struct Camera {
///     #[commy(bytes)]
///     frame: Vec<u8>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("camera.bin");
/// let mut camera = CameraWriter::create_at(&path)?;
/// camera.set_frame(&[7; 640 * 480])?;
///
/// let reader = CameraReader::open_at(&path)?;
/// let mut frame = vec![0; 640 * 480]; // once; no allocation per frame
/// assert_eq!(reader.frame().read_into(0, &mut frame)?, 640 * 480);
/// assert_eq!(reader.frame().get(9)?, Some(7));
/// # Ok(())
/// # }
/// ```
pub struct BytesRef<'a, S> {
    source: &'a S,
    at: At,
}

impl<S> Clone for BytesRef<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for BytesRef<'_, S> {}

impl<S> fmt::Debug for BytesRef<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BytesRef")
    }
}

impl<S: Source> BytesRef<'_, S> {
    fn run<R>(
        &self,
        mut read: impl FnMut(&Snap<'_>, At) -> Result<R, Fault>,
    ) -> Result<R, ReadError> {
        let at = self.at;
        self.source.run(Part::of(at, contiguous::SIZE), |snap| read(snap, at))
    }

    /// How many bytes there are.
    ///
    /// # Errors
    ///
    /// Those of every read: see [`Reader::snapshot`](crate::growable::Reader::snapshot).
    pub fn len(&self) -> Result<usize, ReadError> {
        self.run(contiguous::len)
    }

    /// Returns whether there are none.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn is_empty(&self) -> Result<bool, ReadError> {
        Ok(self.len()? == 0)
    }

    /// The byte at `index`; `None` behind the end.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn get(&self, index: usize) -> Result<Option<u8>, ReadError> {
        let mut byte = [0];
        let count = self.run(|snap, at| contiguous::read_into(snap, at, index, &mut byte))?;
        Ok((count == 1).then_some(byte[0]))
    }

    /// All of them.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len).
    pub fn load(&self) -> Result<Vec<u8>, ReadError> {
        self.run(contiguous::load)
    }

    /// The same into a vector that is there, whose room is used again.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len); what is in `bytes` then means nothing.
    pub fn load_into(&self, bytes: &mut Vec<u8>) -> Result<(), ReadError> {
        self.run(|snap, at| contiguous::load_into(snap, at, bytes))
    }

    /// Copies the bytes from `start` on, as many as there are and as `to` takes; returns how many.
    ///
    /// # Errors
    ///
    /// As [`len`](Self::len); what is in `to` then means nothing.
    pub fn read_into(&self, start: usize, to: &mut [u8]) -> Result<usize, ReadError> {
        self.run(|snap, at| contiguous::read_into(snap, at, start, to))
    }
}

/// Changes bytes in place; made by the `x_mut` of a field with `#[commy(bytes)]`.
///
/// Outside a transaction each call publishes once.
///
/// | method | cost |
/// |---|---|
/// | `extend_from_slice`, `push` | what is added, on average |
/// | `len`, `is_empty` | O(1) |
/// | all others | all of the bytes |
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::create_writer;
///
/// #[create_writer(filename = "tape.bin", growable)]
/// struct Tape {
///     #[commy(bytes)]
///     samples: Vec<u8>,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("tape.bin");
/// let mut tape = TapeWriter::create_at(&path)?;
/// tape.samples_mut().extend_from_slice(b"0123456789abcdef")?;
/// tape.samples_mut().write_at(4, b"--")?;
/// tape.samples_mut().truncate(8)?;
/// assert_eq!(tape.samples().load()?, b"0123--67");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct BytesMut<'t> {
    cursor: Cursor<'t>,
}

impl BytesMut<'_> {
    /// The bytes as they are now.
    ///
    /// # Errors
    ///
    /// [`WriteError::Corrupt`] for a damaged file; what the transaction has failed by.
    pub fn load(&self) -> Result<Vec<u8>, WriteError> {
        self.cursor.look(contiguous::load)
    }

    /// How many there are.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn len(&self) -> Result<usize, WriteError> {
        self.cursor.look(contiguous::len)
    }

    /// Returns whether there are none.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn is_empty(&self) -> Result<bool, WriteError> {
        Ok(self.len()? == 0)
    }

    /// Puts others in their place.
    ///
    /// # Errors
    ///
    /// [`WriteError::TooLong`], [`WriteError::NoSpace`], [`WriteError::Full`]; what the transaction
    /// has failed by.
    pub fn assign(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        set_held::<BytesCell>(&mut self.cursor, &bytes)
    }

    /// Adds bytes at the end.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn extend_from_slice(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        self.cursor.change(|edit, at| contiguous::append(edit, at, bytes))
    }

    /// Adds a byte at the end.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn push(&mut self, byte: u8) -> Result<(), WriteError> {
        self.extend_from_slice(&[byte])
    }

    /// Overwrites the bytes from `start` on.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Panics
    ///
    /// When `bytes` reach beyond the end.
    #[track_caller]
    pub fn write_at(&mut self, start: usize, bytes: &[u8]) -> Result<(), WriteError> {
        let len = self.len()?;
        let end = start.checked_add(bytes.len());
        assert!(end.is_some_and(|end| end <= len), "bytes within the {len} that are there");
        self.cursor.change(|edit, at| contiguous::overwrite(edit, at, start, bytes))
    }

    /// Puts bytes in the place of those of a range.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Panics
    ///
    /// When the range begins behind its end, or ends beyond the bytes.
    #[track_caller]
    pub fn splice(
        &mut self,
        range: impl RangeBounds<usize>,
        bytes: &[u8],
    ) -> Result<(), WriteError> {
        let len = self.len()?;
        let range = bounds(&range, len);
        assert!(range.start <= range.end && range.end <= len, "a range of the {len} bytes");
        self.cursor.change(|edit, at| contiguous::splice(edit, at, range.clone(), bytes))
    }

    /// Shortens them to `len`; if there are no more, nothing changes and nothing is published.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn truncate(&mut self, len: usize) -> Result<(), WriteError> {
        if len >= self.len()? {
            return Ok(());
        }
        self.cursor.change(|edit, at| contiguous::truncate(edit, at, len))
    }

    /// Makes them `len`, with `byte` for each that was not there.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn resize(&mut self, len: usize, byte: u8) -> Result<(), WriteError> {
        match len.checked_sub(self.len()?) {
            None => self.truncate(len),
            Some(0) => Ok(()),
            Some(more) => self.extend_from_slice(&vec![byte; more]),
        }
    }

    /// Takes all of them out.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn clear(&mut self) -> Result<(), WriteError> {
        self.assign(&[])
    }
}
