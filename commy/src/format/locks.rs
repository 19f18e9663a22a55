//! The bytes of a file that are locked, whether or not the file reaches them.
//!
//! ```text
//! 2^62       PRESENCE     locked for writing by the writer
//! 2^62 + 1   PRESENCE + 1 locked for reading by a writer that finds PRESENCE locked for reading
//! 2^62 + 2   PENDING      reserved
//! 2^62 + 3   VOUCHED      locked for writing by the writer, once it has taken back what an earlier
//!                         writer has vouched for (`publish/session.rs`)
//! 2^62 + 64  PIN_BASE     reserved, and all bytes after it: PIN_BASE + g is locked for reading by who
//!                         pins generation g of a growing heap
//! 2^63 - 1                the last byte that can be locked
//! ```

pub(crate) const PRESENCE: u64 = 1 << 62;
pub(crate) const PRESENCE_BESIDE_STRANGER: u64 = PRESENCE + 1;
pub(crate) const PENDING: u64 = PRESENCE + 2;
pub(crate) const VOUCHED: u64 = PRESENCE + 3;
pub(crate) const PIN_BASE: u64 = PRESENCE + 64;
const _: () = assert!(PRESENCE_BESIDE_STRANGER < PENDING && PENDING < VOUCHED);
const _: () = assert!(VOUCHED < PIN_BASE);

/// The highest generation that can be pinned: a lock beyond has no place in a file.
pub(crate) const LAST_PIN: u64 = i64::MAX.unsigned_abs() - PIN_BASE;
const _: () = assert!(LAST_PIN == (1 << 62) - 65);

/// The byte by which `generation` is pinned; `None` if it cannot be.
pub(crate) const fn pin_byte(generation: u64) -> Option<u64> {
    if generation > LAST_PIN { None } else { Some(PIN_BASE + generation) }
}
