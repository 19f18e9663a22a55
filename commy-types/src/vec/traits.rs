//! The traits that a vector type shares with slices and `Vec`, and its conversions.

macro_rules! vec_traits {
    ($name:ident) => {
        impl<T: $crate::Mappable, const N: usize> Default for $name<T, N> {
            #[inline]
            fn default() -> Self {
                Self::new()
            }
        }

        impl<T: $crate::Mappable, const N: usize> Clone for $name<T, N> {
            /// Copies the elements in use; by the contract of `Mappable` that duplicates them.
            #[inline]
            fn clone(&self) -> Self {
                Self::literal(self.as_slice())
            }
        }

        impl<T: $crate::Mappable + Copy, const N: usize> Copy for $name<T, N> {}

        impl<T, const N: usize> core::ops::Deref for $name<T, N> {
            type Target = [T];

            #[inline]
            fn deref(&self) -> &[T] {
                self.as_slice()
            }
        }

        impl<T, const N: usize> core::ops::DerefMut for $name<T, N> {
            #[inline]
            fn deref_mut(&mut self) -> &mut [T] {
                self.as_mut_slice()
            }
        }

        impl<T, I: core::slice::SliceIndex<[T]>, const N: usize> core::ops::Index<I>
            for $name<T, N>
        {
            type Output = I::Output;

            #[inline]
            #[track_caller]
            #[allow(clippy::indexing_slicing, reason = "panics as slices do")]
            fn index(&self, index: I) -> &I::Output {
                &self.as_slice()[index]
            }
        }

        impl<T, I: core::slice::SliceIndex<[T]>, const N: usize> core::ops::IndexMut<I>
            for $name<T, N>
        {
            #[inline]
            #[track_caller]
            #[allow(clippy::indexing_slicing, reason = "panics as slices do")]
            fn index_mut(&mut self, index: I) -> &mut I::Output {
                &mut self.as_mut_slice()[index]
            }
        }

        impl<T: core::fmt::Debug, const N: usize> core::fmt::Debug for $name<T, N> {
            #[inline]
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                self.as_slice().fmt(f)
            }
        }

        impl<T, const N: usize> AsRef<[T]> for $name<T, N> {
            #[inline]
            fn as_ref(&self) -> &[T] {
                self.as_slice()
            }
        }

        impl<T, const N: usize> AsMut<[T]> for $name<T, N> {
            #[inline]
            fn as_mut(&mut self) -> &mut [T] {
                self.as_mut_slice()
            }
        }

        impl<T, const N: usize> core::borrow::Borrow<[T]> for $name<T, N> {
            #[inline]
            fn borrow(&self) -> &[T] {
                self.as_slice()
            }
        }

        impl<T, const N: usize> core::borrow::BorrowMut<[T]> for $name<T, N> {
            #[inline]
            fn borrow_mut(&mut self) -> &mut [T] {
                self.as_mut_slice()
            }
        }

        impl<T, const N: usize> IntoIterator for $name<T, N> {
            type Item = T;
            type IntoIter = core::iter::Take<core::array::IntoIter<T, N>>;

            #[inline]
            fn into_iter(self) -> Self::IntoIter {
                let len = self.len();
                self.data.into_iter().take(len)
            }
        }

        impl<'a, T, const N: usize> IntoIterator for &'a $name<T, N> {
            type Item = &'a T;
            type IntoIter = core::slice::Iter<'a, T>;

            #[inline]
            fn into_iter(self) -> Self::IntoIter {
                self.as_slice().iter()
            }
        }

        impl<'a, T, const N: usize> IntoIterator for &'a mut $name<T, N> {
            type Item = &'a mut T;
            type IntoIter = core::slice::IterMut<'a, T>;

            #[inline]
            fn into_iter(self) -> Self::IntoIter {
                self.as_mut_slice().iter_mut()
            }
        }

        /// Panics when the values do not fit; `try_extend` returns an error instead.
        impl<T: $crate::Mappable, const N: usize> Extend<T> for $name<T, N> {
            #[track_caller]
            fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
                if let Err(error) = self.try_extend(values) {
                    panic!("{error}");
                }
            }
        }

        /// Panics when the values do not fit; `try_extend` returns an error instead.
        impl<'a, T: $crate::Mappable + Copy, const N: usize> Extend<&'a T> for $name<T, N> {
            #[track_caller]
            fn extend<I: IntoIterator<Item = &'a T>>(&mut self, values: I) {
                self.extend(values.into_iter().copied());
            }
        }

        /// Panics when the values do not fit; `try_from_iter` returns an error instead.
        impl<T: $crate::Mappable, const N: usize> FromIterator<T> for $name<T, N> {
            #[track_caller]
            fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
                match Self::try_from_iter(values) {
                    Ok(vec) => vec,
                    Err(error) => panic!("{error}"),
                }
            }
        }

        vec_traits!(@try_from [] $name, &[T]);
        vec_traits!(@try_from [] $name, &mut [T]);
        vec_traits!(@try_from [const M: usize] $name, [T; M]);
        vec_traits!(@try_from [const M: usize] $name, &[T; M]);
        #[cfg(feature = "alloc")]
        vec_traits!(@try_from [] $name, alloc::vec::Vec<T>);
        #[cfg(feature = "alloc")]
        vec_traits!(@try_from [] $name, &alloc::vec::Vec<T>);
        #[cfg(feature = "alloc")]
        vec_traits!(@try_from [] $name, alloc::boxed::Box<[T]>);

        /// All elements as an array; a vector of another length is given back.
        impl<T: $crate::Mappable, const N: usize, const M: usize> TryFrom<$name<T, N>> for [T; M] {
            type Error = $name<T, N>;

            fn try_from(vec: $name<T, N>) -> Result<Self, $name<T, N>> {
                if vec.len() != M {
                    return Err(vec);
                }
                let mut elements = vec.into_iter();
                Ok(core::array::from_fn(|_| elements.next().unwrap_or_else($crate::raw::zeroed)))
            }
        }

        #[cfg(feature = "alloc")]
        impl<T, const N: usize> From<$name<T, N>> for alloc::vec::Vec<T> {
            #[inline]
            fn from(vec: $name<T, N>) -> Self {
                vec.into_iter().collect()
            }
        }

        #[cfg(feature = "alloc")]
        impl<T: Clone, const N: usize> From<&$name<T, N>> for alloc::vec::Vec<T> {
            #[inline]
            fn from(vec: &$name<T, N>) -> Self {
                vec.as_slice().into()
            }
        }

        #[cfg(feature = "alloc")]
        impl<T, const N: usize> From<$name<T, N>> for alloc::boxed::Box<[T]> {
            #[inline]
            fn from(vec: $name<T, N>) -> Self {
                vec.into_iter().collect()
            }
        }

        /// Writes as much as fits; a full vector takes zero bytes, which `write_all` reports as
        /// `WriteZero`.
        #[cfg(feature = "std")]
        impl<const N: usize> std::io::Write for $name<u8, N> {
            #[inline]
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                let count = bytes.len().min(self.remaining_capacity());
                let taken = self.extend_from_slice(bytes.get(..count).unwrap_or_default());
                Ok(taken.map_or(0, |()| count))
            }

            #[inline]
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
    };

    (@try_from [$($generics:tt)*] $name:ident, $from:ty) => {
        impl<T: $crate::Mappable, const N: usize, $($generics)*> TryFrom<$from> for $name<T, N> {
            type Error = $crate::CapacityError;

            #[inline]
            fn try_from(values: $from) -> Result<Self, $crate::CapacityError> {
                let mut vec = Self::new();
                vec.extend_from_slice(values.as_ref())?;
                Ok(vec)
            }
        }
    };
}
