//! Fields whose elements have accessors of their own.

use core::mem::offset_of;

use crate::capacity::CapacityError;
use crate::deque::FixedDeque;
use crate::mappable::Mappable;
use crate::vec::FixedVec;

/// A value of elements at a fixed distance that are found by their number: an array, a vector or a
/// deque.
///
/// The runtime reads and writes single elements of it. A type that can grow begins with how many there
/// are: a vector with its length in eight bytes, little-endian, a deque with its
/// [`Ring`](crate::deque::Ring).
///
/// # Examples
///
/// ```
/// use commy_types::{FixedDeque, FixedVec, Indexed};
///
/// assert_eq!(<FixedVec<i32, 100> as Indexed>::CAPACITY, 100);
/// assert_eq!(<FixedVec<i32, 100> as Indexed>::FIRST, 8);
/// assert_eq!(FixedDeque::<u8, 4>::literal(&[1, 2]).count(), 2);
/// ```
pub trait Indexed: Mappable + sealed::Sealed {
    /// The type of the elements.
    type Item: Mappable;

    /// The most elements.
    const CAPACITY: usize;

    /// The offset of the first cell in bytes.
    const FIRST: usize;

    /// Whether the number of elements is stored; if not, there are always `CAPACITY`.
    ///
    /// # Examples
    ///
    /// ```
    /// use commy_types::{FixedVec, Indexed};
    ///
    /// assert!(<FixedVec<u8, 4>>::COUNTED);
    /// assert!(!<[u8; 4]>::COUNTED);
    /// ```
    const COUNTED: bool;

    /// Whether it begins with a ring, which says in which cell an element is.
    ///
    /// # Examples
    ///
    /// ```
    /// use commy_types::{FixedDeque, FixedVec, Indexed};
    ///
    /// assert!(<FixedDeque<u8, 4>>::IS_RING);
    /// assert!(!<FixedVec<u8, 4>>::IS_RING);
    /// ```
    const IS_RING: bool = false;

    /// How many elements there are.
    fn count(&self) -> usize;

    /// Element `index`, to be changed; `None` when there are fewer.
    ///
    /// # Examples
    ///
    /// ```
    /// use commy_types::{FixedVec, Indexed};
    ///
    /// fn replace_first<S: Indexed>(sequence: &mut S, value: S::Item) {
    ///     if let Some(first) = sequence.element_mut(0) {
    ///         *first = value;
    ///     }
    /// }
    ///
    /// let mut steps = FixedVec::<u8, 4>::literal(&[1, 2]);
    /// replace_first(&mut steps, 9);
    /// assert_eq!(steps, [9, 2]);
    /// ```
    fn element_mut(&mut self, index: usize) -> Option<&mut Self::Item>;
}

/// An [`Indexed`] value whose elements lie one behind the other: an array or a vector.
///
/// # Examples
///
/// ```
/// use commy_types::Sequence;
///
/// assert_eq!([1, 2, 3].elements_mut().len(), 3);
/// ```
pub trait Sequence: Indexed {
    /// The elements that are there.
    fn elements(&self) -> &[Self::Item];

    /// The same, to be changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use commy_types::{FixedVec, Sequence};
    ///
    /// let mut steps = FixedVec::<u8, 4>::literal(&[1, 2]);
    /// steps.elements_mut().reverse();
    /// assert_eq!(steps.elements(), [2, 1]);
    /// ```
    fn elements_mut(&mut self) -> &mut [Self::Item];
}

/// An [`Indexed`] value that elements can be added to.
///
/// # Examples
///
/// ```
/// use commy_types::{FixedDeque, FixedVec, Growing};
///
/// let mut full = FixedVec::<u8, 1>::new();
/// assert!(Growing::push(&mut full, 1).is_ok());
/// assert!(Growing::push(&mut full, 2).is_err());
/// assert_eq!(FixedDeque::<u8, 4>::literal(&[5, 6]).last_cell(), Some(1));
/// ```
pub trait Growing: Indexed {
    /// Adds an element at the end.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when there is no room; the value is then as it was.
    fn push(&mut self, value: Self::Item) -> Result<(), CapacityError>;

    /// The cell of the last element, if there is one.
    fn last_cell(&self) -> Option<usize>;
}

/// A [`Growing`] value that can be added to when it is full, too.
///
/// # Examples
///
/// ```
/// use commy_types::{FixedDeque, Overwriting};
///
/// let mut latest = FixedDeque::<u8, 1>::literal(&[1]);
/// assert_eq!(Overwriting::push_over(&mut latest, 2), Some(1));
/// ```
pub trait Overwriting: Growing {
    /// Adds an element at the end; returns what it has put out of its place.
    fn push_over(&mut self, value: Self::Item) -> Option<Self::Item>;
}

impl<T: Mappable, const N: usize> Indexed for [T; N] {
    type Item = T;
    const CAPACITY: usize = N;
    const FIRST: usize = 0;
    const COUNTED: bool = false;

    #[inline]
    fn count(&self) -> usize {
        N
    }

    #[inline]
    fn element_mut(&mut self, index: usize) -> Option<&mut T> {
        self.get_mut(index)
    }
}

impl<T: Mappable, const N: usize> Sequence for [T; N] {
    #[inline]
    fn elements(&self) -> &[T] {
        self
    }

    #[inline]
    fn elements_mut(&mut self) -> &mut [T] {
        self
    }
}

impl<T: Mappable, const N: usize> Indexed for FixedVec<T, N> {
    type Item = T;
    const CAPACITY: usize = N;
    const FIRST: usize = offset_of!(Counted<T>, first);
    const COUNTED: bool = true;

    #[inline]
    fn count(&self) -> usize {
        self.len()
    }

    #[inline]
    fn element_mut(&mut self, index: usize) -> Option<&mut T> {
        self.get_mut(index)
    }
}

impl<T: Mappable, const N: usize> Sequence for FixedVec<T, N> {
    #[inline]
    fn elements(&self) -> &[T] {
        self.as_slice()
    }

    #[inline]
    fn elements_mut(&mut self) -> &mut [T] {
        self.as_mut_slice()
    }
}

impl<T: Mappable, const N: usize> Growing for FixedVec<T, N> {
    #[inline]
    fn push(&mut self, value: T) -> Result<(), CapacityError> {
        FixedVec::push(self, value)
    }

    #[inline]
    fn last_cell(&self) -> Option<usize> {
        self.len().checked_sub(1)
    }
}

impl<T: Mappable, const N: usize> Indexed for FixedDeque<T, N> {
    type Item = T;
    const CAPACITY: usize = N;
    const FIRST: usize = offset_of!(Counted<T>, first);
    const COUNTED: bool = true;
    const IS_RING: bool = true;

    #[inline]
    fn count(&self) -> usize {
        self.len()
    }

    #[inline]
    fn element_mut(&mut self, index: usize) -> Option<&mut T> {
        self.get_mut(index)
    }
}

impl<T: Mappable, const N: usize> Growing for FixedDeque<T, N> {
    #[inline]
    fn push(&mut self, value: T) -> Result<(), CapacityError> {
        self.push_back(value)
    }

    #[inline]
    fn last_cell(&self) -> Option<usize> {
        Some(self.ring().cell(self.len().checked_sub(1)?))
    }
}

impl<T: Mappable, const N: usize> Overwriting for FixedDeque<T, N> {
    #[inline]
    fn push_over(&mut self, value: T) -> Option<T> {
        FixedDeque::push_over(self, value)
    }
}

/// Nobody else implements these: the runtime reads and writes memory by what they say.
mod sealed {
    pub trait Sealed {}
    impl<T, const N: usize> Sealed for [T; N] {}
    impl<T, const N: usize> Sealed for crate::vec::FixedVec<T, N> {}
    impl<T, const N: usize> Sealed for crate::deque::FixedDeque<T, N> {}
}

/// Where the elements of a vector or a deque begin, whatever its capacity.
#[repr(C)]
struct Counted<T> {
    len: [u8; 8],
    first: T,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::TypeSchema;

    #[test]
    fn the_first_element_is_where_the_schema_says() {
        fn check<S: Indexed>() {
            match *S::SCHEMA {
                TypeSchema::Vec { capacity, data, .. }
                | TypeSchema::Deque { capacity, data, .. } => {
                    assert_eq!((S::CAPACITY, S::FIRST, S::COUNTED), (capacity, data, true));
                }
                TypeSchema::Array { capacity, .. } => {
                    assert_eq!((S::CAPACITY, S::FIRST, S::COUNTED), (capacity, 0, false));
                }
                _ => unreachable!(),
            }
        }
        check::<FixedVec<u8, 3>>();
        check::<FixedVec<u128, 3>>();
        check::<FixedVec<u16, 5>>();
        check::<FixedDeque<u8, 3>>();
        check::<FixedDeque<u128, 3>>();
        check::<[u64; 4]>();
    }
}
