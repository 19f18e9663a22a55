//! Rings of a fixed capacity: [`FixedDeque`].
//!
//! # Examples
//!
//! ```
//! # use commy_types as commy;
//! use commy::deque::FixedDeque;
//!
//! let mut latest = FixedDeque::<u32, 3>::new();
//! (1..=5).for_each(|number| {
//!     latest.push_over(number);
//! });
//! assert_eq!(latest, [3, 4, 5]); // the oldest ones are gone
//! ```

mod methods;
mod ends;
mod edits;
mod removals;
mod search;
mod traits;
mod convert;
mod compare;
mod mapped;
mod ring;
mod cells;
mod drain;
mod iter;
mod into_iter;

use crate::length::{self, Prefix};

pub use self::drain::Drain;
pub use self::into_iter::IntoIter;
pub use self::iter::{Iter, IterMut};
pub use self::ring::Ring;

/// A double-ended queue of at most `N` elements, kept in place as a ring.
///
/// It has `VecDeque`'s methods and conversions, except for [some](#what-it-lacks); those that add
/// elements return [`CapacityError`](crate::CapacityError) where `VecDeque` would allocate, and then
/// leave the value as it was. [`push_over`](Self::push_over) is for the newest `N` of many: in a full
/// ring it puts the new element in the place of the oldest one, and returns that. Elements need only be
/// [`Mappable`](crate::Mappable): what leaves is moved out, and its cell becomes the all-zero value.
///
/// The layout is part of the file format:
///
/// ```text
/// 0              4              8        d                         d + N * size_of::<T>()
/// ├─ head: u32 ──┼─ len: u32 ───┼────────┼─ N cells ───────────────┤
///                               padding  │ unused │ from head on │ │
///
/// d = 8 when T's alignment is at most 8, and then there is no padding; else that alignment
/// ```
///
/// Both numbers are little-endian. Element `i` is in cell `(head + i) % N`. A length above `N` counts as
/// `N`, and a head that is no cell as 0, so every byte pattern is safe when it is safe for `T`; for an
/// [`Element`](crate::Element) the deque is [`bytemuck::Pod`] itself. `N` is at most `u32::MAX`.
///
/// # What it costs
///
/// - Room: all `N` elements, in memory and in the file, however many there are.
/// - A push or a pop at an end: one cell and the two numbers, whatever `N` is. Of a push through a
///   writer no more is encoded and published.
/// - A copy of the value, such as a reader takes: all of its room.
///
/// # What it lacks
///
/// - What only a heap needs: `with_capacity`, `reserve`, `shrink_to` and their kin.
/// - `std::io::Read` and `Write`, and what is not stable in `VecDeque`.
/// - A view as one slice that borrows no more than `&self`: see [`as_slices`](Self::as_slices) and
///   [`make_contiguous`](Self::make_contiguous).
///
/// `From` is `TryFrom` here where there may be too many values. [`Extend`] and `collect` have no way
/// to fail but a panic; [`try_extend`](Self::try_extend) and
/// [`try_from_iter`](Self::try_from_iter) return an error, and [`extend_over`](Self::extend_over) keeps
/// the last ones.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::FixedDeque;
///
/// let mut jobs = FixedDeque::<u32, 4>::try_from([2, 3, 5])?;
/// jobs.push_back(7)?;
/// assert!(jobs.push_back(11).is_err());
/// assert_eq!(jobs.pop_front(), Some(2));
/// jobs.push_back(11)?;
/// assert_eq!(jobs, [3, 5, 7, 11]);
/// assert_eq!(jobs.push_over(13), Some(3));
/// assert!(jobs.last(2).eq(&[11, 13]));
/// # Ok::<(), commy::CapacityError>(())
/// ```
#[repr(C)]
pub struct FixedDeque<T, const N: usize> {
    ends: Prefix,
    data: [T; N],
}

const _: () = {
    assert!(size_of::<FixedDeque<u16, 5>>() == 18);
    assert!(core::mem::offset_of!(FixedDeque<u8, 5>, data) == 8);
    assert!(core::mem::offset_of!(FixedDeque<u64, 5>, data) == 8);
    assert!(core::mem::offset_of!(FixedDeque<u128, 5>, data) == length::data_offset::<u128>());
};
