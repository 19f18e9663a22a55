//! Files without their type: a reader that needs no Rust struct.
//!
//! Every file describes itself. So a program that has never seen the struct can show it, watch it, and
//! write it in another format.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use commy::create_writer;
//! # #[create_writer(filename = "weather.bin")]
//! # struct Weather { temperature: f64, gusts: [f32; 3] }
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("weather.bin");
//! # let _writer = WeatherWriter::options().path(&path)
//! #     .create_with(Weather { temperature: 21.5, gusts: [1.0, 4.0, 2.5] })?;
//! let file = commy::dynamic::open(&path)?; // read permission is enough
//! println!("{}", file.schema()); // one line per field
//! let now = file.snapshot()?; // all of one generation
//! for (name, value) in now.iter() {
//!     println!("{name}: {value}");
//! }
//! assert_eq!(file.get("gusts[1]")?.as_f64(), Some(4.0)); // only these bytes
//! # #[cfg(feature = "json")]
//! assert_eq!(serde_json::to_string(&now)?, r#"{"temperature":21.5,"gusts":[1.0,4.0,2.5]}"#);
//! # Ok(())
//! # }
//! ```
//!
//! It opens, checks, reads and waits as [`Reader`](crate::Reader) does. Only the last step goes by the
//! schema of the file: bytes to value. Neither the file nor its schema is trusted. What is no value of
//! its type is a [`Value::Invalid`] in the place of that part, and the rest is shown.

mod changes;
mod compare;
mod encode;
mod find;
mod follow;
mod info;
mod kind;
mod leftovers;
mod load;
mod options;
mod path;
mod processes;
mod reader;
mod schema;
mod serialize;
mod show;
mod slots;
mod snapshot;
mod value;
mod writer;

use std::path::Path;

pub use self::changes::DynChanges;
pub use self::compare::{FieldVerdict, Fit};
pub use self::follow::DynFollower;
pub use self::info::{FileInfo, Readers, WriterInfo, WriterStatus};
pub use self::kind::{Kind, Type};
pub use self::leftovers::{Leftover, leftovers};
pub use self::options::DynOptions;
pub use self::path::{GetError, PathError};
pub use self::reader::DynReader;
pub use self::schema::{Field, Schema, SchemaError};
pub use self::slots::SlotInfo;
pub use self::snapshot::Snapshot;
pub use self::value::{EnumValue, InvalidValue, OpaqueValue, Value};
pub use self::writer::{DynWriter, SetError};

pub use crate::file::{LeftoverKind, Removal};

use crate::error::OpenError;

/// Opens the file at `path`, whatever record it holds.
///
/// # Errors
///
/// As [`DynOptions::open`].
///
/// # Examples
///
/// See [`DynReader`].
pub fn open(path: impl AsRef<Path>) -> Result<DynReader, OpenError> {
    options().open(path)
}

/// Options for opening a file without its type.
///
/// # Examples
///
/// See [`DynOptions`].
pub fn options() -> DynOptions {
    DynOptions::new()
}
