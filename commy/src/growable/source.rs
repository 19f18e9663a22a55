//! Where accessors read from.

use super::at::{At, Base};
use super::cell::Cell;
use super::fault::Fault;
use super::snap::Snap;
use super::view::ViewCore;
use crate::error::ReadError;

/// What accessors read from: a reader, where each call reads the newest generation and returns
/// values; or a view of one generation, which gives proxies for what is large.
///
/// Only the crate implements it.
pub trait Source: sealed::Source {
    /// What proxies hold of it: of a view not what record it is of, so that the proxies of all views,
    /// and those of what is deeper in a view, are of one type.
    #[doc(hidden)]
    type Proxied: Source;

    #[doc(hidden)]
    fn proxied(&self) -> &Self::Proxied;

    /// What an element is: its value, or the proxy that a view has for it.
    #[doc(hidden)]
    type Value<'a, C: Cell>
    where
        Self: 'a;

    /// Calls `read` until what it has loaded is of one generation.
    #[doc(hidden)]
    fn run<R>(
        &self,
        part: Part,
        read: impl FnMut(&Snap<'_>) -> Result<R, Fault>,
    ) -> Result<R, ReadError>;

    /// Reads the element at `at`.
    #[doc(hidden)]
    fn value<'a, C: Cell>(&'a self, snap: &Snap<'_>, at: At) -> Result<Self::Value<'a, C>, Fault>;
}

/// What iterators read from: a view of one generation.
///
/// Only the crate implements it. A reader has no iterators: each of its calls reads the newest
/// generation, so that a walk would see a different one at each step. [`read`](super::Reader::read)
/// and [`pin`](super::Reader::pin) give a view.
#[diagnostic::on_unimplemented(
    message = "`{Self}` reads another generation at each call, so there is nothing to walk through",
    note = "use `read(|view| ..)` or `pin()` of the reader: a view is of one generation"
)]
pub trait ViewSource: Source {
    #[doc(hidden)]
    fn core(&self) -> &ViewCore<'_>;
}

pub(crate) mod sealed {
    pub trait Source {}
}

/// Which bytes of the root an accessor needs.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// The first one.
    pub(crate) start: usize,
    pub(crate) len: usize,
}

impl Part {
    /// What a cell of so many bytes needs.
    pub(crate) const fn of(at: At, len: usize) -> Self {
        match at.base() {
            Base::Root => Self { start: at.offset(), len },
            Base::Apart(root) => Self { start: root as usize, len: size_of::<u64>() },
            // What lies in a block needs nothing of the root.
            _ => Self { start: 0, len: 0 },
        }
    }
}
