//! Follows a file for ever, whatever its record is.

use core::fmt;
use core::time::Duration;
use std::path::Path;

use super::options::DynOptions;
use super::reader::DynReader;
use super::snapshot::Snapshot;
use crate::error::OpenError;
use crate::file::Named;
use crate::wait::{Follow, Following, Follows, Reopen};

impl Reopen for DynReader {
    type Options = DynOptions;

    fn open_at(path: &Path, options: &DynOptions) -> Result<Self, OpenError> {
        options.clone().open(path)
    }

    fn options(&self) -> DynOptions {
        self.options().clone()
    }
}

/// Follows a file for ever, whatever its record is; made by [`DynOptions::follow`] and
/// [`DynReader::follow`].
///
/// Its `next` blocks until there is something to tell and is never `None`.
#[must_use = "iterators do nothing unless they are asked"]
pub struct DynFollower {
    follows: Follows<DynReader>,
}

impl DynFollower {
    pub(super) fn of(reader: DynReader) -> Self {
        Self { follows: Follows::new(Following::of(reader)) }
    }

    pub(super) fn at(path: &Path, options: DynOptions) -> Self {
        let named = Named::filename("").at(path.into());
        Self { follows: Follows::new(Following::at(named, options)) }
    }

    /// Waits for what is told next, at most for `timeout`. `None` if there was nothing to tell.
    pub fn next_timeout(&mut self, timeout: Duration) -> Option<Follow<Snapshot>> {
        self.follows.next_timeout(timeout)
    }

    /// The path of the file that is followed, from the root.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.follows.path()
    }
}

impl Iterator for DynFollower {
    type Item = Follow<Snapshot>;

    fn next(&mut self) -> Option<Self::Item> {
        self.follows.next_timeout(Duration::MAX)
    }
}

impl fmt::Debug for DynFollower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynFollower").field("path", &self.path()).finish_non_exhaustive()
    }
}
