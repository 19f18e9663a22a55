//! Equality, order and hash of a vector type: those of its elements in use.

macro_rules! vec_compare {
    ($name:ident) => {
        impl<T: Eq, const N: usize> Eq for $name<T, N> {}

        impl<T: Ord, const N: usize> Ord for $name<T, N> {
            #[inline]
            fn cmp(&self, other: &Self) -> core::cmp::Ordering {
                self.as_slice().cmp(other.as_slice())
            }
        }

        impl<T: core::hash::Hash, const N: usize> core::hash::Hash for $name<T, N> {
            #[inline]
            fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
                self.as_slice().hash(state);
            }
        }

        vec_compare!(@one [const N: usize, const M: usize] $name<T, N>, $crate::FixedVec<U, M>);
        vec_compare!(@one [const N: usize, const M: usize] $name<T, N>, $crate::SmartVec<U, M>);
        vec_compare!(@both [const N: usize] $name, [U]);
        vec_compare!(@both [const N: usize] $name, &[U]);
        vec_compare!(@both [const N: usize] $name, &mut [U]);
        vec_compare!(@both [const N: usize, const M: usize] $name, [U; M]);
        vec_compare!(@both [const N: usize, const M: usize] $name, &[U; M]);
        #[cfg(feature = "alloc")]
        vec_compare!(@both [const N: usize] $name, alloc::vec::Vec<U>);

        vec_compare!(@order [const N: usize, const M: usize] $name<T, N>, $crate::FixedVec<T, M>);
        vec_compare!(@order [const N: usize, const M: usize] $name<T, N>, $crate::SmartVec<T, M>);
        vec_compare!(@order [const N: usize] $name<T, N>, [T]);
        vec_compare!(@order [const N: usize] $name<T, N>, &[T]);
        vec_compare!(@order [const N: usize, const M: usize] $name<T, N>, [T; M]);
        #[cfg(feature = "alloc")]
        vec_compare!(@order [const N: usize] $name<T, N>, alloc::vec::Vec<T>);
    };

    (@both [$($generics:tt)*] $name:ident, $other:ty) => {
        vec_compare!(@one [$($generics)*] $name<T, N>, $other);

        impl<T, U: PartialEq<T>, $($generics)*> PartialEq<$name<T, N>> for $other {
            #[inline]
            fn eq(&self, other: &$name<T, N>) -> bool {
                let left: &[U] = self.as_ref();
                left == other.as_slice()
            }
        }
    };

    (@one [$($generics:tt)*] $ours:ty, $other:ty) => {
        impl<T: PartialEq<U>, U, $($generics)*> PartialEq<$other> for $ours {
            #[inline]
            fn eq(&self, other: &$other) -> bool {
                let right: &[U] = other.as_ref();
                self.as_slice() == right
            }
        }
    };

    (@order [$($generics:tt)*] $ours:ty, $other:ty) => {
        impl<T: PartialOrd, $($generics)*> PartialOrd<$other> for $ours {
            #[inline]
            fn partial_cmp(&self, other: &$other) -> Option<core::cmp::Ordering> {
                let right: &[T] = other.as_ref();
                self.as_slice().partial_cmp(right)
            }
        }
    };
}
