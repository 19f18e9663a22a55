//! The struct that is the root of a growable file.

use core::ops::Deref;

use super::at::At;
use super::cell::Cell;
use super::edit::Cursor;
use super::fault::Fault;
use super::reached::Reached;
use super::snap::Snap;
use super::trace::{Trace, Walk};
use super::view::View;
use crate::error::{ReadError, WriteError};
use crate::format::{About, ROOT_MAX, ROOT_PREFIX, RecordSpec, SchemaText};
use crate::record::{Record, SpecCell};

/// A record that grows: its fields are [`Growable`](super::Growable).
///
/// The attributes implement it for every record that is declared `growable`.
///
/// # Examples
///
/// ```
/// use std::path::Path;
///
/// use commy::growable::{GrowableRecord, Reader};
/// use commy::{OpenError, create_writer};
///
/// /// Whether the file at `path` holds a whole `T`.
/// fn is_whole<T: GrowableRecord>(path: &Path) -> Result<bool, OpenError> {
///     Ok(Reader::<T>::open_at(path)?.snapshot().is_ok())
/// }
///
/// #[create_writer(filename = "note.bin", growable)]
/// struct Note {
///     text: String,
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("note.bin");
/// let mut note = NoteWriter::create_at(&path)?;
/// assert!(!is_whole::<Note>(&path)?); // nothing is published yet
/// note.set_text("hello")?;
/// assert!(is_whole::<Note>(&path)?);
/// # Ok(())
/// # }
/// ```
pub trait GrowableRecord: Record {
    /// A view with an accessor per field: what waiting gives.
    type View<'v>: From<View<'v, Self>> + Deref<Target = View<'v, Self>>;

    /// The fields, in order.
    #[doc(hidden)]
    const FIELDS: &'static [RootField];

    #[doc(hidden)]
    fn load(snap: &Snap<'_>) -> Result<Self, Fault>;

    #[doc(hidden)]
    fn load_into(snap: &Snap<'_>, value: &mut Self) -> Result<(), Fault>;

    /// Makes the record hold a value, and writes as little as possible for it.
    #[doc(hidden)]
    fn reconcile(&self, cursor: Cursor<'_>) -> Result<(), WriteError>;
}

/// A field of the root, as far as code needs it that does not know its type.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct RootField {
    pub(super) name: &'static str,
    /// In bytes from the start of the root.
    pub(super) offset: usize,
    pub(super) size: usize,
    pub(super) trace: Walk,
    pub(super) verify: fn(&Snap<'_>, At) -> Result<(), Fault>,
    describe: fn(&mut SchemaText),
}

impl RootField {
    /// The field of this name, in a cell at this byte of the root.
    #[must_use]
    pub const fn new<C: Cell>(name: &'static str, offset: usize) -> Self {
        let (size, trace, verify, describe) = (C::SIZE, C::trace, C::verify, C::describe);
        Self { name, offset, size, trace, verify, describe }
    }

    /// Says which blocks all of these fields lead to.
    pub(super) fn trace_all(
        fields: &[Self],
        snap: &Snap<'_>,
        trace: &mut Trace,
    ) -> Result<(), Fault> {
        fields.iter().try_for_each(|field| (field.trace)(snap, At::root(field.offset), trace))
    }
}

/// Where the fields of a struct lie, in the order in which they are declared.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Layout<const N: usize> {
    pub offsets: [usize; N],
    pub size: usize,
    pub align: usize,
}

impl<const N: usize> Layout<N> {
    /// That of the root: behind its prefix.
    ///
    /// # Panics
    ///
    /// When the cells take more room than a root has.
    #[must_use]
    pub const fn root(cells: [(usize, usize); N]) -> Self {
        let layout = Self::new(ROOT_PREFIX, cells);
        assert!(
            layout.size <= ROOT_MAX,
            "the fields of a growable record take more than 4096 bytes: put some of them in a `Box`"
        );
        layout
    }

    /// That of cells of these sizes and alignments, from this byte on.
    #[must_use]
    #[allow(clippy::indexing_slicing, reason = "the index is below the length of both")]
    pub const fn new(first: usize, cells: [(usize, usize); N]) -> Self {
        let (mut offsets, mut end, mut align, mut index) = ([0; N], first, 8, 0);
        while index < N {
            let (size, cell_align) = cells[index];
            end = end.next_multiple_of(cell_align);
            offsets[index] = end;
            end += size;
            if cell_align > align {
                align = cell_align;
            }
            index += 1;
        }
        Self { offsets, size: end.next_multiple_of(align), align }
    }
}

/// The specification of a growable record whose cells take this room.
#[doc(hidden)]
pub fn spec<T: GrowableRecord>(cell: &SpecCell, size: usize, align: usize) -> &RecordSpec {
    cell.or_make(|| {
        let mut schema = SchemaText::root(size, align);
        for RootField { name, offset, size, describe, .. } in T::FIELDS {
            schema.field(name, *offset, *size, describe);
        }
        let about = About {
            name: T::NAME,
            package: T::PACKAGE,
            package_version: T::PACKAGE_VERSION,
            notes: T::NOTES,
            notes_within: &[],
        };
        RecordSpec::growable(schema.finish(), (size, align), &about)
    })
}

/// The name of the field that begins at this byte of the root.
fn name_at<T: GrowableRecord>(offset: usize) -> Option<&'static str> {
    let field =
        T::FIELDS.iter().find(|field| (field.offset..field.offset + field.size).contains(&offset));
    field.map(|field| field.name)
}

/// The same error with the name of the field that was read, or in which that is.
#[cold]
pub(super) fn named<T: GrowableRecord>(error: ReadError, offset: usize) -> ReadError {
    match (error, name_at::<T>(offset)) {
        (ReadError::Invalid { field, reason }, Some(name)) => {
            let field = match field.as_str() {
                "" => name.to_owned(),
                inner => format!("{name}.{inner}"),
            };
            ReadError::Invalid { field, reason }
        }
        (ReadError::Undecodable { field, codec, offset, reason }, Some(name)) => {
            let field = match &*field {
                "" => name.into(),
                inner => format!("{name}.{inner}").into(),
            };
            ReadError::Undecodable { field, codec, offset, reason }
        }
        (error, _) => error,
    }
}

/// Checks every block and every value of a generation.
pub(super) fn verify<T: GrowableRecord>(snap: &Snap<'_>, latest: u64) -> Result<(), Fault> {
    let mut reached = Reached::default();
    for field in T::FIELDS {
        let at = At::root(field.offset);
        Trace::run(snap, at, field.trace, latest, |found| reached.add(&found))
            .map_err(|fault| fault.in_field(field.name))?;
    }
    snap.renew();
    for field in T::FIELDS {
        (field.verify)(snap, At::root(field.offset)).map_err(|fault| fault.in_field(field.name))?;
    }
    Ok(())
}
