//! Which data file a checkpoint file belongs to, so that two records do not take one another's value.
//!
//! It stands in the notes of the checkpoint file's schema text, which are never compared:
//!
//! ```text
//! "data":{"created":1700000000000000000}                   the file beside it, whatever its name
//! "data":{"created":1700000000000000000,"path":"/run/a"}   the file at this path
//! ```
//!
//! `created` is the creation time of the data file. It stays when the file is moved, or seen by
//! another path; the path stays when the file is lost, as one in memory is by a restart. Checkpoint
//! files without this belong to whoever opens them.

use core::fmt::Write as _;

use nojson::{Json, RawJson};

use super::json::{member, text};

/// A data file, as a checkpoint file remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    /// Its creation time in nanoseconds since 1970; 0 if it is not known.
    pub(crate) created_ns: u64,
    /// Its path from the root, links resolved; `None` for the file beside its checkpoints.
    pub(crate) path: Option<String>,
}

impl Owner {
    /// The member of the notes, without braces around it.
    pub(crate) fn note(&self) -> String {
        let mut note = format!("\"data\":{{\"created\":{}", self.created_ns);
        if let Some(path) = &self.path {
            // A `String` takes everything.
            let _ = write!(note, ",\"path\":{}", Json(path));
        }
        note.push('}');
        note
    }

    /// Reads it from notes, which may be anything; the parser bounds the depth, and the header the
    /// length.
    pub(crate) fn read(notes: &[u8]) -> Option<Self> {
        let json = RawJson::parse(core::str::from_utf8(notes).ok()?).ok()?;
        let data = member(json.value(), "data")?;
        let created = member(data, "created")?.as_integer_str().ok()?.parse().ok();
        Some(Self { created_ns: created?, path: text(data, "path") })
    }
}
