//! The methods of [`FixedSet`] that add elements and take them away.

use core::borrow::Borrow;

use super::FixedSet;
use crate::capacity::CapacityError;
use crate::mappable::Mappable;
use crate::raw;
use crate::sorted;

impl<T: Mappable + Ord, const N: usize> FixedSet<T, N> {
    /// Makes a set of what an iterator returns.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let set = commy::FixedSet::<u8, 3>::try_from_iter([5, 3, 5, 4, 3])?;
    /// assert_eq!(set, [3, 4, 5]);
    /// assert!(commy::FixedSet::<u8, 3>::try_from_iter(0..).is_err());
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when more different elements come than there is room for.
    pub fn try_from_iter(values: impl IntoIterator<Item = T>) -> Result<Self, CapacityError> {
        let mut set = Self::new();
        set.fill(values)?;
        Ok(set)
    }

    /// Inserts an element, and returns whether it is new. One that is there already stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut set = commy::FixedSet::<u8, 2>::new();
    /// assert!(set.insert(5)? && set.insert(3)?);
    /// assert!(!set.insert(5)?);
    /// assert!(set.insert(4).is_err());
    /// assert_eq!(set, [3, 5]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when it is new and the set is full; nothing changes.
    pub fn insert(&mut self, value: T) -> Result<bool, CapacityError> {
        self.insert_at(value).map(|at| at.is_some())
    }

    /// The same; returns where it was inserted.
    pub(crate) fn insert_at(&mut self, value: T) -> Result<Option<usize>, CapacityError> {
        let Err(at) = sorted::search(self.as_slice(), &value) else { return Ok(None) };
        self.elements.insert(at, value)?;
        Ok(Some(at))
    }

    /// Adds what an iterator returns, all of it or nothing.
    ///
    /// It keeps a copy of the set meanwhile, which is on the stack.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut set = commy::FixedSet::<u8, 3>::try_from([3])?;
    /// set.try_extend([3, 1, 2])?;
    /// assert!(set.try_extend([3, 4]).is_err());
    /// assert_eq!(set, [1, 2, 3]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when there is no room for a new one; nothing changes.
    pub fn try_extend(&mut self, values: impl IntoIterator<Item = T>) -> Result<(), CapacityError> {
        let before = raw::copy_of(self);
        self.fill(values).inspect_err(|_| *self = before)
    }

    /// Adds elements until one does not fit.
    fn fill(&mut self, values: impl IntoIterator<Item = T>) -> Result<(), CapacityError> {
        values.into_iter().try_for_each(|value| self.insert(value).map(drop))
    }

    /// Moves the elements of `other` here, all of them or none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedSet;
    ///
    /// let mut set = FixedSet::<u8, 3>::try_from([3])?;
    /// let mut other = FixedSet::<u8, 2>::try_from([1, 3])?;
    /// set.append(&mut other)?;
    /// assert!(other.is_empty());
    /// assert_eq!(set, [1, 3]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CapacityError`] when those that are new do not fit; nothing changes.
    pub fn append<const M: usize>(
        &mut self,
        other: &mut FixedSet<T, M>,
    ) -> Result<(), CapacityError> {
        self.try_extend(other.iter().map(raw::copy_of))?;
        other.clear();
        Ok(())
    }

    /// Removes the element that is equal to `value`; returns whether there was one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut set = commy::FixedSet::<u8, 3>::try_from([3, 5])?;
    /// assert!(set.remove(&3));
    /// assert!(!set.remove(&3));
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    pub fn remove<Q>(&mut self, value: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.remove_at(value).is_some()
    }

    /// The same; returns where it was.
    pub(crate) fn remove_at<Q>(&mut self, value: &Q) -> Option<usize>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let at = sorted::search(self.as_slice(), value).ok()?;
        self.elements.remove(at);
        Some(at)
    }

    /// Removes the element that is equal to `value`, and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut set = commy::FixedSet::<u8, 3>::try_from([3, 5])?;
    /// assert_eq!((set.take(&3), set.take(&3)), (Some(3), None));
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    pub fn take<Q>(&mut self, value: &Q) -> Option<T>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let at = sorted::search(self.as_slice(), value).ok()?;
        Some(self.elements.remove(at))
    }

    /// Removes all elements from the first one on that is not below `value`, and returns them.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut set = commy::FixedSet::<u8, 4>::try_from([3, 5, 7])?;
    /// assert_eq!(set.split_off(&4), [5, 7]);
    /// assert_eq!(set, [3]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[must_use = "use `retain` to remove elements"]
    pub fn split_off<Q>(&mut self, value: &Q) -> Self
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let (Ok(at) | Err(at)) = sorted::search(self.as_slice(), value);
        Self { elements: self.elements.split_off(at) }
    }
}

impl<T: Mappable, const N: usize> FixedSet<T, N> {
    /// Removes all elements.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut set = commy::FixedSet::<u8, 3>::try_from([3, 5])?;
    /// set.clear();
    /// assert!(set.is_empty());
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    pub fn clear(&mut self) {
        self.elements.clear();
    }

    /// Removes the smallest element and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut set = commy::FixedSet::<u8, 3>::try_from([3, 5])?;
    /// assert_eq!((set.pop_first(), set.pop_first(), set.pop_first()), (Some(3), Some(5), None));
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    pub fn pop_first(&mut self) -> Option<T> {
        (!self.is_empty()).then(|| self.elements.remove(0))
    }

    /// Removes the largest element and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut set = commy::FixedSet::<u8, 3>::try_from([3, 5])?;
    /// assert_eq!(set.pop_last(), Some(5));
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    pub fn pop_last(&mut self) -> Option<T> {
        self.elements.pop()
    }

    /// Keeps those elements of which `keep` returns true.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut set = commy::FixedSet::<u8, 3>::try_from([3, 4, 5])?;
    /// set.retain(|value| value % 2 == 1);
    /// assert_eq!(set, [3, 5]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    pub fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        self.elements.retain(keep);
    }
}
