//! Share typed structs between processes through a memory-mapped file.
//!
//! One program annotates a struct with [`create_writer`] and gets a writer. Other programs annotate
//! the same struct with [`create_reader`] and read consistent snapshots, or single fields of it.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use commy::{FixedString, FixedVec, create_reader, create_writer};
//!
//! #[create_writer(filename = "example.bin")]
//! #[create_reader(filename = "example.bin")]
//! #[derive(Debug, Clone, PartialEq)]
//! pub struct MyData {
//!     pub title: FixedString<64>,
//!     pub numbers: FixedVec<i32, 100>,
//!     pub temperature: f64,
//! }
//!
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("example.bin");
//! let mut w = MyDataWriter::create_at(&path)?; // or create(): example.bin
//! w.set_title("Weekly totals")?; // too long is an error, and nothing changes
//! w.set_numbers(&[1, 2, 3])?;
//! w.update(|d| d.temperature += 21.5); // several fields, one publish
//!
//! let r = MyDataReader::open_at(&path)?; // in another process: read permission is enough
//! let now: MyData = r.snapshot()?; // all fields from one generation
//! assert_eq!(now.title, "Weekly totals");
//! assert_eq!(r.temperature()?, 21.5); // one field, without copying the others
//! # Ok(())
//! # }
//! ```
//!
//! # Trade-offs
//!
//! - Every type of such a record has a fixed size. A string or vector has a capacity, takes that room
//!   in the file, and refuses what is longer. What keeps data on a heap, such as `String`, does not
//!   compile; in a record that is declared [`growable`], text, bytes and lists of any length do.
//! - Readers copy. A snapshot costs a copy of the struct and a check of it; a field costs what that
//!   field costs.
//! - One writer at a time. Readers see the newest value, not every one.
//! - The file takes `slots + 1` (5 if not asked otherwise) times the size of the struct, plus
//!   16 KiB.
//!
//! # Limits
//!
//! - A reader that is overtaken by the writer tries again. After 64 tries it returns
//!   [`ReadError::Contended`]; with a record of more than 4096 bytes after 80.
//! - Whoever may write the file can truncate it, which ends its readers by `SIGBUS`. The mode is
//!   `0600` unless asked otherwise.
//! - A file on a disk is written back by the kernel, which can hold up a publish. Live data belongs
//!   in memory: a private directory on tmpfs, such as `$XDG_RUNTIME_DIR`.
//! - After a power cut the value is gone, unless the writer had ended in good order, or had flushed
//!   it to a checkpoint ([`WriterOptions::durable`]).
//! - A writer belongs to one process: a forked child cannot use it.
//!
//! The rest stands in [`guide::operations`].
//!
//! # Where to find what
//!
//! | | |
//! |---|---|
//! | what the attributes generate | [`create_writer`], [`create_reader`]; besides, [`Writer`], [`Reader`] |
//! | several fields in one publish | [`Writer::update`], [`Writer::try_update`], [`Writer::batch`] |
//! | several fields of one generation | [`Reader::read`] |
//! | values of megabytes, and parts of them | [`guide::large`]; [`Cached`], [`Reader::get_by`], [`Writer::assign`] |
//! | the next value | [`guide::waiting`] |
//! | values for ever: writers that come and go, files that are replaced | [`ReaderOptions::follow`], [`Follow`] |
//! | how old a value is | [`WriterOptions::timestamps`], [`ReaderFile::age`], [`guide::operations`] |
//! | texts, bytes and lists of any length | [`guide::growable`], [`growable`] |
//! | values under keys, in a record of fixed size | [`guide::maps`]; [`FixedMap`], [`FixedSet`] |
//! | enums with data, types that serde writes | [`guide::encoded`] |
//! | a struct that has changed | [`guide::changing`] |
//! | a file whose struct is not known | [`guide::dynamic`] |
//! | a value that outlasts a power cut | [`guide::durability`] |
//! | what a call costs | [`guide::performance`] |
//! | paths, permissions, containers, copies | [`guide::operations`], [`WriterOptions`], [`ReaderOptions`], [`runtime_dir`] |
//! | a standby that takes over | [`WriterOptions::create_wait`] |
//! | what went wrong | [`CreateError`], [`OpenError`], [`ReadError`] and others: words by `{:?}`, variant and fields by `{:#?}` |
//! | whether a claim is tested | [`guide::evidence`] |
//! | whether another library fits better | [`guide::choosing`] |
//! | daemons, systemd, containers in detail | [`guide::service`] |
//! | what a new release may change | [`guide::stability`] |
//!
//! # Which types fit
//!
//! | instead of | use |
//! |---|---|
//! | `String`, `&'static str`, `PathBuf`, `Cow<str>` | [`FixedString<N>`](FixedString), at most `N` bytes; [`SmartString`] for 1024 |
//! | `Vec<T>` | [`FixedVec<T, N>`](FixedVec), at most `N` elements |
//! | `VecDeque<T>`, the newest `N` of many | [`FixedDeque<T, N>`](FixedDeque), a ring of at most `N` elements |
//! | `Option<T>` | [`FixedOption<T>`](FixedOption) |
//! | `HashMap<K, V>`, `BTreeMap<K, V>` | [`FixedMap<K, V, N>`](FixedMap), at most `N` entries, sorted by key |
//! | `HashSet<T>`, `BTreeSet<T>` | [`FixedSet<T, N>`](FixedSet), at most `N` elements, sorted |
//! | `Box<T>`, `Rc<T>`, `Arc<T>` | `T` |
//! | `usize`, `isize` | `u64`, `i64` |
//! | `Duration`, `SystemTime`, `Instant` | `u64` nanoseconds |
//! | a struct of your own | the same with [`#[derive(Mappable)]`](macro@Mappable) and `#[repr(C)]` |
//! | an enum without fields | the same with [`#[derive(Mappable)]`](macro@Mappable) and `#[repr(u8)]` |
//! | a type of another crate that is [`bytemuck::Pod`] | the same with `#[commy(pod, id = "...")]` on the field |
//! | any other type that serde, rkyv or wincode can write | [`Encoded<T, C, N>`](Encoded), see [`encoded`] |
//!
//! Numbers of fixed width, `bool`, `char` and arrays fit as they are.
//!
//! # Features
//!
//! - `simd`, on by default: readers check long text that is not ASCII with vector instructions.
//! - `async`: `Reader::stream` and `follow_stream`, each a `futures_core::Stream` of values, or of views of a
//!   growable record.
//! - `dynamic`: a reader that needs no struct, see [`guide::dynamic`].
//! - `postcard` (also as `codecs`), `json`, `messagepack`, `cbor`, `rkyv`, `wincode`: codecs for
//!   serialized fields, see [`encoded`].
//! - `serde`, `arbitrary`, `zeroize`: the containers implement these, so that a struct of them can
//!   derive them.
//! - `glam`, `half`, `uuid`: the types of these crates that are plain old data fit as they are.
#![cfg_attr(docsrs, feature(doc_cfg))]
// No choice of a user's: the model checker, the allocator's, and features of commy-types that are always on.
#![cfg_attr(
    docsrs,
    doc(auto_cfg(hide(loom, no_global_oom_handling, feature = "alloc", feature = "std"))),
    allow(unexpected_cfgs, reason = "hides what other crates are built with")
)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")
)]

// In the order in which they may use one another; `ARCHITECTURE.md` has the table.
mod sync;

mod publish;
#[cfg(not(loom))]
mod format;
// What the books of a heap need of it.
#[cfg(loom)]
mod format {
    #[allow(dead_code, unused_imports, reason = "the model has no bytes of blocks")]
    pub(crate) mod heap;
    mod page;
    pub(crate) use self::page::PAGE;
}
#[cfg_attr(loom, allow(dead_code, reason = "the model has one way to use it"))]
mod heap;
#[cfg(not(loom))]
mod sys;
#[cfg(not(loom))]
mod mem;
mod wake;
#[cfg(not(loom))]
mod error;
#[cfg(not(loom))]
mod file;
#[cfg(not(loom))]
mod record;
#[cfg(not(loom))]
mod untyped;
#[cfg(not(loom))]
mod fields;
#[cfg(not(loom))]
mod view;
#[cfg(not(loom))]
mod reader;
#[cfg(not(loom))]
mod cached;
#[cfg(not(loom))]
mod writer;
#[cfg(not(loom))]
mod options;
#[cfg(not(loom))]
mod wait;
#[cfg(not(loom))]
pub mod growable;
#[cfg(not(loom))]
pub mod encoded;
#[cfg(all(feature = "dynamic", not(loom)))]
pub mod dynamic;
#[cfg(not(loom))]
pub mod guide;

#[cfg(not(loom))]
#[doc(inline)]
pub use self::encoded::{DecodeError, EncodeError, Encoded, EncodedAligned};
#[cfg(all(feature = "async", not(loom)))]
pub use self::wait::{ChangeStream, FollowStream};
#[cfg(not(loom))]
pub use self::{
    cached::Cached,
    error::{
        CreateError, FlushError, OpenError, ReadError, RuntimeDirError, SaveError, SchemaMismatch,
        WriteError,
    },
    file::{Recovered, WriterState, runtime_dir},
    format::{Difference, FieldNote},
    growable::Growable,
    options::{OnCorrupt, OnMismatch, ReaderOptions, WriterOptions},
    reader::{FileState, Reader, ReaderFile},
    record::{FixedRecord, Record},
    untyped::WaitOutcome,
    view::{View, ViewFile},
    wait::{ChangeIter, Follow, Follower, OnChange},
    writer::{Batch, Writer, WriterFile},
};
#[doc(inline)]
pub use commy_macros::{Growable, Mappable, create_reader, create_writer};
#[doc(inline)]
pub use commy_types::{
    CapacityError, Element, Fingerprint, FixedDeque, FixedMap, FixedOption, FixedSet, FixedString,
    FixedVec, FlatString, Image, Invalid, InvalidReason, Mappable, SmartString, SmartVec, Touched,
};
// What signatures of these name: errors and iterators. Not `schema`, whose variants are called `String` and
// `Vec`: beside such public names the compiler writes `std::string::String` in each message.
#[doc(inline)]
pub use commy_types::{deque, map, set, string, vec};

/// What generated code needs; not for use by hand, and not stable.
#[doc(hidden)]
#[cfg(not(loom))]
pub mod __private {
    pub use crate::encoded::{NameOf, NoName};
    pub use crate::fields::{check_array_range, check_index, check_range, element};
    pub use crate::format::{RecordSpec, SchemaText};
    pub use crate::growable::parts;
    pub use crate::growable_plain;
    pub use crate::mem::{Vectors, vectors_in_use};
    pub use crate::reader::debug_reader;
    pub use crate::record::SpecCell;
    pub use crate::writer::debug_writer;
    pub use bytemuck;
    pub use commy_macros::__CommyRecord;
    pub use commy_types::schema::{FieldSchema, Note, Parts, TypeSchema};
    pub use commy_types::shape::{Chain, Leaf, Shape};
    pub use commy_types::{
        FieldPlace, FieldSink, FieldSource, Growing, Image, Indexed, Invalid, Keyed, KeyedAlone,
        KeyedValues, KnownSize, NoSize, Nth, Outcome, Overwriting, PodField, Sequence, SizeOf,
        SizedRecord, Text, WithSize, contains_key, element_at, element_part, elements_into,
        elements_with, entry_at, insert_element, insert_entry, key_at, remove_element,
        remove_entry, set_from, set_range, set_value, shape_of_fields, shape_of_variants,
        text_into, text_with, value_of,
    };
    pub use core;
    pub use std::path::Path;
    pub use std::string::String;
    pub use std::vec::Vec;

    /// Whether the filenames of writer and reader are the same.
    pub const fn is_same_text(first: &str, second: &str) -> bool {
        let (mut first, mut second) = (first.as_bytes(), second.as_bytes());
        while let ([a, first_rest @ ..], [b, second_rest @ ..]) = (first, second) {
            if *a != *b {
                return false;
            }
            (first, second) = (first_rest, second_rest);
        }
        first.is_empty() && second.is_empty()
    }
}
