//! Records that grow: ordinary std types in the file.
//!
//! A record that is declared `growable` has a *root* of fixed size, which is published like any
//! other record, and behind it a heap of blocks. What has a fixed size lies in the root; what grows
//! has a handle there that leads to blocks. A block is written before the generation that first
//! reaches it is published, and never changed while a reader that counts can reach it.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use commy::{create_reader, create_writer};
//!
//! #[create_writer(filename = "note.bin", growable)]
//! #[create_reader(filename = "note.bin", growable)]
//! #[derive(Debug, Clone, PartialEq, Default)]
//! struct Note {
//!     title: String,
//!     #[commy(bytes)]
//!     attachment: Vec<u8>,
//!     author: Option<String>,
//!     stars: u32,
//! }
//!
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("note.bin");
//! let mut note = NoteWriter::create_at(&path)?;
//! note.set_title("any length")?; // one publish
//! note.title_mut().push_str(", and more")?; // costs what is added
//! note.transaction(|tx| {
//!     tx.set_author(Some("Ada"))?;
//!     tx.set_stars(tx.stars()? + 1) // Err, or a panic: nobody sees any of it
//! })?;
//!
//! let reader = NoteReader::open_at(&path)?;
//! assert_eq!(reader.title()?, "any length, and more"); // the newest; no lock, no system call
//! let view = reader.pin()?; // one generation, for as long as it is held
//! note.set_title("other")?;
//! assert_eq!(view.title()?, "any length, and more");
//! assert_eq!(reader.snapshot()?.title, "other"); // an ordinary value
//! # Ok(())
//! # }
//! ```

mod at;
#[cfg(feature = "dynamic")]
pub(crate) mod by_schema;
mod cached;
mod cell;
mod core;
mod edit;
mod fault;
mod file;
mod following;
mod options;
mod reached;
mod reader;
mod record;
mod save;
mod snap;
mod source;
#[cfg(all(test, target_os = "linux"))]
mod tests;
mod trace;
mod view;
mod waiting;
mod writer;

pub use self::cached::Cached;
pub use self::cell::hash::{
    HashMapIter, HashMapKeys, HashMapMut, HashMapRef, HashMapValues, HashSetIter, HashSetMut,
    HashSetRef,
};
pub use self::cell::tree::{
    BTreeMapIter, BTreeMapKeys, BTreeMapMut, BTreeMapRef, BTreeMapValues, BTreeSetIter,
    BTreeSetMut, BTreeSetRef,
};
pub use self::cell::{
    Arg, BoxRef, BytesMut, BytesRef, Convert, ConvertedMut, Growable, HashKey, Key, KeyArg, KeyRef,
    OptionMut, Read, Ref, StringMut, ValueMut, VecDequeIter, VecDequeMut, VecDequeRef, VecIter,
    VecMut, VecRef, Write,
};
pub use self::core::PinPolicy;
pub use self::edit::Compaction;
pub use self::file::{PinStats, ReaderFile, Stats, ViewFile, WriterFile};
pub use self::following::Follower;
pub use self::options::{ReaderOptions, WriterOptions};
pub use self::reader::Reader;
pub use self::record::GrowableRecord;
pub use self::source::{Source, ViewSource};
pub use self::view::View;
pub use self::waiting::ChangeIter;
pub use self::writer::{Sink, Transaction, Writer};
#[cfg(feature = "async")]
pub use self::{following::FollowStream, waiting::ChangeStream};
pub use crate::file::{OnCorrupt, RefusedCheckpoint};

use self::record::verify;

/// Entries of an ordered map, whether they are there or not.
pub mod btree_map {
    pub use super::cell::tree::{Entry, OccupiedEntry, VacantEntry};
}

/// Entries of a hash map, whether they are there or not.
pub mod hash_map {
    pub use super::cell::hash::{Entry, OccupiedEntry, VacantEntry};
}

/// What expansions name.
#[doc(hidden)]
pub mod parts {
    pub use super::at::At;
    pub use super::cell::{
        ArrayCell, BytesCell, Cell, Coded, Coding, Converted, Fitting, KeyHash, OrdCell, Placed,
        Plain, PodCell, PodId, structs, variants,
    };
    pub use super::edit::{Cursor, Edit};
    pub use super::fault::{Fault, in_field, of_field};
    pub use super::record::{Layout, RootField, spec};
    pub use super::snap::Snap;
    pub use super::trace::Trace;
    pub use super::view::ViewCore;
}

/// Lets growable records have a type of fixed layout in a field; what is behind its name is a
/// condition.
#[doc(hidden)]
#[macro_export]
macro_rules! growable_plain {
    ($record:ident $($condition:tt)*) => {
        #[automatically_derived]
        impl $crate::growable::Growable for $record $($condition)* {
            type Cell = $crate::growable::parts::Plain<Self>;
            type Key = $crate::growable::parts::Plain<Self>;
        }
    };
}
