//! What a [`FixedDeque`] is made of and what it becomes.

use core::array;

use super::FixedDeque;
use crate::capacity::CapacityError;
use crate::mappable::Mappable;
use crate::raw;
use crate::vec::FixedVec;

/// Conversion from what holds elements in one slice.
macro_rules! elements {
    ($from:ty $(, const $len:ident)?) => {
        impl<T: Mappable, const N: usize $(, const $len: usize)?> TryFrom<$from> for FixedDeque<T, N> {
            type Error = CapacityError;

            #[inline]
            fn try_from(values: $from) -> Result<Self, CapacityError> {
                let mut deque = Self::new();
                deque.extend_from_slice(values.as_ref())?;
                Ok(deque)
            }
        }
    };
}

elements!(&[T]);
elements!(&mut [T]);
elements!([T; M], const M);
elements!(&[T; M], const M);
#[cfg(feature = "alloc")]
elements!(alloc::vec::Vec<T>);
#[cfg(feature = "alloc")]
elements!(&alloc::vec::Vec<T>);
#[cfg(feature = "alloc")]
elements!(alloc::boxed::Box<[T]>);

/// Conversion from std's twin.
#[cfg(feature = "alloc")]
macro_rules! twin {
    ($from:ty) => {
        impl<T: Mappable, const N: usize> TryFrom<$from> for FixedDeque<T, N> {
            type Error = CapacityError;

            fn try_from(values: $from) -> Result<Self, CapacityError> {
                let mut deque = Self::new();
                deque.edit().expect_room(values.len())?;
                let (first, second) = values.as_slices();
                deque.extend_from_slice(first)?;
                deque.extend_from_slice(second)?;
                Ok(deque)
            }
        }
    };
}

#[cfg(feature = "alloc")]
twin!(alloc::collections::VecDeque<T>);
#[cfg(feature = "alloc")]
twin!(&alloc::collections::VecDeque<T>);

impl<T: Mappable, const N: usize> From<FixedVec<T, N>> for FixedDeque<T, N> {
    /// The first element is the oldest.
    fn from(vec: FixedVec<T, N>) -> Self {
        vec.into_iter().collect()
    }
}

impl<T: Mappable, const N: usize> From<FixedDeque<T, N>> for FixedVec<T, N> {
    /// The oldest element is the first.
    fn from(deque: FixedDeque<T, N>) -> Self {
        deque.into_iter().collect()
    }
}

/// All elements as an array; a deque of another length is given back.
impl<T: Mappable, const N: usize, const M: usize> TryFrom<FixedDeque<T, N>> for [T; M] {
    type Error = FixedDeque<T, N>;

    fn try_from(deque: FixedDeque<T, N>) -> Result<Self, FixedDeque<T, N>> {
        if deque.len() != M {
            return Err(deque);
        }
        let mut elements = deque.into_iter();
        Ok(array::from_fn(|_| elements.next().unwrap_or_else(raw::zeroed)))
    }
}

#[cfg(feature = "alloc")]
impl<T: Mappable, const N: usize> From<FixedDeque<T, N>> for alloc::vec::Vec<T> {
    fn from(deque: FixedDeque<T, N>) -> Self {
        deque.into_vec()
    }
}

#[cfg(feature = "alloc")]
impl<T: Mappable, const N: usize> From<FixedDeque<T, N>> for alloc::collections::VecDeque<T> {
    fn from(deque: FixedDeque<T, N>) -> Self {
        deque.into_iter().collect()
    }
}

/// Panics when the values do not fit; `try_extend` returns an error instead, and `extend_over` keeps
/// the last ones.
impl<T: Mappable, const N: usize> Extend<T> for FixedDeque<T, N> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        if let Err(error) = self.try_extend(values) {
            panic!("{error}");
        }
    }
}

/// Panics when the values do not fit; `try_extend` returns an error instead, and `extend_over` keeps
/// the last ones.
impl<'a, T: Mappable + Copy, const N: usize> Extend<&'a T> for FixedDeque<T, N> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, values: I) {
        self.extend(values.into_iter().copied());
    }
}

/// Panics when the values do not fit; `try_from_iter` returns an error instead.
impl<T: Mappable, const N: usize> FromIterator<T> for FixedDeque<T, N> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        match Self::try_from_iter(values) {
            Ok(deque) => deque,
            Err(error) => panic!("{error}"),
        }
    }
}
