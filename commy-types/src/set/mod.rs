//! Sets of a fixed capacity: [`FixedSet`].
//!
//! # Examples
//!
//! ```
//! # use commy_types as commy;
//! use commy::set::FixedSet;
//!
//! let open = FixedSet::<u16, 8>::try_from([443, 22, 80, 22])?;
//! let allowed = FixedSet::<u16, 4>::try_from([80, 443])?;
//! assert!(allowed.is_subset(&open));
//! assert_eq!(open.difference(&allowed).collect::<Vec<_>>(), [&22]);
//! # Ok::<(), commy::CapacityError>(())
//! ```

mod methods;
mod edits;
mod algebra;
mod traits;
mod convert;
mod mapped;

use crate::vec::FixedVec;

pub use self::algebra::{Difference, Intersection, SymmetricDifference, Union};
pub use crate::vec::IntoIter;

/// A set of at most `N` elements in ascending order, kept in place.
///
/// It has the methods of `BTreeSet`, except for [some](#what-it-lacks). Those that add elements return
/// [`CapacityError`](crate::CapacityError) when it is full, and then leave it as it was. An element is
/// found by comparing log2(N) + 1 of them; it may be asked for in its borrowed form, as
/// `FixedString` by `&str`. To insert or remove one moves those behind it.
///
/// The layout is that of a [`FixedVec`] of the elements, and part of the file format. Elements are
/// compared by their `Ord`; bytes in which they do not ascend are refused. An `Ord` that contradicts
/// itself makes wrong answers, and nothing worse.
///
/// # What it lacks
///
/// The cursors, `replace`, `extract_if`, and the operators `|`, `&`, `^` and `-`: of the methods
/// `union`, `intersection`, `symmetric_difference` and `difference` a set of any capacity can be made.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::{FixedSet, FixedString};
///
/// let mut halted = FixedSet::<FixedString<12>, 3>::new();
/// assert!(halted.insert("EURUSD".try_into()?)?);
/// assert!(halted.insert("AUDNZD".try_into()?)?);
/// assert!(!halted.insert("EURUSD".try_into()?)?); // is there
/// assert!(halted.contains("AUDNZD"));
/// assert_eq!(halted.first().unwrap(), "AUDNZD");
/// assert!(halted.remove("EURUSD"));
/// assert_eq!(halted.len(), 1);
/// # Ok::<(), commy::CapacityError>(())
/// ```
#[repr(transparent)]
pub struct FixedSet<T, const N: usize> {
    elements: FixedVec<T, N>,
}
pub(crate) use self::mapped::check_keys;
