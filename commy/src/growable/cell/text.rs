//! Text of any length.

use core::fmt;
use core::ops::{Bound, Range, RangeBounds};

use super::{ArrayCell, Cell, Growable, KeyHash, TextKey, contiguous, set_held};
use crate::error::{ReadError, WriteError};
use crate::format::SchemaText;
use crate::growable::at::At;
use crate::growable::edit::{Cursor, Edit};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;
use crate::growable::source::{Part, Source};
use crate::growable::trace::Trace;
use crate::growable::view::ViewCore;

impl Growable for String {
    type Cell = Self;
    type Key = TextKey;
}

impl Cell for String {
    type Value = Self;
    type Array<const N: usize> = ArrayCell<Self, N>;
    const SIZE: usize = contiguous::SIZE;
    const ALIGN: usize = 8;
    type Field<'a, S: Source + 'a> = Result<Self, ReadError>;
    type Ref<'v> = Self;
    type Mut<'t> = StringMut<'t>;
    type Arg<'a> = &'a str;
    type Held<'a> = &'a str;

    fn hold(arg: Self::Arg<'_>) -> Result<Self::Held<'_>, WriteError> {
        Ok(arg)
    }

    fn lend(value: &Self) -> &str {
        value
    }

    fn field<'a, S: Source + 'a>(source: &'a S, at: At) -> Result<Self, ReadError> {
        source.run(Part::of(at, Self::SIZE), |snap| Self::load(snap, at))
    }

    fn reference<'v>(_: &'v ViewCore<'v>, snap: &Snap<'_>, at: At) -> Result<Self, Fault> {
        Self::load(snap, at)
    }

    fn change(cursor: Cursor<'_>) -> StringMut<'_> {
        StringMut { cursor }
    }

    fn store(held: &&str, edit: &mut Edit, cell: &mut [u8]) -> Result<(), WriteError> {
        contiguous::store(held.as_bytes(), edit, cell)
    }

    fn load(snap: &Snap<'_>, at: At) -> Result<Self, Fault> {
        let bytes = contiguous::load(snap, at)?;
        Self::from_utf8(bytes).map_err(|error| Fault::no_text(error.utf8_error().valid_up_to()))
    }

    fn load_into(snap: &Snap<'_>, at: At, value: &mut Self) -> Result<(), Fault> {
        let mut bytes = core::mem::take(value).into_bytes();
        contiguous::load_into(snap, at, &mut bytes)?;
        *value = Self::from_utf8(bytes)
            .map_err(|error| Fault::no_text(error.utf8_error().valid_up_to()))?;
        Ok(())
    }

    fn trace(snap: &Snap<'_>, at: At, trace: &mut Trace) -> Result<(), Fault> {
        contiguous::trace(snap, at, trace)
    }

    fn same(held: &&str, snap: &Snap<'_>, at: At) -> Result<bool, Fault> {
        contiguous::same(held.as_bytes(), snap, at)
    }

    fn verify(snap: &Snap<'_>, at: At) -> Result<(), Fault> {
        contiguous::verify(snap, at)?;
        Self::load(snap, at).map(drop)
    }

    fn describe(schema: &mut SchemaText) {
        schema.text();
    }

    fn feed(held: &&str, hash: &mut KeyHash) {
        hash.len(held.len());
        hash.bytes(held.as_bytes());
    }
}

/// Changes a text in place; made by the `x_mut` of a `String` field.
///
/// Outside a transaction each call publishes once.
///
/// | method | cost |
/// |---|---|
/// | `push_str`, `push`, `write!` | what is added, on average |
/// | `len`, `is_empty` | O(1) |
/// | all others | the whole text |
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{create_reader, create_writer};
///
/// #[create_writer(filename = "note.bin", growable)]
/// #[create_reader(filename = "note.bin", growable)]
/// struct Note {
///     text: String,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("note.bin");
/// let mut note = NoteWriter::create_at(&path)?;
/// note.set_text("dear all")?;
/// note.text_mut().push_str(", good morning")?;
/// write!(note.text_mut(), ", it is {}", 7)?;
/// note.text_mut().insert_str(0, "> ")?;
/// assert_eq!(NoteReader::open_at(&path)?.text()?, "> dear all, good morning, it is 7");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct StringMut<'t> {
    cursor: Cursor<'t>,
}

impl StringMut<'_> {
    /// The text as it is now.
    ///
    /// # Errors
    ///
    /// [`WriteError::Corrupt`] for a damaged file; what the transaction has failed by.
    pub fn load(&self) -> Result<String, WriteError> {
        self.cursor.look(String::load)
    }

    /// How many bytes it has.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn len(&self) -> Result<usize, WriteError> {
        self.cursor.look(contiguous::len)
    }

    /// Returns whether there is nothing.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn is_empty(&self) -> Result<bool, WriteError> {
        Ok(self.len()? == 0)
    }

    /// Puts another text in its place.
    ///
    /// # Errors
    ///
    /// [`WriteError::TooLong`], [`WriteError::NoSpace`], [`WriteError::Full`]; what the transaction
    /// has failed by.
    pub fn assign(&mut self, text: &str) -> Result<(), WriteError> {
        set_held::<String>(&mut self.cursor, &text)
    }

    /// Adds text at the end.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn push_str(&mut self, text: &str) -> Result<(), WriteError> {
        self.cursor.change(|edit, at| contiguous::append(edit, at, text.as_bytes()))
    }

    /// Adds a character at the end.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn push(&mut self, character: char) -> Result<(), WriteError> {
        self.push_str(character.encode_utf8(&mut [0; 4]))
    }

    /// Adds formatted text at the end; `write!` calls this.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn write_fmt(&mut self, parts: fmt::Arguments<'_>) -> Result<(), WriteError> {
        // One operation, however many parts.
        match parts.as_str() {
            Some(text) => self.push_str(text),
            None => self.push_str(&parts.to_string()),
        }
    }

    /// Inserts text before byte `at`.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Panics
    ///
    /// When `at` is beyond the end, or within a character.
    #[track_caller]
    pub fn insert_str(&mut self, at: usize, text: &str) -> Result<(), WriteError> {
        self.replace_range(at..at, text)
    }

    /// Inserts a character before byte `at`.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Panics
    ///
    /// As [`insert_str`](Self::insert_str).
    #[track_caller]
    pub fn insert(&mut self, at: usize, character: char) -> Result<(), WriteError> {
        self.insert_str(at, character.encode_utf8(&mut [0; 4]))
    }

    /// Puts text in the place of the bytes of a range.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Panics
    ///
    /// When the range begins behind its end, ends beyond the text, or cuts a character.
    #[track_caller]
    pub fn replace_range(
        &mut self,
        range: impl RangeBounds<usize>,
        text: &str,
    ) -> Result<(), WriteError> {
        let old = self.load()?;
        let range = bounds(&range, old.len());
        assert!(old.get(range.clone()).is_some(), "a range of whole characters of the text");
        self.cursor.change(|edit, at| contiguous::splice(edit, at, range.clone(), text.as_bytes()))
    }

    /// Shortens it to `len` bytes; one that is no longer stays as it is, and nothing is published.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Panics
    ///
    /// When `len` is within a character.
    #[track_caller]
    pub fn truncate(&mut self, len: usize) -> Result<(), WriteError> {
        let old = self.load()?;
        if len >= old.len() {
            return Ok(());
        }
        assert!(old.is_char_boundary(len), "a boundary of characters");
        self.cursor.change(|edit, at| contiguous::truncate(edit, at, len))
    }

    /// Makes it empty.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn clear(&mut self) -> Result<(), WriteError> {
        self.assign("")
    }

    /// Takes the last character off.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub fn pop(&mut self) -> Result<Option<char>, WriteError> {
        let old = self.load()?;
        let Some(last) = old.chars().next_back() else { return Ok(None) };
        let len = old.len() - last.len_utf8();
        self.cursor.change(|edit, at| contiguous::truncate(edit, at, len))?;
        Ok(Some(last))
    }

    /// Takes the character at byte `at` out.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Panics
    ///
    /// When there is none, or `at` is within one.
    #[track_caller]
    pub fn remove(&mut self, at: usize) -> Result<char, WriteError> {
        let old = self.load()?;
        let removed = old.get(at..).and_then(|rest| rest.chars().next());
        let Some(removed) = removed else { panic!("no character begins at byte {at}") };
        let range = at..at + removed.len_utf8();
        self.cursor.change(|edit, at| contiguous::splice(edit, at, range.clone(), &[]))?;
        Ok(removed)
    }
}

impl fmt::Write for StringMut<'_> {
    /// For what takes any [`fmt::Write`]; `write!` keeps the error.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push_str(text).map_err(|_| fmt::Error)
    }
}

/// The range, as it is in a text of so many bytes.
pub(super) fn bounds(range: &impl RangeBounds<usize>, len: usize) -> Range<usize> {
    let start = match range.start_bound() {
        Bound::Included(start) => *start,
        Bound::Excluded(before) => before.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(last) => last.saturating_add(1),
        Bound::Excluded(end) => *end,
        Bound::Unbounded => len,
    };
    start..end
}
