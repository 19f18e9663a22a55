//! What writers and readers are whatever their record is.
//!
//! [`WriterCore`] and [`ReaderCore`] know a [`RecordSpec`](crate::format::RecordSpec) and no Rust
//! type. `Writer<T>` and `Reader<T>` put values where these have words. So can those that have no
//! type: a reader that opens any file and keeps its schema, a writer of checked bytes.

#[cfg_attr(not(test), expect(dead_code, reason = "the tool and recordings will stand on it"))]
mod bytes;
mod outcome;
mod reader;
#[cfg(feature = "dynamic")]
mod sequences;
mod times;
mod wait;
#[cfg(all(test, target_os = "linux"))]
mod tests;
mod writer;

#[cfg(feature = "dynamic")]
pub(crate) use self::bytes::BytesWriter;
pub use self::outcome::WaitOutcome;
pub(crate) use self::reader::{Load, ReaderCore};
pub(crate) use self::times::{age_at, time_from};
pub(crate) use self::wait::{look, wait_newer, wait_until};
pub(crate) use self::writer::{Refused, Source, WriterCore};
