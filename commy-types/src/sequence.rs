//! Fields whose elements have accessors of their own.

use core::mem::offset_of;

use crate::capacity::CapacityError;
use crate::mappable::Mappable;
use crate::vec::FixedVec;

/// A value of elements at a fixed distance: an array or a vector.
///
/// The runtime reads and writes single elements of it. A type that can grow has its length in its
/// first eight bytes, little-endian.
///
/// # Examples
///
/// ```
/// use commy_types::{FixedVec, Sequence};
///
/// assert_eq!(<FixedVec<i32, 100> as Sequence>::CAPACITY, 100);
/// assert_eq!(<FixedVec<i32, 100> as Sequence>::FIRST, 8);
/// assert_eq!([1, 2, 3].elements_mut().len(), 3);
/// ```
pub trait Sequence: Mappable + sealed::Sealed {
    /// The type of the elements.
    type Item: Mappable;

    /// The most elements.
    const CAPACITY: usize;

    /// The offset of the first element in bytes.
    const FIRST: usize;

    /// Whether the number of elements is stored; if not, there are always `CAPACITY`.
    ///
    /// # Examples
    ///
    /// ```
    /// use commy_types::{FixedVec, Sequence};
    ///
    /// assert!(<FixedVec<u8, 4>>::COUNTED);
    /// assert!(!<[u8; 4]>::COUNTED);
    /// ```
    const COUNTED: bool;

    /// The elements that are there.
    fn elements(&self) -> &[Self::Item];

    /// The same, to be changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use commy_types::{FixedVec, Sequence};
    ///
    /// fn replace_first<S: Sequence>(sequence: &mut S, value: S::Item) {
    ///     if let Some(first) = sequence.elements_mut().first_mut() {
    ///         *first = value;
    ///     }
    /// }
    ///
    /// let mut steps = FixedVec::<u8, 4>::literal(&[1, 2]);
    /// replace_first(&mut steps, 9);
    /// assert_eq!(steps.elements(), [9, 2]);
    /// ```
    fn elements_mut(&mut self) -> &mut [Self::Item];
}

/// A [`Sequence`] that elements can be added to.
///
/// # Examples
///
/// ```
/// use commy_types::{FixedVec, Growing};
///
/// let mut full = FixedVec::<u8, 1>::new();
/// assert!(Growing::push(&mut full, 1).is_ok());
/// assert!(Growing::push(&mut full, 2).is_err());
/// ```
pub trait Growing: Sequence {
    /// Adds an element at the end.
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the sequence is full; it is then as it was.
    fn push(&mut self, value: Self::Item) -> Result<(), CapacityError>;
}

impl<T: Mappable, const N: usize> Sequence for [T; N] {
    type Item = T;
    const CAPACITY: usize = N;
    const FIRST: usize = 0;
    const COUNTED: bool = false;

    #[inline]
    fn elements(&self) -> &[T] {
        self
    }

    #[inline]
    fn elements_mut(&mut self) -> &mut [T] {
        self
    }
}

impl<T: Mappable, const N: usize> Sequence for FixedVec<T, N> {
    type Item = T;
    const CAPACITY: usize = N;
    const FIRST: usize = offset_of!(Counted<T>, first);
    const COUNTED: bool = true;

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
}

/// Nobody else implements the two: the runtime reads and writes memory by what they say.
mod sealed {
    pub trait Sealed {}
    impl<T, const N: usize> Sealed for [T; N] {}
    impl<T, const N: usize> Sealed for crate::vec::FixedVec<T, N> {}
}

/// Where the elements of a vector begin, whatever its capacity.
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
        fn check<S: Sequence>() {
            match *S::SCHEMA {
                TypeSchema::Vec { capacity, data, .. } => {
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
        check::<[u64; 4]>();
    }
}
