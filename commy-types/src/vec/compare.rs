//! Equality, order and hash of a [`FixedVec`]: those of its elements in use.

use core::cmp::Ordering;
use core::hash::{Hash, Hasher};

use super::FixedVec;

impl<T: Eq, const N: usize> Eq for FixedVec<T, N> {}

impl<T: Ord, const N: usize> Ord for FixedVec<T, N> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}

impl<T: Hash, const N: usize> Hash for FixedVec<T, N> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

/// Equality with what holds elements.
macro_rules! equal {
    ([$($generics:tt)*] $other:ty) => {
        impl<T: PartialEq<U>, U, $($generics)*> PartialEq<$other> for FixedVec<T, N> {
            #[inline]
            fn eq(&self, other: &$other) -> bool {
                let right: &[U] = other.as_ref();
                self.as_slice() == right
            }
        }
    };
}

/// Equality with a type of std's, both ways.
macro_rules! equal_both_ways {
    ([$($generics:tt)*] $other:ty) => {
        equal!([$($generics)*] $other);

        impl<T, U: PartialEq<T>, $($generics)*> PartialEq<FixedVec<T, N>> for $other {
            #[inline]
            fn eq(&self, other: &FixedVec<T, N>) -> bool {
                let left: &[U] = self.as_ref();
                left == other.as_slice()
            }
        }
    };
}

equal!([const N: usize, const M: usize] FixedVec<U, M>);
equal_both_ways!([const N: usize] [U]);
equal_both_ways!([const N: usize] &[U]);
equal_both_ways!([const N: usize] &mut [U]);
equal_both_ways!([const N: usize, const M: usize] [U; M]);
equal_both_ways!([const N: usize, const M: usize] &[U; M]);
#[cfg(feature = "alloc")]
equal_both_ways!([const N: usize] alloc::vec::Vec<U>);

/// Order beside what holds elements.
macro_rules! order {
    ([$($generics:tt)*] $other:ty) => {
        impl<T: PartialOrd, $($generics)*> PartialOrd<$other> for FixedVec<T, N> {
            #[inline]
            fn partial_cmp(&self, other: &$other) -> Option<Ordering> {
                let right: &[T] = other.as_ref();
                self.as_slice().partial_cmp(right)
            }
        }
    };
}

/// Order beside a type of std's, both ways.
macro_rules! order_both_ways {
    ([$($generics:tt)*] $other:ty) => {
        order!([$($generics)*] $other);

        impl<T: PartialOrd, $($generics)*> PartialOrd<FixedVec<T, N>> for $other {
            #[inline]
            fn partial_cmp(&self, other: &FixedVec<T, N>) -> Option<Ordering> {
                let left: &[T] = self.as_ref();
                left.partial_cmp(other.as_slice())
            }
        }
    };
}

order!([const N: usize, const M: usize] FixedVec<T, M>);
order_both_ways!([const N: usize] [T]);
order_both_ways!([const N: usize] &[T]);
order_both_ways!([const N: usize] &mut [T]);
order_both_ways!([const N: usize, const M: usize] [T; M]);
order_both_ways!([const N: usize, const M: usize] &[T; M]);
#[cfg(feature = "alloc")]
order_both_ways!([const N: usize] alloc::vec::Vec<T>);
