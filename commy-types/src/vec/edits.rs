//! The methods of [`FixedVec`] that add elements and take them away.

use core::ops::RangeBounds;
use core::slice;

use super::FixedVec;
use crate::capacity::CapacityError;
use crate::length;
use crate::mappable::Mappable;
use crate::raw;

impl<T: Mappable, const N: usize> FixedVec<T, N> {
    /// Adds an element at the end.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// vec.push(4)?;
    /// assert_eq!(vec, [1, 2, 3, 4]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the vector is full; nothing changes.
    #[inline]
    pub fn push(&mut self, value: T) -> Result<(), CapacityError> {
        self.edit().push(value)
    }

    /// Adds an element at the end and returns it, to be changed in place.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::{FixedString, FixedVec};
    ///
    /// let mut lines = FixedVec::<FixedString<16>, 4>::new();
    /// lines.push_mut(FixedString::new())?.push_str("first")?;
    /// assert_eq!(lines, ["first"]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the vector is full; nothing changes.
    #[inline]
    #[must_use = "use `push` to add an element and leave it as it is"]
    pub fn push_mut(&mut self, value: T) -> Result<&mut T, CapacityError> {
        let index = self.len();
        self.push(value)?;
        Ok(self.at_mut(index))
    }

    /// Removes the last element and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// assert_eq!(vec.pop(), Some(3));
    /// ```
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        self.edit().pop()
    }

    /// Removes the last element and returns it, if `is_due` says so.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// assert_eq!(vec.pop_if(|last| *last > 2), Some(3));
    /// assert_eq!(vec.pop_if(|last| *last > 2), None);
    /// ```
    #[inline]
    pub fn pop_if(&mut self, is_due: impl FnOnce(&mut T) -> bool) -> Option<T> {
        if is_due(self.as_mut_slice().last_mut()?) { self.pop() } else { None }
    }

    /// Removes all elements.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// vec.clear();
    /// assert_eq!(vec, []);
    /// ```
    #[inline]
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// Keeps the first `new_len` elements; a length beyond the vector changes nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// vec.truncate(1);
    /// assert_eq!(vec, [1]);
    /// ```
    #[inline]
    pub fn truncate(&mut self, new_len: usize) {
        self.edit().truncate(new_len);
    }

    /// Inserts an element at `index`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// vec.insert(1, 9)?;
    /// assert_eq!(vec, [1, 9, 2, 3]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the vector is full; nothing changes.
    ///
    /// # Panics
    ///
    /// When `index` is above the length.
    #[inline]
    #[track_caller]
    pub fn insert(&mut self, index: usize, value: T) -> Result<(), CapacityError> {
        let len = self.len();
        assert!(index <= len, "insertion index (is {index}) should be <= len (is {len})");
        self.edit().splice(index..index, slice::from_ref(&value))
    }

    /// Inserts an element at `index` and returns it, to be changed in place.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// *vec.insert_mut(1, 8)? += 1;
    /// assert_eq!(vec, [1, 9, 2, 3]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the vector is full; nothing changes.
    ///
    /// # Panics
    ///
    /// When `index` is above the length.
    #[inline]
    #[must_use = "use `insert` to add an element and leave it as it is"]
    #[track_caller]
    pub fn insert_mut(&mut self, index: usize, value: T) -> Result<&mut T, CapacityError> {
        self.insert(index, value)?;
        Ok(self.at_mut(index))
    }

    /// The cell at `index`, which is below the capacity.
    #[inline]
    #[allow(clippy::indexing_slicing, reason = "an element was just put there")]
    fn at_mut(&mut self, index: usize) -> &mut T {
        &mut self.data[index]
    }

    /// Removes the element at `index`, moves those after it down and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// assert_eq!(vec.remove(0), 1);
    /// assert_eq!(vec, [2, 3]);
    /// ```
    ///
    /// # Panics
    ///
    /// When `index` is not below the length.
    #[inline]
    #[track_caller]
    pub fn remove(&mut self, index: usize) -> T {
        let len = self.len();
        if index < len {
            self.as_mut_slice().get_mut(index..).unwrap_or_default().rotate_left(1);
            if let Some(removed) = self.pop() {
                return removed;
            }
        }
        panic!("removal index (is {index}) should be < len (is {len})");
    }

    /// Removes the element at `index`, puts the last one in its place and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// assert_eq!(vec.swap_remove(0), 1);
    /// assert_eq!(vec, [3, 2]);
    /// ```
    ///
    /// # Panics
    ///
    /// When `index` is not below the length.
    #[inline]
    #[track_caller]
    pub fn swap_remove(&mut self, index: usize) -> T {
        let len = self.len();
        if index < len {
            self.as_mut_slice().swap(index, len - 1);
            if let Some(removed) = self.pop() {
                return removed;
            }
        }
        panic!("swap_remove index (is {index}) should be < len (is {len})");
    }

    /// Sets the length, with copies of `value` in new places.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// vec.resize(5, 7)?;
    /// assert_eq!(vec, [1, 2, 3, 7, 7]);
    /// vec.resize(1, 7)?;
    /// assert_eq!(vec, [1]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when `new_len` is above the capacity;
    /// nothing changes.
    pub fn resize(&mut self, new_len: usize, value: T) -> Result<(), CapacityError> {
        self.resize_with(new_len, || raw::copy_of(&value))
    }

    /// Sets the length, with values from `make` in new places.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// let mut next = 10..;
    /// vec.resize_with(5, || next.next().unwrap_or_default())?;
    /// assert_eq!(vec, [1, 2, 3, 10, 11]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when `new_len` is above the capacity;
    /// nothing changes and `make` is not called.
    pub fn resize_with(
        &mut self,
        new_len: usize,
        mut make: impl FnMut() -> T,
    ) -> Result<(), CapacityError> {
        if new_len > N {
            return Err(CapacityError { needed: new_len, capacity: N });
        }
        self.truncate(new_len);
        while self.len() < new_len {
            self.push(make())?;
        }
        Ok(())
    }

    /// Adds copies of `values` at the end, all of them or none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// vec.extend_from_slice(&[4, 5])?;
    /// assert_eq!(vec, [1, 2, 3, 4, 5]);
    ///
    /// let refused = vec.extend_from_slice(&[0; 6]).unwrap_err();
    /// assert_eq!((refused.needed, refused.capacity), (11, 8));
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when they do not fit; nothing changes.
    #[inline]
    pub fn extend_from_slice(&mut self, values: &[T]) -> Result<(), CapacityError> {
        self.edit().extend_from_slice(values)
    }

    /// Adds copies of a range of the elements at the end.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// vec.extend_from_within(1..)?;
    /// assert_eq!(vec, [1, 2, 3, 2, 3]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when they do not fit; nothing changes.
    ///
    /// # Panics
    ///
    /// When an end of the range is above the length.
    #[track_caller]
    pub fn extend_from_within(
        &mut self,
        range: impl RangeBounds<usize>,
    ) -> Result<(), CapacityError> {
        let range = length::resolve(self.as_slice(), range);
        self.edit().extend_from_within(range)
    }

    /// Adds what an iterator returns at the end, all of it or nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// vec.try_extend(4..6)?;
    /// assert_eq!(vec, [1, 2, 3, 4, 5]);
    /// assert!(vec.try_extend(0..).is_err());
    /// assert_eq!(vec, [1, 2, 3, 4, 5]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`], which counts up to the first value that
    /// does not fit; nothing changes.
    pub fn try_extend<I>(&mut self, values: I) -> Result<(), CapacityError>
    where
        I: IntoIterator<Item = T>,
    {
        let len = self.len();
        for value in values {
            if let Err(error) = self.push(value) {
                self.truncate(len);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Moves all elements of `other` to the end of this vector.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// let mut other = FixedVec::<u32, 2>::literal(&[4, 5]);
    /// vec.append(&mut other)?;
    /// assert_eq!(vec, [1, 2, 3, 4, 5]);
    /// assert!(other.is_empty());
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when they do not fit; neither vector
    /// changes.
    pub fn append<const M: usize>(
        &mut self,
        other: &mut FixedVec<T, M>,
    ) -> Result<(), CapacityError> {
        self.extend_from_slice(other)?;
        other.clear();
        Ok(())
    }

    /// Removes the elements from `at` on and returns them.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// assert_eq!(vec.split_off(1), [2, 3]);
    /// assert_eq!(vec, [1]);
    /// ```
    ///
    /// # Panics
    ///
    /// When `at` is above the length.
    #[must_use = "use `truncate` to drop the last elements"]
    #[track_caller]
    pub fn split_off(&mut self, at: usize) -> Self {
        let len = self.len();
        let Some(tail) = self.as_slice().get(at..) else {
            panic!("`at` split index (is {at}) should be <= len (is {len})");
        };
        let tail = Self::literal(tail);
        self.truncate(at);
        tail
    }
}
