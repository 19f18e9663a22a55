//! The bytes of a commy file: what stands where, how it is written, and what of it is checked.
//!
//! Pure functions over bytes. Nothing here knows a path, an operating system or a mapping; `file/`
//! reads and maps, and says which file it was. `docs/format.md` tells the same for other languages,
//! and a test compares the two.
//!
//! ```text
//!      0 ┌────────────────────────────────────────────────────────────┐
//!        │ header      magic, version, kind, flags, sizes, offsets,   │  written once
//!        │             fingerprint, checksum               header.rs  │
//!   4096 ├────────────────────────────────────────────────────────────┤
//!        │ control     latest, session, state, steady, file_len,      │  stored by the writer,
//!        │             clean record, wake                 control.rs  │  loaded by all
//!   8192 ├────────────────────────────────────────────────────────────┤
//!        │ wait page   sleepers                           control.rs  │  stored by readers, too
//!  12288 ├────────────────────────────────────────────────────────────┤
//!        │ schema      the canonical line, a line of notes   schema/  │  written once
//!      S ├────────────────────────────────────────────────────────────┤  a multiple of 4096
//!        │ slot 0      ┌ sequence  u64 ┐                  layout.rs   │
//!        │             │ time      u64 │  slot head, 16 bytes         │  stored by the writer,
//!        │             └ payload ...   ┘  the record, as in memory    │  copied by readers
//!        │ slot 1      at S + stride, a multiple of 128               │
//!        │ ...                                                        │
//!        │ slot K      behind the K slots of the ring: the steady one │
//!    end └────────────────────────────────────────────────────────────┘  a multiple of 4096
//!   2^62   bytes that are locked and never there                locks.rs
//! ```
//!
//! A checkpoint file begins in the same way; its control and wait page are zero, and at `S` stand
//! two areas of whole blocks (`checkpoint.rs`) instead of slots.
//!
//! The places above are those of new files. Readers take them from the header, where they may be
//! others.

mod bytes;
pub(crate) mod checkpoint;
pub(crate) mod control;
mod error;
pub(crate) mod header;
pub(crate) mod heap;
pub(crate) mod layout;
pub(crate) mod locks;
mod page;
pub(crate) mod schema;
pub(crate) mod session;
mod shown;
mod spec;
#[cfg(test)]
mod tests;

pub(crate) use self::schema::Order;
pub use self::schema::{Difference, SchemaText};
pub use self::spec::{FieldNote, RecordSpec};

pub(crate) use self::control::{CleanChecksum, State, clean_checksum};
pub(crate) use self::error::FormatError;
pub(crate) use self::header::MAGIC;
pub(crate) use self::layout::{SLOT_HEAD, SLOT_TAIL};
pub(crate) use self::page::PAGE;
pub(crate) use self::shown::Shown;
pub(crate) use self::spec::About;

/// The bytes in front of the fields of a record that grows: the end of its heap in the file, and
/// eight that are 0.
pub(crate) const ROOT_PREFIX: usize = 16;

/// The most bytes of a record that grows, without its heap: so it never needs the steady slot.
pub(crate) const ROOT_MAX: usize = 4096;
const _: () = assert!(ROOT_MAX < crate::publish::STEADY_MIN);
