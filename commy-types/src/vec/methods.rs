//! The methods of [`FixedVec`] that make it and look at it.
//!
//! Each is one call into [`cells`], which knows no capacity, so that a program with many capacities
//! has their code once per element type.

use super::{FixedVec, cells};
use crate::capacity::CapacityError;
use crate::length;
use crate::mappable::Mappable;
use crate::raw;

impl<T, const N: usize> FixedVec<T, N> {
    /// The most elements.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// assert_eq!(commy::FixedVec::<f32, 64>::CAPACITY, 64);
    /// ```
    pub const CAPACITY: usize = N;

    /// Returns the most elements.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// assert_eq!(vec.capacity(), 8);
    /// ```
    #[inline]
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    /// Returns the number of elements.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// assert_eq!(vec.len(), 3);
    /// ```
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        length::used(&self.len, N)
    }

    /// Returns whether there is no element.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// assert!(!vec.is_empty());
    /// vec.clear();
    /// assert!(vec.is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether there is no room for another element.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// assert!(vec.extend_from_slice(&[4; 5]).is_ok());
    /// assert!(vec.is_full());
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.len() == N
    }

    /// Returns how many more elements fit.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// assert_eq!(vec.remaining_capacity(), 5);
    /// ```
    #[inline]
    #[must_use]
    pub const fn remaining_capacity(&self) -> usize {
        N - self.len()
    }

    /// Returns the elements.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// assert_eq!(vec.as_slice(), &[1, 2, 3]);
    /// ```
    #[inline]
    #[must_use]
    pub const fn as_slice(&self) -> &[T] {
        cells::used(&self.len, &self.data)
    }

    /// Returns the elements, to be changed in place.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// vec.as_mut_slice().reverse();
    /// assert_eq!(vec, [3, 2, 1]);
    /// ```
    #[inline]
    #[must_use]
    pub const fn as_mut_slice(&mut self) -> &mut [T] {
        cells::used_mut(&self.len, &mut self.data)
    }
}

#[cfg(feature = "alloc")]
impl<T, const N: usize> FixedVec<T, N> {
    /// Returns the elements as a vector on the heap.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// assert_eq!(vec.into_vec(), vec![1, 2, 3]);
    /// ```
    #[inline]
    #[must_use]
    pub fn into_vec(self) -> alloc::vec::Vec<T> {
        self.into_iter().collect()
    }

    /// Returns the elements as a slice on the heap.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// assert_eq!(*vec.into_boxed_slice(), [1, 2, 3]);
    /// ```
    #[inline]
    #[must_use]
    pub fn into_boxed_slice(self) -> alloc::boxed::Box<[T]> {
        self.into_iter().collect()
    }
}

impl<T: Mappable, const N: usize> FixedVec<T, N> {
    /// Makes an empty vector.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// vec.clear();
    /// assert_eq!(vec, FixedVec::<u32, 4>::new());
    /// ```
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { len: [0; 8], data: raw::zeroed() }
    }

    /// Makes a vector of values that are known to fit; too many are an error of the
    /// compiler in a `const` or `static`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    ///
    /// const STEPS: FixedVec<i8, 4> = FixedVec::literal(&[-1, 1]);
    /// assert_eq!(STEPS, [-1, 1]);
    /// ```
    ///
    /// ```compile_fail,E0080
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    ///
    /// const STEPS: FixedVec<i8, 1> = FixedVec::literal(&[-1, 1]);
    /// ```
    ///
    /// # Panics
    ///
    /// At run time, when there are more values than the capacity; use `try_from` there.
    #[inline]
    #[must_use]
    #[track_caller]
    pub const fn literal(values: &[T]) -> Self {
        let mut vec = Self::new();
        cells::fill(&mut vec.data, values);
        vec.len = length::prefix(values.len());
        vec
    }

    /// Makes a vector of what an iterator returns: `collect` that does not panic.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    ///
    /// let squares = FixedVec::<u32, 4>::try_from_iter((1..4).map(|n| n * n))?;
    /// assert_eq!(squares, [1, 4, 9]);
    /// assert!(FixedVec::<u32, 4>::try_from_iter(0..).is_err());
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`], which counts up to the first value that
    /// does not fit.
    pub fn try_from_iter<I>(values: I) -> Result<Self, CapacityError>
    where
        I: IntoIterator<Item = T>,
    {
        let mut vec = Self::new();
        vec.try_extend(values)?;
        Ok(vec)
    }

    #[cfg(feature = "zeroize")]
    pub(crate) fn parts_mut(&mut self) -> (&mut length::Prefix, &mut [T]) {
        (&mut self.len, &mut self.data)
    }

    #[inline]
    pub(super) const fn edit(&mut self) -> cells::CellsMut<'_, T> {
        cells::CellsMut { len: &mut self.len, data: &mut self.data }
    }
}
