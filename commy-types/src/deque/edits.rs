//! The methods of [`FixedDeque`] that add many elements, or move them.

use super::FixedDeque;
use crate::capacity::CapacityError;
use crate::mappable::Mappable;
use crate::raw;

impl<T: Mappable, const N: usize> FixedDeque<T, N> {
    /// Inserts an element at `index`, and moves those of the nearer end.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3]);
    /// deque.insert(1, 9)?;
    /// assert_eq!(deque, [1, 9, 2, 3]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the deque is full; nothing changes.
    ///
    /// # Panics
    ///
    /// When `index` is above the length.
    #[inline]
    #[track_caller]
    pub fn insert(&mut self, index: usize, value: T) -> Result<(), CapacityError> {
        assert!(index <= self.len(), "index out of bounds");
        self.edit().insert(index, value)
    }

    /// Swaps two elements.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3]);
    /// deque.swap(0, 2);
    /// assert_eq!(deque, [3, 2, 1]);
    /// ```
    ///
    /// # Panics
    ///
    /// When one of them is not there.
    #[inline]
    #[track_caller]
    pub fn swap(&mut self, one: usize, other: usize) {
        let len = self.len();
        assert!(one < len && other < len, "index out of bounds");
        self.edit().swap(one, other);
    }

    /// Moves the first `count` elements to the end.
    ///
    /// In a full deque nothing moves but its ends.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3, 4]);
    /// deque.rotate_left(1);
    /// assert_eq!(deque, [2, 3, 4, 1]);
    /// ```
    ///
    /// # Panics
    ///
    /// When there are fewer.
    #[track_caller]
    pub fn rotate_left(&mut self, count: usize) {
        assert!(count <= self.len(), "`n` must not be greater than `self.len()`");
        self.edit().rotate_left(count);
    }

    /// Moves the last `count` elements to the front.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3, 4]);
    /// deque.rotate_right(1);
    /// assert_eq!(deque, [4, 1, 2, 3]);
    /// ```
    ///
    /// # Panics
    ///
    /// When there are fewer.
    #[track_caller]
    pub fn rotate_right(&mut self, count: usize) {
        let len = self.len();
        assert!(count <= len, "`n` must not be greater than `self.len()`");
        self.edit().rotate_left(len - count);
    }

    /// Moves the elements so that they lie in one slice, and returns it.
    ///
    /// Moves nothing if they do so already.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 3>::literal(&[3, 1, 2]);
    /// deque.push_over(0);
    /// deque.make_contiguous().sort();
    /// assert_eq!(deque.as_slices(), (&[0, 1, 2][..], &[][..]));
    /// ```
    #[inline]
    pub fn make_contiguous(&mut self) -> &mut [T] {
        self.edit().make_contiguous();
        self.as_mut_slices().0
    }

    /// Sets the length, with copies of `value` in new places at the end.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3]);
    /// deque.resize(5, 7)?;
    /// assert_eq!(deque, [1, 2, 3, 7, 7]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when `new_len` is above the capacity; nothing changes.
    pub fn resize(&mut self, new_len: usize, value: T) -> Result<(), CapacityError> {
        self.resize_with(new_len, || raw::copy_of(&value))
    }

    /// Sets the length, with values from `make` in new places at the end.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 8>::literal(&[1]);
    /// let mut next = 10..;
    /// deque.resize_with(3, || next.next().unwrap_or_default())?;
    /// assert_eq!(deque, [1, 10, 11]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when `new_len` is above the capacity; nothing changes and `make` is not called.
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
            self.push_back(make())?;
        }
        Ok(())
    }

    /// Adds copies of `values` at the end, all of them or none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 4>::literal(&[1, 2]);
    /// deque.extend_from_slice(&[3, 4])?;
    /// assert_eq!(deque.extend_from_slice(&[5]).unwrap_err().needed, 5);
    /// assert_eq!(deque, [1, 2, 3, 4]);
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

    /// Adds what an iterator returns at the end, all of it or nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3]);
    /// deque.try_extend(4..6)?;
    /// assert!(deque.try_extend(0..).is_err());
    /// assert_eq!(deque, [1, 2, 3, 4, 5]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`], which counts up to the first value that does not fit; nothing changes.
    pub fn try_extend<I>(&mut self, values: I) -> Result<(), CapacityError>
    where
        I: IntoIterator<Item = T>,
    {
        let len = self.len();
        for value in values {
            if let Err(error) = self.push_back(value) {
                self.truncate(len);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Adds what an iterator returns at the end, each over the oldest one when all cells are in use.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 3>::literal(&[1, 2]);
    /// deque.extend_over(10..20);
    /// assert_eq!(deque, [17, 18, 19]);
    /// ```
    pub fn extend_over<I: IntoIterator<Item = T>>(&mut self, values: I) {
        for value in values {
            self.push_over(value);
        }
    }

    /// Moves all elements of `other` to the end of this deque.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedDeque;
    /// let mut deque = FixedDeque::<u32, 8>::literal(&[1, 2]);
    /// let mut other = FixedDeque::<u32, 2>::literal(&[3, 4]);
    /// deque.append(&mut other)?;
    /// assert_eq!(deque, [1, 2, 3, 4]);
    /// assert!(other.is_empty());
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when they do not fit; neither deque changes.
    pub fn append<const M: usize>(
        &mut self,
        other: &mut FixedDeque<T, M>,
    ) -> Result<(), CapacityError> {
        self.edit().expect_room(other.len())?;
        let (first, second) = other.as_slices();
        self.extend_from_slice(first)?;
        self.extend_from_slice(second)?;
        other.clear();
        Ok(())
    }

    /// Removes the elements from `at` on and returns them.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 8>::literal(&[1, 2, 3]);
    /// assert_eq!(deque.split_off(1), [2, 3]);
    /// assert_eq!(deque, [1]);
    /// ```
    ///
    /// # Panics
    ///
    /// When `at` is above the length.
    #[must_use = "use `truncate` to drop the last elements"]
    #[track_caller]
    pub fn split_off(&mut self, at: usize) -> Self {
        assert!(at <= self.len(), "`at` out of bounds");
        let tail = self.range(at..).map(raw::copy_of).collect();
        self.truncate(at);
        tail
    }
}
