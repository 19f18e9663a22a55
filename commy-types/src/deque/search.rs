//! The methods of [`FixedDeque`] that search sorted elements.

use core::cmp::Ordering;

use super::FixedDeque;

impl<T, const N: usize> FixedDeque<T, N> {
    /// Searches sorted elements for `value`: returns the index of one that equals it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let deque = commy::FixedDeque::<u32, 8>::literal(&[1, 3, 5]);
    /// assert_eq!((deque.binary_search(&3), deque.binary_search(&4)), (Ok(1), Err(2)));
    /// ```
    ///
    /// # Errors
    ///
    /// The index at which `value` could be inserted, when there is none.
    #[inline]
    pub fn binary_search(&self, value: &T) -> Result<usize, usize>
    where
        T: Ord,
    {
        self.binary_search_by(|element| element.cmp(value))
    }

    /// Searches elements that are sorted as `compare` says, which tells how one is to what is looked for.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let deque = commy::FixedDeque::<u32, 8>::literal(&[1, 3, 5]);
    /// assert_eq!(deque.binary_search_by(|element| element.cmp(&5)), Ok(2));
    /// ```
    ///
    /// # Errors
    ///
    /// The index at which it could be inserted, when there is none.
    pub fn binary_search_by<'a>(
        &'a self,
        mut compare: impl FnMut(&'a T) -> Ordering,
    ) -> Result<usize, usize> {
        let (first, second) = self.as_slices();
        match second.first().map(&mut compare) {
            Some(Ordering::Equal) => Ok(first.len()),
            Some(Ordering::Less) => second
                .binary_search_by(compare)
                .map(|index| index + first.len())
                .map_err(|index| index + first.len()),
            _ => first.binary_search_by(compare),
        }
    }

    /// Searches elements that are sorted by the key that `key_of` makes of each.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let deque = commy::FixedDeque::<[u32; 2], 8>::literal(&[[1, 70], [3, 10]]);
    /// assert_eq!(deque.binary_search_by_key(&3, |entry| entry[0]), Ok(1));
    /// ```
    ///
    /// # Errors
    ///
    /// The index at which it could be inserted, when there is none.
    #[inline]
    pub fn binary_search_by_key<'a, K: Ord>(
        &'a self,
        key: &K,
        mut key_of: impl FnMut(&'a T) -> K,
    ) -> Result<usize, usize> {
        self.binary_search_by(|element| key_of(element).cmp(key))
    }

    /// Returns the index of the first element for which `is_before` is false, if those for which it is
    /// true come first.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let times = commy::FixedDeque::<u64, 8>::literal(&[100, 205, 310]);
    /// assert_eq!(times.partition_point(|time| *time < 200), 1);
    /// ```
    #[must_use]
    pub fn partition_point(&self, mut is_before: impl FnMut(&T) -> bool) -> usize {
        let (first, second) = self.as_slices();
        match second.first() {
            Some(element) if is_before(element) => first.len() + second.partition_point(is_before),
            _ => first.partition_point(is_before),
        }
    }
}
