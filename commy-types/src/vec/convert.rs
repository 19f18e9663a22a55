//! What a [`FixedVec`] is made of and what it becomes.

use core::array;

use super::FixedVec;
use crate::capacity::CapacityError;
use crate::mappable::Mappable;
use crate::raw;

/// Conversion from what holds elements.
macro_rules! elements {
    ($from:ty $(, const $len:ident)?) => {
        impl<T: Mappable, const N: usize $(, const $len: usize)?> TryFrom<$from> for FixedVec<T, N> {
            type Error = CapacityError;

            #[inline]
            fn try_from(values: $from) -> Result<Self, CapacityError> {
                let mut vec = Self::new();
                vec.extend_from_slice(values.as_ref())?;
                Ok(vec)
            }
        }
    };
}

/// Panics when the values do not fit; `try_extend` returns an error instead.
impl<T: Mappable, const N: usize> Extend<T> for FixedVec<T, N> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        if let Err(error) = self.try_extend(values) {
            panic!("{error}");
        }
    }
}

/// Panics when the values do not fit; `try_extend` returns an error instead.
impl<'a, T: Mappable + Copy, const N: usize> Extend<&'a T> for FixedVec<T, N> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, values: I) {
        self.extend(values.into_iter().copied());
    }
}

/// Panics when the values do not fit; `try_from_iter` returns an error instead.
impl<T: Mappable, const N: usize> FromIterator<T> for FixedVec<T, N> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        match Self::try_from_iter(values) {
            Ok(vec) => vec,
            Err(error) => panic!("{error}"),
        }
    }
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
#[cfg(feature = "alloc")]
elements!(alloc::rc::Rc<[T]>);
#[cfg(all(feature = "alloc", target_has_atomic = "ptr"))]
elements!(alloc::sync::Arc<[T]>);
#[cfg(feature = "alloc")]
impl<T: Mappable + Clone, const N: usize> TryFrom<alloc::borrow::Cow<'_, [T]>> for FixedVec<T, N> {
    type Error = CapacityError;

    #[inline]
    fn try_from(values: alloc::borrow::Cow<'_, [T]>) -> Result<Self, CapacityError> {
        Self::try_from(values.as_ref())
    }
}

impl<const N: usize> TryFrom<&str> for FixedVec<u8, N> {
    type Error = CapacityError;

    #[inline]
    fn try_from(text: &str) -> Result<Self, CapacityError> {
        Self::try_from(text.as_bytes())
    }
}

/// All elements as an array; a vector of another length is given back.
impl<T: Mappable, const N: usize, const M: usize> TryFrom<FixedVec<T, N>> for [T; M] {
    type Error = FixedVec<T, N>;

    fn try_from(vec: FixedVec<T, N>) -> Result<Self, FixedVec<T, N>> {
        if vec.len() != M {
            return Err(vec);
        }
        let mut elements = vec.into_iter();
        Ok(array::from_fn(|_| elements.next().unwrap_or_else(raw::zeroed)))
    }
}

/// Conversion into what owns elements on the heap.
#[cfg(feature = "alloc")]
macro_rules! owned {
    ($into:ty) => {
        impl<T, const N: usize> From<FixedVec<T, N>> for $into {
            #[inline]
            fn from(vec: FixedVec<T, N>) -> Self {
                vec.into_iter().collect()
            }
        }
    };
}

#[cfg(feature = "alloc")]
owned!(alloc::vec::Vec<T>);
#[cfg(feature = "alloc")]
owned!(alloc::boxed::Box<[T]>);
#[cfg(feature = "alloc")]
owned!(alloc::rc::Rc<[T]>);
#[cfg(all(feature = "alloc", target_has_atomic = "ptr"))]
owned!(alloc::sync::Arc<[T]>);

#[cfg(feature = "alloc")]
impl<T: Clone, const N: usize> From<&FixedVec<T, N>> for alloc::vec::Vec<T> {
    #[inline]
    fn from(vec: &FixedVec<T, N>) -> Self {
        vec.as_slice().into()
    }
}

#[cfg(feature = "alloc")]
impl<T: Clone, const N: usize> From<FixedVec<T, N>> for alloc::borrow::Cow<'_, [T]> {
    #[inline]
    fn from(vec: FixedVec<T, N>) -> Self {
        alloc::borrow::Cow::Owned(vec.into_vec())
    }
}

#[cfg(feature = "alloc")]
impl<'a, T: Clone, const N: usize> From<&'a FixedVec<T, N>> for alloc::borrow::Cow<'a, [T]> {
    #[inline]
    fn from(vec: &'a FixedVec<T, N>) -> Self {
        alloc::borrow::Cow::Borrowed(vec.as_slice())
    }
}
