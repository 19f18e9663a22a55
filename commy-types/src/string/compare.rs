//! Equality, order and hash of a string type: those of its text.

macro_rules! string_compare {
    ($name:ident, $capacity:ident) => {
        impl<const $capacity: usize> Eq for $name<$capacity> {}

        impl<const $capacity: usize> Ord for $name<$capacity> {
            #[inline]
            fn cmp(&self, other: &Self) -> core::cmp::Ordering {
                self.as_str().cmp(other.as_str())
            }
        }

        impl<const $capacity: usize> core::hash::Hash for $name<$capacity> {
            #[inline]
            fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }

        string_compare!(@one [const $capacity: usize, const M: usize] $name<$capacity>, $crate::FixedString<M>);
        string_compare!(@one [const $capacity: usize, const M: usize] $name<$capacity>, $crate::SmartString<M>);
        string_compare!(@both [const $capacity: usize] $name<$capacity>, str);
        string_compare!(@both [const $capacity: usize] $name<$capacity>, &str);
        #[cfg(feature = "alloc")]
        string_compare!(@both [const $capacity: usize] $name<$capacity>, alloc::string::String);
        #[cfg(feature = "alloc")]
        string_compare!(@both [const $capacity: usize] $name<$capacity>, alloc::borrow::Cow<'_, str>);
    };

    (@both $generics:tt $ours:ty, $other:ty) => {
        string_compare!(@one $generics $ours, $other);
        string_compare!(@one $generics $other, $ours);
    };

    (@one [$($generics:tt)*] $left:ty, $right:ty) => {
        impl<$($generics)*> PartialEq<$right> for $left {
            #[inline]
            fn eq(&self, other: &$right) -> bool {
                let (left, right): (&str, &str) = (self.as_ref(), other.as_ref());
                left == right
            }
        }

        impl<$($generics)*> PartialOrd<$right> for $left {
            #[inline]
            fn partial_cmp(&self, other: &$right) -> Option<core::cmp::Ordering> {
                let (left, right): (&str, &str) = (self.as_ref(), other.as_ref());
                Some(left.cmp(right))
            }
        }
    };
}
