//! Share typed structs between processes through a memory-mapped file.
//!
//! One program annotates a struct with [`create_writer`] and gets a writer; another one annotates
//! the same struct with [`create_reader`] and reads consistent snapshots and single fields of it,
//! without system calls, serialization or locks.
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
//! # Where to find what
//!
//! - What the attributes generate, constructors and accessors: [`create_writer`],
//!   [`create_reader`]. What the generated types have besides: [`Writer`], [`Reader`].
//! - Several fields in one publish: [`Writer::update`], [`Writer::try_update`],
//!   [`Writer::batch`]. Several fields of one generation: [`Reader::read`].
//! - Waiting for the next value: [`Reader::wait`] and [`Reader::wait_newer`];
//!   [`Reader::changes`], an iterator; [`Reader::on_change`], a callback on a thread of its own;
//!   `Reader::stream`, for async runtimes. For the file itself: [`Reader::open_wait_at`].
//! - Values of 100 KiB and more, which do not belong on a stack: [`Cached`],
//!   [`Reader::snapshot_into`], [`Reader::snapshot_boxed`].
//! - What can be asked of a file: [`WriterOptions`], [`ReaderOptions`].
//! - A struct that has changed: [`WriterOptions::on_mismatch`], [`Reader::is_superseded`],
//!   [`Reader::reopen`].
//! - What shall outlast a power cut: [`WriterOptions::durable`], [`Writer::flush`].
//!
//! # Which types fit
//!
//! | instead of | use |
//! |---|---|
//! | `String`, `&'static str`, `PathBuf`, `Cow<str>` | [`FixedString<N>`](FixedString), at most `N` bytes |
//! | `String`, mostly short | [`SmartString`], a `FixedString` of up to 1024 bytes |
//! | `Vec<T>` | [`FixedVec<T, N>`](FixedVec), [`SmartVec<T, N>`](SmartVec) |
//! | `Option<T>` | [`FixedOption<T>`](FixedOption) |
//! | `HashMap<K, V>`, `BTreeMap<K, V>` | [`Encoded<T, C, N>`](Encoded), or `FixedVec<Entry, N>` sorted by key |
//! | `Box<T>`, `Rc<T>`, `Arc<T>` | `T` |
//! | `usize`, `isize` | `u64`, `i64` |
//! | `Duration`, `SystemTime`, `Instant` | `u64` nanoseconds |
//! | a struct of your own | the same with [`#[derive(Mappable)]`](macro@Mappable) and `#[repr(C)]` |
//! | an enum without fields | the same with [`#[derive(Mappable)]`](macro@Mappable) and `#[repr(u8)]` |
//! | a type of another crate that is [`bytemuck::Pod`] | the same with `#[commy(pod, id = "...")]` on the field; as an element, in a struct of your own that has such a field |
//! | any other type that serde, rkyv or wincode can write | [`Encoded<T, C, N>`](Encoded), see [`encoded`] |
//!
//! Numbers of fixed width, `bool`, `char` and arrays fit as they are.
//!
//! # Trade-offs
//!
//! - Every type has a fixed size: a string or vector has a capacity, takes that much room in the
//!   file, and refuses what is longer. `String`, `Vec` and all that keeps data on a heap is
//!   refused at compile time.
//! - Readers copy. A snapshot costs about what copying the struct costs, plus the check that every
//!   `bool`, `char`, enum and string in it is valid; a field costs what that field costs.
//! - One writer at a time. Readers see the newest value, not every one.
//! - The file takes `slots + 1` (5 if not asked otherwise) times the size of the struct, plus
//!   16 KiB.
//!
//! # Limits
//!
//! - A reader whose copy takes longer than it takes the writer to publish `slots - 1` times tries
//!   again. After 64 tries it returns [`ReadError::Contended`]; with a record of more than 4096
//!   bytes after 80, the last 16 of which also take a value that is behind the latest.
//! - Who waits for the next value sees the newest one, not every one. Waiting in the kernel needs
//!   the right to write the file, for one page that holds nothing else; without it, a waiting
//!   reader looks every 50 us to 10 ms.
//! - A writer belongs to one process: a forked child cannot use it.
//! - Whoever may write the file can truncate it, which ends its readers by `SIGBUS`; the mode is
//!   `0600` unless asked otherwise.
//! - A file on a disk is written back by the kernel, which can hold up a publish for as long as
//!   the disk takes. Live data belongs in memory: a private directory on tmpfs, such as
//!   `$XDG_RUNTIME_DIR`, or one of mode `0700` in `/dev/shm`. Mind who removes files there: systemd's
//!   logind (`RemoveIPC=`, and `$XDG_RUNTIME_DIR` at the last logout) and cleaners of temporary
//!   files.
//! - After a power loss the value is only believed if the writer had ended in good order, or had
//!   flushed it to a checkpoint ([`WriterOptions::durable`]); else it is gone.
//!
//! # Features
//!
//! - `simd`, on by default: readers check long text that is not ASCII with vector instructions.
//! - `glam`, `half`, `uuid`: the types of these crates that are plain old data fit as they are.
//! - `async`: `Reader::stream`, a `futures_core::Stream` of values.
//! - `postcard` (also as `codecs`), `json`, `messagepack`, `cbor`, `rkyv`, `wincode`: codecs for
//!   serialized fields, see [`encoded`].
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")
)]

mod sync;

#[cfg(not(loom))]
mod record;
#[cfg(not(loom))]
mod format;
#[cfg(not(loom))]
mod sys;
#[cfg(not(loom))]
mod mem;
#[cfg(not(loom))]
mod file;
mod publish;
mod wake;
#[cfg(not(loom))]
mod batch;
#[cfg(not(loom))]
mod writer;
#[cfg(not(loom))]
mod reader;
#[cfg(not(loom))]
mod fields;
#[cfg(not(loom))]
mod view;
#[cfg(not(loom))]
mod cached;
#[cfg(not(loom))]
mod elements;
#[cfg(not(loom))]
mod options;
#[cfg(not(loom))]
mod wait;
#[cfg(not(loom))]
pub mod encoded;
#[cfg(not(loom))]
mod error;

#[cfg(not(loom))]
#[doc(inline)]
pub use self::encoded::{DecodeError, EncodeError, Encoded, EncodedAligned};
#[cfg(all(feature = "async", not(loom)))]
pub use self::wait::ChangeStream;
#[cfg(not(loom))]
pub use self::{
    batch::Batch,
    cached::Cached,
    error::{CreateError, FlushError, OpenError, ReadError, SchemaMismatch},
    file::{Recovered, WriterState},
    format::{Difference, FieldNote},
    options::{OnMismatch, ReaderOptions, WriterOptions},
    reader::{FileState, Reader, ReaderFile},
    record::Record,
    view::View,
    wait::{ChangeIter, OnChange, WaitOutcome},
    writer::Writer,
};
#[doc(inline)]
pub use commy_macros::{Mappable, create_reader, create_writer};
#[doc(inline)]
pub use commy_types::{
    CapacityError, Element, Fingerprint, FixedOption, FixedString, FixedVec, FlatString, Growing,
    InvalidReason, Mappable, Sequence, SmartString, SmartVec,
};

/// What generated code needs; not for use by hand, and not stable.
#[doc(hidden)]
#[cfg(not(loom))]
pub mod __private {
    pub use crate::elements::{check_index, element};
    pub use crate::encoded::{NameOf, NoName};
    pub use bytemuck;
    pub use commy_macros::__CommyRecord;
    pub use commy_types::schema::{FieldSchema, Note, Parts, TypeSchema};
    pub use commy_types::shape::{Chain, Leaf, Shape};
    pub use commy_types::{
        FieldSink, FieldSource, Image, Invalid, KnownSize, NoSize, Outcome, PodField, SizeOf,
        SizedRecord, WithSize, shape_of_fields, shape_of_variants,
    };
    pub use core;
    pub use std::path::Path;

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
