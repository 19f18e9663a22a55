//! `SmartVec`, the sequence companion of `SmartString`.

use crate::length::{self, Prefix};
use crate::vec::slots;

/// A vector of at most `N` elements, kept in place, that is mostly short.
///
/// It **never allocates** and **never grows past `N`**: like
/// [`SmartString`](crate::SmartString), it is made to be declared generously, because encoding
/// compares and copies only the elements in use. In memory and in the file it occupies
/// all `N` elements, and its layout, methods and rules are those of
/// [`FixedVec<T, N>`](crate::FixedVec).
///
/// # Examples
///
/// ```
/// use commy_types::SmartVec;
///
/// let mut queue = SmartVec::<u16, 500>::new();
/// queue.extend_from_slice(&[3, 1, 2])?;
/// queue.sort();
/// assert_eq!(queue, [1, 2, 3]);
/// assert_eq!(size_of::<SmartVec<u16, 500>>(), 1008);
/// # Ok::<(), commy_types::CapacityError>(())
/// ```
#[repr(C)]
pub struct SmartVec<T, const N: usize> {
    len: Prefix,
    data: [T; N],
}

const _: () = {
    assert!(size_of::<SmartVec<u16, 5>>() == 18);
    assert!(core::mem::offset_of!(SmartVec<u64, 5>, data) == 8);
};

vec_methods!(
    SmartVec,
    "use commy_types::SmartVec;\nlet mut vec = SmartVec::<u32, 8>::literal(&[1, 2, 3]);"
);
vec_edits!(
    SmartVec,
    "use commy_types::SmartVec;\nlet mut vec = SmartVec::<u32, 8>::literal(&[1, 2, 3]);"
);
vec_traits!(SmartVec);
vec_compare!(SmartVec);
vec_mapped!(SmartVec);
