//! A reader of a growable record whose schema is all that is known of it.

pub(crate) use super::at::At;
pub(crate) use super::cell::{KeyHash, by_size};
pub(crate) use super::fault::Fault;
pub(crate) use super::snap::Snap;

use super::core::{Limits, PinPolicy, ReaderCore};
use crate::error::ReadError;
use crate::untyped;

/// A reader of a growable record whose schema is all that is known of it.
#[derive(Debug, Clone)]
pub(crate) struct SchemaReader {
    core: ReaderCore,
}

impl SchemaReader {
    pub(crate) const fn new(core: untyped::ReaderCore, pins: PinPolicy, max_load: u64) -> Self {
        Self { core: ReaderCore::new(core, Limits { pins, max_load }) }
    }

    pub(crate) const fn untyped(&self) -> &untyped::ReaderCore {
        self.core.untyped()
    }

    /// Calls `read` with the latest generation, and the time of its publish in nanoseconds since 1970,
    /// until all that it has loaded is of that one. A time of 0 is not known.
    ///
    /// # Errors
    ///
    /// What a read can fail by; `read` decides what damage is an error.
    pub(crate) fn read<R>(
        &self,
        mut read: impl FnMut((u64, u64), &Snap<'_>) -> Result<R, Fault>,
    ) -> Result<R, ReadError> {
        self.core.read(|view| {
            let stamp = (view.generation, view.time);
            view.read(|snap| read(stamp, snap))
        })
    }
}
