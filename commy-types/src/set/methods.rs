//! The methods of [`FixedSet`] that look at it.

use core::borrow::Borrow;
use core::ops::RangeBounds;
use core::slice;

use super::FixedSet;
use crate::mappable::Mappable;
use crate::sorted;
use crate::vec::FixedVec;

impl<T, const N: usize> FixedSet<T, N> {
    /// The most elements.
    pub const CAPACITY: usize = N;

    /// The most elements.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// assert_eq!(commy::FixedSet::<u8, 4>::new().capacity(), 4);
    /// ```
    #[inline]
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    /// How many elements there are.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let set = commy::FixedSet::<u8, 4>::try_from([7, 5, 7])?;
    /// assert_eq!(set.len(), 2);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.elements.len()
    }

    /// Returns whether there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// assert!(commy::FixedSet::<u8, 4>::new().is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// Returns whether there is no room for another one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let set = commy::FixedSet::<u8, 2>::try_from([7, 5])?;
    /// assert!(set.is_full());
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.elements.is_full()
    }

    /// For how many more there is room.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let set = commy::FixedSet::<u8, 3>::try_from([7])?;
    /// assert_eq!(set.remaining_capacity(), 2);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    #[must_use]
    pub const fn remaining_capacity(&self) -> usize {
        self.elements.remaining_capacity()
    }

    /// The elements in ascending order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let set = commy::FixedSet::<u8, 4>::try_from([7, 5])?;
    /// assert_eq!(set.as_slice(), [5, 7]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    #[must_use]
    pub const fn as_slice(&self) -> &[T] {
        self.elements.as_slice()
    }

    /// The elements in ascending order, one after the other.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let set = commy::FixedSet::<u8, 4>::try_from([7, 5])?;
    /// assert_eq!(set.iter().rev().collect::<Vec<_>>(), [&7, &5]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    pub fn iter(&self) -> slice::Iter<'_, T> {
        self.as_slice().iter()
    }

    /// The smallest element.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let set = commy::FixedSet::<u8, 4>::try_from([7, 5])?;
    /// assert_eq!((set.first(), set.last()), (Some(&5), Some(&7)));
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    #[must_use]
    pub const fn first(&self) -> Option<&T> {
        self.as_slice().first()
    }

    /// The largest element.
    ///
    /// # Examples
    ///
    /// See [`first`](Self::first).
    #[inline]
    #[must_use]
    pub const fn last(&self) -> Option<&T> {
        self.as_slice().last()
    }

    /// The element that is equal to `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::{FixedSet, FixedString};
    ///
    /// let set = FixedSet::<FixedString<4>, 2>::try_from(["west".try_into()?])?;
    /// assert_eq!(set.get("west").unwrap(), "west");
    /// assert_eq!(set.get("east"), None);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    pub fn get<Q>(&self, value: &Q) -> Option<&T>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.as_slice().get(sorted::search(self.as_slice(), value).ok()?)
    }

    /// Returns whether there is an element that is equal to `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let set = commy::FixedSet::<u8, 4>::try_from([7, 5])?;
    /// assert!(set.contains(&7) && !set.contains(&6));
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    pub fn contains<Q>(&self, value: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        sorted::search(self.as_slice(), value).is_ok()
    }

    /// The elements that lie in `range`, in ascending order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let set = commy::FixedSet::<u8, 4>::try_from([9, 3, 5])?;
    /// assert_eq!(set.range(4..).collect::<Vec<_>>(), [&5, &9]);
    /// assert_eq!(set.range(3..=5).next_back(), Some(&5));
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// When the range starts behind its end, or at its end with both ends excluded.
    #[inline]
    #[track_caller]
    pub fn range<Q, R>(&self, range: R) -> slice::Iter<'_, T>
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
        R: RangeBounds<Q>,
    {
        let range = sorted::resolve(self.as_slice(), &range);
        self.as_slice().get(range).unwrap_or_default().iter()
    }
}

impl<T: Mappable, const N: usize> FixedSet<T, N> {
    /// A set of nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// const NONE: commy::FixedSet<u8, 4> = commy::FixedSet::new();
    /// assert!(NONE.is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { elements: FixedVec::new() }
    }

    #[cfg(feature = "zeroize")]
    pub(crate) const fn elements_mut(&mut self) -> &mut FixedVec<T, N> {
        &mut self.elements
    }
}
