//! Maps of a fixed capacity: [`FixedMap`].
//!
//! # Examples
//!
//! ```
//! # use commy_types as commy;
//! use commy::map::FixedMap;
//!
//! let mut stock = FixedMap::<u16, f32, 100>::new();
//! stock.insert(700, 2.5)?;
//! *stock.entry(700).or_insert(0.0)? += 1.0;
//! assert_eq!(stock.get(&700), Some(&3.5));
//! # Ok::<(), commy::CapacityError>(())
//! ```

mod methods;
mod edits;
mod entry;
mod iter;
mod traits;
mod convert;
mod mapped;

use crate::vec::FixedVec;

pub use self::entry::{Entry, OccupiedEntry, VacantEntry};
pub use self::iter::{IntoIter, Iter, IterMut};

/// A map of at most `N` entries in ascending order of their keys, kept in place.
///
/// It has the methods of `BTreeMap`, except for [some](#what-it-lacks). Those that add entries return
/// [`CapacityError`](crate::CapacityError) when it is full, and then leave it as it was. An entry is
/// found by comparing log2(N) + 1 keys; a key may be asked for in its borrowed form, as `FixedString`
/// by `&str`. To insert or remove one moves those behind it.
///
/// The layout is part of the file format. Keys and values stand apart, so that a look-up touches keys
/// and one value:
///
/// ```text
/// 0                       8        k                      v
/// ├─ len: u64, LE ────────┼────────┼─ keys: N of them ────┼────────┬─ values: N of them ──┤
///                         padding  │ in use  │  unused    padding  │ in use  │  unused    │
///
/// k = 8 when the keys' alignment is at most 8; else that alignment
/// v = the end of the keys, rounded up to the alignment of keys and of values
/// ```
///
/// Keys are compared by their `Ord`; bytes in which they do not ascend are refused. An `Ord` that
/// contradicts itself makes wrong answers, and nothing worse. So does one that another program
/// implements otherwise: its order is that of the file.
///
/// # What it lacks
///
/// The cursors, `extract_if`, `first_entry` and `last_entry`, and whatever needs an allocator.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::{FixedMap, FixedString};
///
/// let mut quotes = FixedMap::<FixedString<12>, f64, 2>::new();
/// quotes.insert("EURUSD".try_into()?, 1.09)?;
/// quotes.insert("AUDNZD".try_into()?, 1.06)?;
/// assert!(quotes.insert("USDJPY".try_into()?, 151.2).is_err());
/// assert_eq!(quotes.get("EURUSD"), Some(&1.09));
/// assert_eq!(quotes.keys().next().unwrap(), "AUDNZD");
/// assert_eq!(quotes.remove("AUDNZD"), Some(1.06));
/// assert_eq!(quotes.len(), 1);
/// # Ok::<(), commy::CapacityError>(())
/// ```
#[repr(C)]
pub struct FixedMap<K, V, const N: usize> {
    /// # Invariants
    ///
    /// 1. They ascend, as far as the `Ord` of `K` is one; nothing unsafe relies on it.
    keys: FixedVec<K, N>,
    /// The value of each key in the same place; those behind the last key are zero.
    values: [V; N],
}

const _: () = {
    assert!(core::mem::offset_of!(FixedMap<u16, u8, 5>, values) == 18);
    assert!(core::mem::offset_of!(FixedMap<u16, u32, 5>, values) == 20);
    assert!(size_of::<FixedMap<u16, u8, 5>>() == 24);
};
