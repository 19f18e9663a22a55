//! What a [`FixedSet`] is made of and what it becomes.

use super::FixedSet;
use crate::capacity::CapacityError;
use crate::mappable::Mappable;
use crate::vec::FixedVec;

/// Panics when the elements do not fit; `try_extend` returns an error instead.
impl<T: Mappable + Ord, const N: usize> Extend<T> for FixedSet<T, N> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        if let Err(error) = self.try_extend(values) {
            panic!("{error}");
        }
    }
}

/// Panics when the elements do not fit; `try_extend` returns an error instead.
impl<'a, T: Mappable + Ord + Copy, const N: usize> Extend<&'a T> for FixedSet<T, N> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, values: I) {
        self.extend(values.into_iter().copied());
    }
}

/// Panics when the elements do not fit; `try_from_iter` returns an error instead.
impl<T: Mappable + Ord, const N: usize> FromIterator<T> for FixedSet<T, N> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        match Self::try_from_iter(values) {
            Ok(set) => set,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Conversion from what holds elements.
macro_rules! elements {
    ($from:ty $(, const $len:ident)?) => {
        impl<T: Mappable + Ord, const N: usize $(, const $len: usize)?> TryFrom<$from>
            for FixedSet<T, N>
        {
            type Error = CapacityError;

            fn try_from(values: $from) -> Result<Self, CapacityError> {
                Self::try_from_iter(values)
            }
        }
    };
}

elements!([T; M], const M);
elements!(FixedVec<T, M>, const M);
#[cfg(feature = "alloc")]
elements!(alloc::vec::Vec<T>);
#[cfg(feature = "alloc")]
elements!(alloc::collections::BTreeSet<T>);

impl<T: Mappable + Ord + Clone, const N: usize> TryFrom<&[T]> for FixedSet<T, N> {
    type Error = CapacityError;

    fn try_from(values: &[T]) -> Result<Self, CapacityError> {
        Self::try_from_iter(values.iter().cloned())
    }
}

/// The elements in ascending order.
impl<T: Mappable, const N: usize> From<FixedSet<T, N>> for FixedVec<T, N> {
    #[inline]
    fn from(set: FixedSet<T, N>) -> Self {
        set.elements
    }
}

#[cfg(feature = "alloc")]
impl<T: Ord, const N: usize> From<FixedSet<T, N>> for alloc::collections::BTreeSet<T> {
    fn from(set: FixedSet<T, N>) -> Self {
        set.into_iter().collect()
    }
}

/// The elements in ascending order.
#[cfg(feature = "alloc")]
impl<T, const N: usize> From<FixedSet<T, N>> for alloc::vec::Vec<T> {
    fn from(set: FixedSet<T, N>) -> Self {
        set.into_iter().collect()
    }
}
