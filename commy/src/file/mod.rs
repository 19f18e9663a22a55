//! The file: how it is created and opened, and who may write it.
//!
//! Nothing here knows the record's Rust type beyond a [`RecordSpec`](crate::format::RecordSpec), so the layer is compiled
//! once. Everything read from a file is hostile until it is a checked [`Layout`](crate::format::layout::Layout).

mod fault;
mod path;
mod runtime;
mod options;
mod session;
mod lock;
mod holder;
mod inspect;
mod mapped;
mod disbelief;
#[cfg(feature = "dynamic")]
mod facts;
mod unnamed;
mod place;
mod temporary;
mod checkpoints;
mod claim;
mod old;
mod earlier;
mod names;
mod recover;
mod durable;
mod opened;
mod create;
mod whereabouts;
mod open;
mod pins;
#[cfg(feature = "dynamic")]
mod leftovers;
#[cfg(all(test, target_os = "linux"))]
mod tests;

pub use self::disbelief::RefusedCheckpoint;
#[cfg(feature = "dynamic")]
pub use self::leftovers::{LeftoverKind, Removal};
pub use self::lock::WriterState;
pub use self::options::{OnCorrupt, OnMismatch};
pub use self::recover::Recovered;
pub use self::runtime::runtime_dir;

pub(crate) use self::create::{check_fit, create_copy, open_writer, replace};
pub(crate) use self::holder::with_holder;
#[cfg(feature = "dynamic")]
pub(crate) use self::leftovers::{leftover_at, remove_leftover};
pub(crate) use self::open::{OpenedReader, ReadOptions, open_any_reader, open_reader};
pub(crate) use self::opened::{Flushed, OpenedWriter};
pub(crate) use self::options::FileOptions;
pub(crate) use self::path::absolute;
#[cfg(feature = "dynamic")]
pub(crate) use self::path::checkpoints_beside;
#[expect(unused_imports, reason = "records that grow will use it")]
pub(crate) use self::pins::{FilePins, PinError, PinProbe};
pub(crate) use self::recover::{Kept, Recovery};
pub(crate) use self::runtime::Named;
