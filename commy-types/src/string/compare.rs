//! Equality, order and hash of a [`FixedString`]: those of its text.

use core::cmp::Ordering;
use core::hash::{Hash, Hasher};

use super::FixedString;

impl<const N: usize> Eq for FixedString<N> {}

impl<const N: usize> Ord for FixedString<N> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl<const N: usize> Hash for FixedString<N> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

/// Comparison of two kinds of text, of which one is ours.
macro_rules! compare {
    ([$($generics:tt)*] $left:ty, $right:ty) => {
        impl<$($generics)*> PartialEq<$right> for $left {
            #[inline]
            fn eq(&self, other: &$right) -> bool {
                let (left, right): (&str, &str) = (self.as_ref(), other.as_ref());
                left == right
            }
        }

        impl<$($generics)*> PartialOrd<$right> for $left {
            #[inline]
            fn partial_cmp(&self, other: &$right) -> Option<Ordering> {
                let (left, right): (&str, &str) = (self.as_ref(), other.as_ref());
                Some(left.cmp(right))
            }
        }
    };
}

/// Comparison with a type of std's, both ways.
macro_rules! compare_both_ways {
    ($other:ty) => {
        compare!([const N: usize] FixedString<N>, $other);
        compare!([const N: usize] $other, FixedString<N>);
    };
}

compare!([const N: usize, const M: usize] FixedString<N>, FixedString<M>);
compare_both_ways!(str);
compare_both_ways!(&str);
#[cfg(feature = "alloc")]
compare_both_ways!(alloc::string::String);
#[cfg(feature = "alloc")]
compare_both_ways!(alloc::borrow::Cow<'_, str>);
