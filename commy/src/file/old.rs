//! A data file that makes room for a new one.

use super::lock::Presence;
use super::mapped::Mapped;

/// The data file that is to be replaced, locked as far as it is a file of commy's.
#[derive(Debug)]
pub(crate) struct Old {
    /// Its live words, unless they are damaged or there are none.
    pub(crate) mapped: Option<Mapped>,
    /// When it was created; 0 if it does not say.
    pub(crate) created_ns: u64,
    /// Held until the new file has the name, so that no other writer gets in between.
    _held: Presence,
}

impl Old {
    /// A file that is locked by `held`.
    pub(crate) const fn new(mapped: Option<Mapped>, created_ns: u64, held: Presence) -> Self {
        Self { mapped, created_ns, _held: held }
    }

    /// An empty file.
    pub(crate) const fn empty(held: Presence) -> Self {
        Self::new(None, 0, held)
    }

    /// See [`Mapped::mark_superseded`].
    pub(crate) fn mark_superseded(&self) {
        if let Some(mapped) = &self.mapped {
            mapped.mark_superseded();
        }
    }
}
