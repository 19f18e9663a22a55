//! What a heap says of an address that cannot be what the file claims.

use core::fmt;

use super::block_states::State;
use crate::format::heap::{BadHeader, Class};

/// An address, a class or a birth that contradicts the private books: the bytes of the file are
/// wrong. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Corrupt {
    /// The block would start before the heap, or end behind it.
    #[error("a block at {offset}: the heap is from {start} to {end}")]
    Outside {
        /// Where the file says that a block is.
        offset: u64,
        /// Where the heap starts.
        start: u64,
        /// Where it ends.
        end: u64,
    },
    /// No block of this class can start there.
    #[error("{class} at {offset}: no such block starts there")]
    Misplaced {
        /// Where the file says that a block is.
        offset: u64,
        /// What it says of its place.
        class: Class,
    },
    /// The place is used for something else.
    #[error("{found} at {offset}: expected {expected}")]
    WrongClass {
        /// Where the file says that a block is.
        offset: u64,
        /// What the file says of its place.
        found: Class,
        /// What is there.
        expected: Place,
    },
    /// The block is there, but not in use.
    #[error("the block at {offset} is {found}: expected {expected}")]
    WrongState {
        /// Where it is.
        offset: u64,
        /// What it is.
        found: State,
        /// What it has to be.
        expected: State,
    },
    /// The block claims to be of a generation that was not published.
    #[error("the block at {offset} is of generation {found}: the latest is {latest}")]
    Birth {
        /// Where it is.
        offset: u64,
        /// Which generation its header names.
        found: u64,
        /// The newest that was published.
        latest: u64,
    },
    /// The first word of the block is none.
    #[error("at {offset}, {bad}")]
    Header {
        /// Where the block is.
        offset: u64,
        /// What is wrong with it.
        bad: BadHeader,
    },
}

/// What the private books know of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A page that nobody uses.
    FreePage,
    /// A page of blocks, or the start of a run.
    Block(Class),
    /// A page of a run, behind the first.
    WithinRun,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FreePage => f.write_str("a free page"),
            Self::Block(class) => class.fmt(f),
            Self::WithinRun => f.write_str("the middle of a run of pages"),
        }
    }
}
