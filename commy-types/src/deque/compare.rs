//! Equality, order and hash of a [`FixedDeque`]: those of its elements, wherever they lie.

use core::cmp::Ordering;
use core::hash::{Hash, Hasher};

use super::FixedDeque;

impl<T: PartialEq<U>, U, const N: usize, const M: usize> PartialEq<FixedDeque<U, M>>
    for FixedDeque<T, N>
{
    fn eq(&self, other: &FixedDeque<U, M>) -> bool {
        self.len() == other.len() && self.iter().zip(other).all(|(one, other)| one == other)
    }
}

impl<T: Eq, const N: usize> Eq for FixedDeque<T, N> {}

impl<T: PartialOrd, const N: usize, const M: usize> PartialOrd<FixedDeque<T, M>>
    for FixedDeque<T, N>
{
    fn partial_cmp(&self, other: &FixedDeque<T, M>) -> Option<Ordering> {
        self.iter().partial_cmp(other)
    }
}

impl<T: Ord, const N: usize> Ord for FixedDeque<T, N> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other)
    }
}

impl<T: Hash, const N: usize> Hash for FixedDeque<T, N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        self.iter().for_each(|element| element.hash(state));
    }
}

/// Equality with elements in one slice, both ways.
macro_rules! equal {
    ([$($generics:tt)*] $other:ty) => {
        impl<T: PartialEq<U>, U, $($generics)*> PartialEq<$other> for FixedDeque<T, N> {
            fn eq(&self, other: &$other) -> bool {
                let (left, right): (_, &[U]) = (self.as_slices(), other.as_ref());
                self.len() == right.len() && {
                    let (first, second) = right.split_at(left.0.len());
                    left.0 == first && left.1 == second
                }
            }
        }

        impl<T, U: PartialEq<T>, $($generics)*> PartialEq<FixedDeque<T, N>> for $other {
            fn eq(&self, other: &FixedDeque<T, N>) -> bool {
                let (left, right): (&[U], _) = (self.as_ref(), other.as_slices());
                other.len() == left.len() && {
                    let (first, second) = left.split_at(right.0.len());
                    first == right.0 && second == right.1
                }
            }
        }
    };
}

equal!([const N: usize] [U]);
equal!([const N: usize] &[U]);
equal!([const N: usize] &mut [U]);
equal!([const N: usize, const M: usize] [U; M]);
equal!([const N: usize, const M: usize] &[U; M]);
equal!([const N: usize, const M: usize] &mut [U; M]);
#[cfg(feature = "alloc")]
equal!([const N: usize] alloc::vec::Vec<U>);

#[cfg(feature = "alloc")]
impl<T: PartialEq<U>, U, const N: usize> PartialEq<alloc::collections::VecDeque<U>>
    for FixedDeque<T, N>
{
    fn eq(&self, other: &alloc::collections::VecDeque<U>) -> bool {
        self.len() == other.len() && self.iter().zip(other).all(|(one, other)| one == other)
    }
}

#[cfg(feature = "alloc")]
impl<T, U: PartialEq<T>, const N: usize> PartialEq<FixedDeque<T, N>>
    for alloc::collections::VecDeque<U>
{
    fn eq(&self, other: &FixedDeque<T, N>) -> bool {
        self.len() == other.len() && self.iter().zip(other).all(|(one, other)| one == other)
    }
}
