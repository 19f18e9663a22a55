//! What generated types show of themselves.

use core::fmt;

use crate::reader::Reader;
use crate::record::Record;
use crate::writer::Writer;

/// Shows a generated reader called `name`.
///
/// # Errors
///
/// Those of the formatter.
pub fn debug_reader<T: Record>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    reader: &Reader<T>,
) -> fmt::Result {
    let mut shown = f.debug_struct(name);
    shown.field("path", &reader.path()).field("generation", &reader.generation()).finish()
}

/// Shows a generated writer called `name`.
///
/// # Errors
///
/// Those of the formatter.
pub fn debug_writer<T: Record>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    writer: &Writer<T>,
) -> fmt::Result {
    let mut shown = f.debug_struct(name);
    shown.field("path", &writer.path()).field("generation", &writer.generation()).finish()
}
