//! The methods of [`FixedVec`] that remove or replace many elements in one pass.

use core::ops::RangeBounds;

use super::{Drain, ExtractIf, FixedVec, retain};
use crate::capacity::CapacityError;
use crate::length;
use crate::mappable::Mappable;

impl<T: Mappable, const N: usize> FixedVec<T, N> {
    /// Removes a range of elements and returns them one by one.
    ///
    /// The range is gone when the iterator is dropped, read or not; if it is leaked, the vector
    /// stays as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// assert!(vec.drain(..2).eq([1, 2]));
    /// assert_eq!(vec, [3]);
    /// ```
    ///
    /// # Panics
    ///
    /// When an end of the range is above the length.
    #[inline]
    #[track_caller]
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> Drain<'_, T> {
        let range = length::resolve(self.as_slice(), range);
        Drain::new(self.edit(), range)
    }

    /// Removes the elements of a range for which `picks` returns true, each when it is asked for.
    ///
    /// What was not asked for when the iterator is dropped stays. If it is leaked, the length stays
    /// too: removed elements may then still be there, and the others in another order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// assert!(vec.extract_if(.., |n| *n % 2 == 1).eq([1, 3]));
    /// assert_eq!(vec, [2]);
    /// ```
    ///
    /// # Panics
    ///
    /// When an end of the range is above the length.
    #[track_caller]
    pub fn extract_if<F: FnMut(&mut T) -> bool>(
        &mut self,
        range: impl RangeBounds<usize>,
        picks: F,
    ) -> ExtractIf<'_, T, F> {
        let range = length::resolve(self.as_slice(), range);
        ExtractIf::new(self.edit(), range, picks)
    }

    /// Puts copies of `with` in place of a range of elements.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// vec.replace_range(1..2, &[8, 9])?;
    /// assert_eq!(vec, [1, 8, 9, 3]);
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
    pub fn replace_range(
        &mut self,
        range: impl RangeBounds<usize>,
        with: &[T],
    ) -> Result<(), CapacityError> {
        let range = length::resolve(self.as_slice(), range);
        self.edit().splice(range, with)
    }

    /// Keeps the elements for which `keep` returns true.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// vec.retain(|n| n % 2 == 1);
    /// assert_eq!(vec, [1, 3]);
    /// ```
    #[inline]
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.retain_mut(|element| keep(element));
    }

    /// Keeps the elements for which `keep`, which may change them, returns true.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// vec.retain_mut(|n| { *n -= 1; *n > 0 });
    /// assert_eq!(vec, [1, 2]);
    /// ```
    #[inline]
    pub fn retain_mut(&mut self, keep: impl FnMut(&mut T) -> bool) {
        retain::retain_mut(self.edit(), keep);
    }

    /// Removes each element that equals the one before it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// vec.extend_from_slice(&[3, 3, 1])?;
    /// vec.dedup();
    /// assert_eq!(vec, [1, 2, 3, 1]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[inline]
    pub fn dedup(&mut self)
    where
        T: PartialEq,
    {
        self.dedup_by(|element, before| element == before);
    }

    /// Removes each element with the same key as the one before it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// vec.dedup_by_key(|n| *n / 2);
    /// assert_eq!(vec, [1, 2]);
    /// ```
    #[inline]
    pub fn dedup_by_key<K: PartialEq>(&mut self, mut key: impl FnMut(&mut T) -> K) {
        self.dedup_by(|element, before| key(element) == key(before));
    }

    /// Removes each element that `same` says is the same as the one kept before it, which
    /// is the second argument.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedVec;
    /// let mut vec = FixedVec::<u32, 8>::literal(&[1, 2, 3]);
    /// vec.dedup_by(|element, before| *element == *before + 1);
    /// assert_eq!(vec, [1, 3]);
    /// ```
    #[inline]
    pub fn dedup_by(&mut self, same: impl FnMut(&mut T, &mut T) -> bool) {
        retain::dedup_by(self.edit(), same);
    }
}
