//! The methods of a vector type that make it and look at it.
//!
//! Each method is one call into [`slots`](super::slots), which knows no capacity; the macro exists
//! so that both vector types have them as their own, with their own examples.

macro_rules! vec_methods {
    ($name:ident, $example:literal) => {
        impl<T, const N: usize> $name<T, N> {
            /// The most elements.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("assert_eq!(commy_types::", stringify!($name), "::<f32, 64>::CAPACITY, 64);")]
            /// ```
            pub const CAPACITY: usize = N;

            /// Returns the most elements.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = $example]
            /// assert_eq!(vec.capacity(), 8);
            /// ```
            #[inline]
            #[must_use]
            pub const fn capacity(&self) -> usize {
                N
            }

            /// Returns the number of elements.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = $example]
            /// assert_eq!(vec.len(), 3);
            /// ```
            #[inline]
            #[must_use]
            pub const fn len(&self) -> usize {
                length::used(&self.len, N)
            }

            /// Returns whether there is no element.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = $example]
            /// assert!(!vec.is_empty());
            /// vec.clear();
            /// assert!(vec.is_empty());
            /// ```
            #[inline]
            #[must_use]
            pub const fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// Returns whether there is no room for another element.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = $example]
            /// assert!(vec.extend_from_slice(&[4; 5]).is_ok());
            /// assert!(vec.is_full());
            /// ```
            #[inline]
            #[must_use]
            pub const fn is_full(&self) -> bool {
                self.len() == N
            }

            /// Returns how many more elements fit.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = $example]
            /// assert_eq!(vec.remaining_capacity(), 5);
            /// ```
            #[inline]
            #[must_use]
            pub const fn remaining_capacity(&self) -> usize {
                N - self.len()
            }

            /// Returns the elements.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = $example]
            /// assert_eq!(vec.as_slice(), &[1, 2, 3]);
            /// ```
            #[inline]
            #[must_use]
            pub const fn as_slice(&self) -> &[T] {
                slots::used(&self.len, &self.data)
            }

            /// Returns the elements, to be changed in place.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = $example]
            /// vec.as_mut_slice().reverse();
            /// assert_eq!(vec, [3, 2, 1]);
            /// ```
            #[inline]
            #[must_use]
            pub const fn as_mut_slice(&mut self) -> &mut [T] {
                slots::used_mut(&self.len, &mut self.data)
            }
        }

        impl<T: $crate::Mappable, const N: usize> $name<T, N> {
            /// Makes an empty vector.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = $example]
            /// vec.clear();
            #[doc = concat!("assert_eq!(vec, ", stringify!($name), "::<u32, 4>::new());")]
            /// ```
            #[inline]
            #[must_use]
            pub const fn new() -> Self {
                Self { len: [0; 8], data: $crate::raw::zeroed() }
            }

            /// Makes a vector of values that are known to fit; too many are an error of the
            /// compiler in a `const` or `static`.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use commy_types::", stringify!($name), ";")]
            ///
            #[doc = concat!("const STEPS: ", stringify!($name), "<i8, 4> = ", stringify!($name), "::literal(&[-1, 1]);")]
            /// assert_eq!(STEPS, [-1, 1]);
            /// ```
            ///
            /// ```compile_fail,E0080
            #[doc = concat!("use commy_types::", stringify!($name), ";")]
            ///
            #[doc = concat!("const STEPS: ", stringify!($name), "<i8, 1> = ", stringify!($name), "::literal(&[-1, 1]);")]
            /// ```
            ///
            /// # Panics
            ///
            /// At run time, when there are more values than the capacity; use `try_from` there.
            #[inline]
            #[must_use]
            #[track_caller]
            pub const fn literal(values: &[T]) -> Self {
                let mut vec = Self::new();
                slots::fill(&mut vec.data, values);
                vec.len = length::prefix(values.len());
                vec
            }

            /// Makes a vector of what an iterator returns: `collect` that does not panic.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use commy_types::", stringify!($name), ";")]
            ///
            #[doc = concat!("let squares = ", stringify!($name), "::<u32, 4>::try_from_iter((1..4).map(|n| n * n))?;")]
            /// assert_eq!(squares, [1, 4, 9]);
            #[doc = concat!("assert!(", stringify!($name), "::<u32, 4>::try_from_iter(0..).is_err());")]
            /// # Ok::<(), commy_types::CapacityError>(())
            /// ```
            ///
            /// # Errors
            ///
            /// [`CapacityError`](crate::CapacityError), which counts up to the first value that
            /// does not fit.
            pub fn try_from_iter<I>(values: I) -> Result<Self, $crate::CapacityError>
            where
                I: IntoIterator<Item = T>,
            {
                let mut vec = Self::new();
                vec.try_extend(values)?;
                Ok(vec)
            }

            #[cfg(feature = "zeroize")]
            pub(crate) fn parts_mut(&mut self) -> (&mut Prefix, &mut [T]) {
                (&mut self.len, &mut self.data)
            }

            #[inline]
            const fn edit(&mut self) -> slots::SlotsMut<'_, T> {
                slots::SlotsMut { len: &mut self.len, data: &mut self.data }
            }
        }
    };
}
