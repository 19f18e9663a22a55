//! Two sets together: what is in both, in one of them, in either.

use core::cmp::Ordering;
use core::fmt;
use core::iter::FusedIterator;

use super::FixedSet;

/// The next element of two ascending runs.
enum Next<'a, T> {
    Left(&'a T),
    Right(&'a T),
    /// Of equal ones, that of the left run.
    Both(&'a T),
}

/// Two ascending runs, from which the smaller element is taken.
struct Merge<'a, T> {
    left: &'a [T],
    right: &'a [T],
}

impl<T> Clone for Merge<'_, T> {
    fn clone(&self) -> Self {
        Self { left: self.left, right: self.right }
    }
}

impl<'a, T: Ord> Iterator for Merge<'a, T> {
    type Item = Next<'a, T>;

    fn next(&mut self) -> Option<Next<'a, T>> {
        let order = match (self.left.first(), self.right.first()) {
            (None, None) => return None,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(left), Some(right)) => left.cmp(right),
        };
        // Each turn takes at least one, whatever `cmp` says.
        match order {
            Ordering::Less => self.left.split_off_first().map(Next::Left),
            Ordering::Greater => self.right.split_off_first().map(Next::Right),
            Ordering::Equal => {
                self.right.split_off_first();
                self.left.split_off_first().map(Next::Both)
            }
        }
    }
}

/// An iterator over two sets.
macro_rules! of_two {
    ($(#[$doc:meta])* $name:ident, $pattern:pat => $value:expr) => {
        $(#[$doc])*
        pub struct $name<'a, T>(Merge<'a, T>);

        impl<'a, T: Ord> Iterator for $name<'a, T> {
            type Item = &'a T;

            fn next(&mut self) -> Option<&'a T> {
                self.0.find_map(|next| match next {
                    $pattern => $value,
                    #[allow(unreachable_patterns, reason = "of a union all are taken")]
                    _ => None,
                })
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                (0, Some(self.0.left.len().saturating_add(self.0.right.len())))
            }
        }

        impl<T: Ord> FusedIterator for $name<'_, T> {}

        impl<T> Clone for $name<'_, T> {
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }
        }

        impl<T: fmt::Debug + Ord> fmt::Debug for $name<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.clone()).finish()
            }
        }
    };
}

of_two! {
    /// The elements of either of two sets, each once, in ascending order; made by
    /// [`FixedSet::union`].
    Union, Next::Left(value) | Next::Right(value) | Next::Both(value) => Some(value)
}
of_two! {
    /// The elements that are in both of two sets, in ascending order; made by
    /// [`FixedSet::intersection`].
    Intersection, Next::Both(value) => Some(value)
}
of_two! {
    /// The elements that are in the first of two sets only, in ascending order; made by
    /// [`FixedSet::difference`].
    Difference, Next::Left(value) => Some(value)
}
of_two! {
    /// The elements that are in one of two sets and not in the other, in ascending order; made by
    /// [`FixedSet::symmetric_difference`].
    SymmetricDifference, Next::Left(value) | Next::Right(value) => Some(value)
}

impl<T: Ord, const N: usize> FixedSet<T, N> {
    fn merge<'a, const M: usize>(&'a self, other: &'a FixedSet<T, M>) -> Merge<'a, T> {
        Merge { left: self.as_slice(), right: other.as_slice() }
    }

    /// The elements that are in this set, in the other one, or in both.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedSet;
    ///
    /// let one = FixedSet::<u8, 2>::try_from([1, 2])?;
    /// let other = FixedSet::<u8, 4>::try_from([2, 3])?;
    /// assert_eq!(one.union(&other).collect::<Vec<_>>(), [&1, &2, &3]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    pub fn union<'a, const M: usize>(&'a self, other: &'a FixedSet<T, M>) -> Union<'a, T> {
        Union(self.merge(other))
    }

    /// The elements that are in both sets.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedSet;
    ///
    /// let one = FixedSet::<u8, 2>::try_from([1, 2])?;
    /// let other = FixedSet::<u8, 4>::try_from([2, 3])?;
    /// assert_eq!(one.intersection(&other).collect::<Vec<_>>(), [&2]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    pub fn intersection<'a, const M: usize>(
        &'a self,
        other: &'a FixedSet<T, M>,
    ) -> Intersection<'a, T> {
        Intersection(self.merge(other))
    }

    /// The elements of this set that are not in the other one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedSet;
    ///
    /// let one = FixedSet::<u8, 2>::try_from([1, 2])?;
    /// let other = FixedSet::<u8, 4>::try_from([2, 3])?;
    /// assert_eq!(one.difference(&other).collect::<Vec<_>>(), [&1]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    pub fn difference<'a, const M: usize>(
        &'a self,
        other: &'a FixedSet<T, M>,
    ) -> Difference<'a, T> {
        Difference(self.merge(other))
    }

    /// The elements that are in one of the sets and not in the other.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedSet;
    ///
    /// let one = FixedSet::<u8, 2>::try_from([1, 2])?;
    /// let other = FixedSet::<u8, 4>::try_from([2, 3])?;
    /// assert_eq!(one.symmetric_difference(&other).collect::<Vec<_>>(), [&1, &3]);
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    pub fn symmetric_difference<'a, const M: usize>(
        &'a self,
        other: &'a FixedSet<T, M>,
    ) -> SymmetricDifference<'a, T> {
        SymmetricDifference(self.merge(other))
    }

    /// Returns whether no element is in both sets.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedSet;
    ///
    /// let one = FixedSet::<u8, 2>::try_from([1, 2])?;
    /// assert!(one.is_disjoint(&FixedSet::<u8, 1>::try_from([3])?));
    /// assert!(!one.is_disjoint(&one));
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[must_use]
    pub fn is_disjoint<const M: usize>(&self, other: &FixedSet<T, M>) -> bool {
        self.intersection(other).next().is_none()
    }

    /// Returns whether all elements of this set are in the other one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedSet;
    ///
    /// let one = FixedSet::<u8, 2>::try_from([1, 2])?;
    /// let part = FixedSet::<u8, 1>::try_from([2])?;
    /// assert!(part.is_subset(&one) && one.is_superset(&part));
    /// assert!(!one.is_subset(&part));
    /// # Ok::<(), commy::CapacityError>(())
    /// ```
    #[must_use]
    pub fn is_subset<const M: usize>(&self, other: &FixedSet<T, M>) -> bool {
        self.difference(other).next().is_none()
    }

    /// Returns whether all elements of the other set are in this one.
    ///
    /// # Examples
    ///
    /// See [`is_subset`](Self::is_subset).
    #[must_use]
    pub fn is_superset<const M: usize>(&self, other: &FixedSet<T, M>) -> bool {
        other.is_subset(self)
    }
}
