//! The file: its format, how it is created and opened, and who may write it.
//!
//! Nothing here knows the record's Rust type beyond a [`RecordSpec`], so the layer is compiled
//! once. Everything read from a file is hostile until it is a checked [`Layout`](layout::Layout).

mod spec;
mod header;
mod layout;
mod control;
mod schema_text;
mod shape;
mod mismatch;
mod path;
mod session;
mod lock;
mod inspect;
mod mapped;
mod unnamed;
mod temporary;
mod checkpoint;
mod owner;
mod earlier;
mod names;
mod recover;
mod durable;
mod create;
mod opened;
mod whereabouts;
mod open;
#[cfg(all(test, target_os = "linux"))]
mod tests;

pub use self::lock::WriterState;
pub use self::mismatch::{Difference, SchemaMismatch};
pub use self::recover::Recovered;
pub use self::spec::FieldNote;

pub(crate) use self::control::State;
pub(crate) use self::create::{FileOptions, open_writer, replace};
pub(crate) use self::header::MAGIC;
pub(crate) use self::open::{OpenedReader, ReadOptions, open_reader};
pub(crate) use self::opened::OpenedWriter;
pub(crate) use self::path::resolve;
pub(crate) use self::recover::{Kept, clean_checksum};
pub(crate) use self::spec::RecordSpec;
