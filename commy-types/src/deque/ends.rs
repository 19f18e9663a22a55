//! The methods of [`FixedDeque`] that add and take elements at its ends.

use super::FixedDeque;
use crate::capacity::CapacityError;
use crate::mappable::Mappable;

impl<T: Mappable, const N: usize> FixedDeque<T, N> {
    /// Adds an element at the end.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 4>::literal(&[1, 2, 3]);
    /// deque.push_back(4)?;
    /// assert!(deque.push_back(5).is_err());
    /// assert_eq!(deque, [1, 2, 3, 4]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the deque is full; nothing changes.
    #[inline]
    pub fn push_back(&mut self, value: T) -> Result<(), CapacityError> {
        self.edit().push_back(value)
    }

    /// Adds an element in front of the first one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 4>::literal(&[1, 2, 3]);
    /// deque.push_front(0)?;
    /// assert!(deque.push_front(9).is_err());
    /// assert_eq!(deque, [0, 1, 2, 3]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the deque is full; nothing changes.
    #[inline]
    pub fn push_front(&mut self, value: T) -> Result<(), CapacityError> {
        self.edit().push_front(value)
    }

    /// Adds an element at the end, in a full deque in the place of the oldest one; returns that.
    ///
    /// A deque without any cell gives back the value itself.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 3>::literal(&[1, 2]);
    /// assert_eq!(deque.push_over(3), None);
    /// assert_eq!(deque.push_over(4), Some(1));
    /// assert_eq!(deque, [2, 3, 4]);
    /// ```
    #[inline]
    pub fn push_over(&mut self, value: T) -> Option<T> {
        self.edit().push_over(value)
    }

    /// Adds an element at the end and returns it, to be changed in place.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::{FixedDeque, FixedString};
    ///
    /// let mut lines = FixedDeque::<FixedString<16>, 4>::new();
    /// lines.push_back_mut(FixedString::new())?.push_str("last")?;
    /// lines.push_front_mut(FixedString::new())?.push_str("first")?;
    /// assert_eq!(lines, ["first", "last"]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the deque is full; nothing changes.
    #[inline]
    #[must_use = "use `push_back` to add an element and leave it as it is"]
    pub fn push_back_mut(&mut self, value: T) -> Result<&mut T, CapacityError> {
        self.push_back(value)?;
        let last = self.len() - 1;
        Ok(self.at_mut(last))
    }

    /// Adds an element in front of the first one and returns it, to be changed in place.
    ///
    /// # Examples
    ///
    /// See [`push_back_mut`](Self::push_back_mut).
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when the deque is full; nothing changes.
    #[inline]
    #[must_use = "use `push_front` to add an element and leave it as it is"]
    pub fn push_front_mut(&mut self, value: T) -> Result<&mut T, CapacityError> {
        self.push_front(value)?;
        Ok(self.at_mut(0))
    }

    /// An element that is there.
    #[inline]
    #[allow(clippy::indexing_slicing, reason = "an element was just put there")]
    pub(super) fn at_mut(&mut self, index: usize) -> &mut T {
        let cell = self.ring().cell(index);
        &mut self.data[cell]
    }

    /// Removes the last element and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 4>::literal(&[1, 2, 3]);
    /// assert_eq!((deque.pop_back(), deque.pop_front()), (Some(3), Some(1)));
    /// ```
    #[inline]
    pub fn pop_back(&mut self) -> Option<T> {
        self.edit().pop_back()
    }

    /// Removes the first element, which is the oldest one, and returns it.
    ///
    /// # Examples
    ///
    /// See [`pop_back`](Self::pop_back).
    #[inline]
    pub fn pop_front(&mut self) -> Option<T> {
        self.edit().pop_front()
    }

    /// Removes the last element and returns it, if `is_due` says so.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut deque = commy::FixedDeque::<u32, 4>::literal(&[1, 2, 3]);
    /// assert_eq!(deque.pop_back_if(|last| *last > 2), Some(3));
    /// assert_eq!(deque.pop_back_if(|last| *last > 2), None);
    /// ```
    #[inline]
    pub fn pop_back_if(&mut self, is_due: impl FnOnce(&mut T) -> bool) -> Option<T> {
        if is_due(self.back_mut()?) { self.pop_back() } else { None }
    }

    /// Removes the first element and returns it, if `is_due` says so.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut times = commy::FixedDeque::<u64, 4>::literal(&[100, 205, 310]);
    /// while times.pop_front_if(|oldest| *oldest < 300).is_some() {}
    /// assert_eq!(times, [310]);
    /// ```
    #[inline]
    pub fn pop_front_if(&mut self, is_due: impl FnOnce(&mut T) -> bool) -> Option<T> {
        if is_due(self.front_mut()?) { self.pop_front() } else { None }
    }
}
