//! Vectors of a fixed capacity: [`FixedVec`], under another name [`SmartVec`].
//!
//! # Examples
//!
//! ```
//! # use commy_types as commy;
//! use commy::vec::{FixedVec, SmartVec};
//!
//! let newest = FixedVec::<u32, 4>::try_from_iter(3..6)?;
//! let mut log = SmartVec::<u32, 1000>::new();
//! log.extend_from_slice(&newest)?;
//! assert_eq!(log, [3, 4, 5]);
//! # Ok::<(), commy::CapacityError>(())
//! ```

mod methods;
mod edits;
mod removals;
mod traits;
mod convert;
mod compare;
mod mapped;
mod cells;
mod retain;
mod drain;
mod extract_if;
mod into_iter;
mod write;

use crate::length::{self, Prefix};

pub use self::drain::Drain;
pub use self::extract_if::ExtractIf;
pub use self::into_iter::IntoIter;

/// A vector of at most `N` elements, kept in place.
///
/// It derefs to `[T]` and has `Vec`'s methods and conversions, except for [some](#what-it-lacks);
/// those that add elements return [`CapacityError`](crate::CapacityError) where `Vec` would
/// allocate, and then leave the value as it was. Elements need only be
/// [`Mappable`](crate::Mappable): what leaves the vector is moved out, and its cell becomes the
/// all-zero value. `FixedVec<u8, N>` serves as a byte buffer and implements `std::io::Write` and
/// [`core::fmt::Write`].
///
/// The layout is part of the file format:
///
/// ```text
/// 0                       8        d                         d + N * size_of::<T>()
/// ├─ len: u64, LE ────────┼────────┼─ data: N elements ──────┤
///                         padding  │ elements    │  unused   │
///
/// d = 8 when T's alignment is at most 8, and then there is no padding; else that alignment
/// ```
///
/// A length above `N` counts as `N`, so every byte pattern is safe when it is safe for `T`; for an
/// [`Element`](crate::Element) the vector is [`bytemuck::Pod`] itself. A plain `T: Pod` is not
/// enough for that:
///
/// ```compile_fail,E0277
/// # use commy_types as commy;
/// # use commy::FixedVec;
/// fn pod<T: bytemuck::Pod>() {}
/// pod::<FixedVec<u128, 1>>(); // eight bytes of padding, which may hold anything
/// ```
///
/// # What it costs
///
/// - Room: all `N` elements, in memory and in the file, however many there are.
/// - Setting, encoding and publishing it: what the new and the old elements weigh. None beyond them
///   is compared, written or published, so a capacity may be generous.
/// - A copy of the value, such as a reader takes: all of its room.
///
/// # What it lacks
///
/// - `splice`, which reads the new elements while the old ones are taken, and could tell only at
///   the end that they do not fit: [`replace_range`](Self::replace_range) takes a slice.
/// - What only a heap needs: `with_capacity`, `reserve`, `shrink_to` and their kin, `leak`.
/// - `into_flattened`, whose capacity no type can name yet.
/// - `set_len` and `spare_capacity_mut`, and what is not stable in `Vec`.
/// - Conversions from and to `VecDeque`, `BinaryHeap` and `CString`: they go by `Vec`.
///
/// `From` is `TryFrom` here where there may be too many values. [`Extend`] and `collect` have no way
/// to fail but a panic; [`try_extend`](Self::try_extend) and
/// [`try_from_iter`](Self::try_from_iter) return an error.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::FixedVec;
///
/// let mut primes = FixedVec::<u32, 4>::try_from([2, 3, 5])?;
/// primes.push(7)?;
/// assert_eq!(primes, [2, 3, 5, 7]);
/// assert!(primes.push(11).is_err());
/// assert_eq!(primes.iter().sum::<u32>(), 17);
/// # Ok::<(), commy::CapacityError>(())
/// ```
#[repr(C)]
pub struct FixedVec<T, const N: usize> {
    len: Prefix,
    data: [T; N],
}

const _: () = {
    assert!(size_of::<FixedVec<u16, 5>>() == 18);
    assert!(core::mem::offset_of!(FixedVec<u8, 5>, data) == 8);
    assert!(core::mem::offset_of!(FixedVec<u64, 5>, data) == 8);
    // 16 where the target aligns u128 to that, as x86-64 and AArch64 do; 8 on ARMv7 and s390x.
    assert!(core::mem::offset_of!(FixedVec<u128, 5>, data) == length::data_offset::<u128>());
};

/// A [`FixedVec`] that is declared generously, because it mostly holds few elements.
///
/// It **never allocates** and **never grows past `N`**. Its cost follows its length and not its
/// capacity, which is true of every `FixedVec`; see [there](FixedVec#what-it-costs).
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::SmartVec;
///
/// let mut queue = SmartVec::<u16, 500>::new();
/// queue.extend_from_slice(&[3, 1, 2])?;
/// queue.sort();
/// assert_eq!(queue, [1, 2, 3]);
/// assert_eq!(size_of::<SmartVec<u16, 500>>(), 1008);
/// # Ok::<(), commy::CapacityError>(())
/// ```
pub type SmartVec<T, const N: usize> = FixedVec<T, N>;
