//! The traits that `FixedOption` shares with `Option`, and its conversions.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

use super::FixedOption;
use crate::mappable::Mappable;
use crate::raw;

impl<T: Mappable> Default for FixedOption<T> {
    /// No value.
    #[inline]
    fn default() -> Self {
        Self::none()
    }
}

impl<T: Mappable> Clone for FixedOption<T> {
    /// Copies the value; by the contract of `Mappable` that duplicates it.
    #[inline]
    fn clone(&self) -> Self {
        raw::copy_of(self)
    }
}

impl<T: Mappable + Copy> Copy for FixedOption<T> {}

impl<T: fmt::Debug> fmt::Debug for FixedOption<T> {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().fmt(f)
    }
}

impl<T: PartialEq> PartialEq for FixedOption<T> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.as_ref() == other.as_ref()
    }
}

impl<T: Eq> Eq for FixedOption<T> {}

impl<T: PartialEq> PartialEq<Option<T>> for FixedOption<T> {
    #[inline]
    fn eq(&self, other: &Option<T>) -> bool {
        self.as_ref() == other.as_ref()
    }
}

impl<T: PartialEq> PartialEq<FixedOption<T>> for Option<T> {
    #[inline]
    fn eq(&self, other: &FixedOption<T>) -> bool {
        self.as_ref() == other.as_ref()
    }
}

impl<T: PartialOrd> PartialOrd for FixedOption<T> {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.as_ref().partial_cmp(&other.as_ref())
    }
}

impl<T: Ord> Ord for FixedOption<T> {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_ref().cmp(&other.as_ref())
    }
}

impl<T: Hash> Hash for FixedOption<T> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_ref().hash(state);
    }
}

impl<T: Mappable> From<T> for FixedOption<T> {
    #[inline]
    fn from(value: T) -> Self {
        Self::some(value)
    }
}

impl<T: Mappable> From<Option<T>> for FixedOption<T> {
    #[inline]
    fn from(value: Option<T>) -> Self {
        Self::from_option(value)
    }
}

impl<T> From<FixedOption<T>> for Option<T> {
    #[inline]
    fn from(option: FixedOption<T>) -> Self {
        option.into_option()
    }
}

impl<T> IntoIterator for FixedOption<T> {
    type Item = T;
    type IntoIter = core::option::IntoIter<T>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.into_option().into_iter()
    }
}

impl<'a, T> IntoIterator for &'a FixedOption<T> {
    type Item = &'a T;
    type IntoIter = core::option::IntoIter<&'a T>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut FixedOption<T> {
    type Item = &'a mut T;
    type IntoIter = core::option::IntoIter<&'a mut T>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.as_mut().into_iter()
    }
}
