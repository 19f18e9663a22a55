//! `FixedOption`: an optional value of fixed layout.

mod combine;
mod edits;
mod traits;
mod mapped;

use core::mem;
use core::ops::{Deref, DerefMut};
use core::slice;

use crate::length;
use crate::mappable::Mappable;
use crate::raw;

const NONE: [u8; 8] = 0u64.to_le_bytes();
const SOME: [u8; 8] = 1u64.to_le_bytes();

/// A value that may be absent; std's `Option` has no fixed layout.
///
/// It converts from and to [`Option`], compares with it, and has its everyday methods, which take
/// and return std's option where `Option`'s do. For all others, [`as_ref`](Self::as_ref) gives an
/// `Option<&T>` and [`into_option`](Self::into_option) an `Option<T>`.
///
/// The layout is part of the file format:
///
/// ```text
/// 0                              8        d                d + size_of::<T>()
/// ├─ tag: u64, LE, 0 or 1 ───────┼────────┼─ value ────────┤
///                                padding
///
/// d = 8 when T's alignment is at most 8, and then there is no padding; else that alignment
/// ```
///
/// When there is no value, its bytes are zero in all that commy publishes. Any tag other than 1
/// counts as no value.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::FixedOption;
///
/// let mut limit = FixedOption::some(20u32);
/// assert_eq!(limit, Some(20));
/// assert_eq!(limit.take(), Some(20));
/// assert!(limit.is_none());
/// limit.set(Some(7));
/// assert_eq!(limit.as_ref().map(|n| n * 2), Some(14));
/// ```
#[repr(C)]
pub struct FixedOption<T> {
    tag: [u8; 8],
    value: T,
}

const _: () = {
    assert!(size_of::<FixedOption<u16>>() == 10);
    assert!(mem::offset_of!(FixedOption<u64>, value) == 8);
    // 16 where the target aligns u128 to that, as x86-64 and AArch64 do; 8 on ARMv7 and s390x.
    assert!(mem::offset_of!(FixedOption<u128>, value) == length::data_offset::<u128>());
};

impl<T> FixedOption<T> {
    /// Makes an option that holds `value`.
    #[inline]
    #[must_use]
    pub const fn some(value: T) -> Self {
        Self { tag: SOME, value }
    }

    /// Returns whether there is a value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// assert!(commy::FixedOption::some(0).is_some());
    /// assert!(commy::FixedOption::<u8>::none().is_none());
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_some(&self) -> bool {
        u64::from_le_bytes(self.tag) == 1
    }

    /// Returns whether there is no value.
    #[inline]
    #[must_use]
    pub const fn is_none(&self) -> bool {
        !self.is_some()
    }

    /// Returns whether there is a value for which `test` returns true.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedOption;
    ///
    /// assert!(FixedOption::some(3).is_some_and(|n| *n > 2));
    /// ```
    #[inline]
    #[must_use]
    pub fn is_some_and(&self, test: impl FnOnce(&T) -> bool) -> bool {
        self.as_ref().is_some_and(test)
    }

    /// Returns whether there is no value, or one for which `test` returns true.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// assert!(!commy::FixedOption::some(3).is_none_or(|n| *n > 3));
    /// assert!(commy::FixedOption::none().is_none_or(|n: &u8| *n > 3));
    /// ```
    #[inline]
    #[must_use]
    pub fn is_none_or(&self, test: impl FnOnce(&T) -> bool) -> bool {
        self.as_ref().is_none_or(test)
    }

    /// Returns the value by reference.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let name = commy::FixedOption::some('a');
    /// assert_eq!(name.as_ref().filter(|name| name.is_ascii()), Some(&'a'));
    /// ```
    #[inline]
    #[must_use]
    pub const fn as_ref(&self) -> Option<&T> {
        if self.is_some() { Some(&self.value) } else { None }
    }

    /// Returns the value, to be changed in place.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedOption;
    ///
    /// let mut count = FixedOption::some(1);
    /// if let Some(count) = count.as_mut() {
    ///     *count += 1;
    /// }
    /// assert_eq!(count, Some(2));
    /// ```
    #[inline]
    #[must_use]
    pub const fn as_mut(&mut self) -> Option<&mut T> {
        if self.is_some() { Some(&mut self.value) } else { None }
    }

    /// Returns what the value derefs to: `&str` for a string, a slice for a vector.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::{FixedOption, FixedString};
    ///
    /// let alias = FixedOption::some(FixedString::<16>::literal("boiler"));
    /// assert_eq!(alias.as_deref(), Some("boiler"));
    /// ```
    #[inline]
    #[must_use]
    pub fn as_deref(&self) -> Option<&T::Target>
    where
        T: Deref,
    {
        self.as_ref().map(T::deref)
    }

    /// Returns what the value derefs to, to be changed in place.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut points = commy::FixedOption::some(commy::FixedVec::<u8, 4>::literal(&[2, 1]));
    /// if let Some(points) = points.as_deref_mut() {
    ///     points.sort();
    /// }
    /// assert_eq!(points.as_deref(), Some([1, 2].as_slice()));
    /// ```
    #[inline]
    #[must_use]
    pub fn as_deref_mut(&mut self) -> Option<&mut T::Target>
    where
        T: DerefMut,
    {
        self.as_mut().map(T::deref_mut)
    }

    #[cfg(feature = "zeroize")]
    pub(crate) const fn parts_mut(&mut self) -> (&mut [u8; 8], &mut T) {
        (&mut self.tag, &mut self.value)
    }

    /// Returns std's option of the value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let limit: Option<u32> = commy::FixedOption::some(20).into_option();
    /// assert_eq!(limit, Some(20));
    /// ```
    #[inline]
    #[must_use]
    pub fn into_option(self) -> Option<T> {
        if self.is_some() { Some(self.value) } else { None }
    }

    /// Returns an iterator over the value, if there is one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// assert_eq!(commy::FixedOption::some(20).iter().sum::<u32>(), 20);
    /// ```
    #[inline]
    pub fn iter(&self) -> core::option::IntoIter<&T> {
        self.as_ref().into_iter()
    }

    /// Returns an iterator over the value, if there is one, to change it in place.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut limit = commy::FixedOption::some(20);
    /// limit.iter_mut().for_each(|limit| *limit += 1);
    /// assert_eq!(limit, Some(21));
    /// ```
    #[inline]
    pub fn iter_mut(&mut self) -> core::option::IntoIter<&mut T> {
        self.as_mut().into_iter()
    }

    /// Returns a slice of the value: one element, or none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedOption;
    ///
    /// assert_eq!(FixedOption::some(20).as_slice(), &[20]);
    /// assert!(FixedOption::<u8>::none().as_slice().is_empty());
    /// ```
    #[inline]
    #[must_use]
    pub const fn as_slice(&self) -> &[T] {
        match self.as_ref() {
            Some(value) => slice::from_ref(value),
            None => &[],
        }
    }

    /// Returns a slice of the value, to be changed in place.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut limit = commy::FixedOption::some(20);
    /// limit.as_mut_slice().fill(7);
    /// assert_eq!(limit, Some(7));
    /// ```
    #[inline]
    #[must_use]
    pub const fn as_mut_slice(&mut self) -> &mut [T] {
        match self.as_mut() {
            Some(value) => slice::from_mut(value),
            None => &mut [],
        }
    }
}

impl<T: Mappable> FixedOption<T> {
    /// Makes an option without a value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedOption;
    ///
    /// const NO_LIMIT: FixedOption<f64> = FixedOption::none();
    /// assert_eq!(NO_LIMIT, None);
    /// ```
    #[inline]
    #[must_use]
    pub const fn none() -> Self {
        Self { tag: NONE, value: raw::zeroed() }
    }

    /// Makes an option of std's.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let parsed = commy::FixedOption::from_option("12".parse::<u8>().ok());
    /// assert_eq!(parsed, Some(12));
    /// ```
    #[inline]
    #[must_use]
    pub fn from_option(value: Option<T>) -> Self {
        value.map_or_else(Self::none, Self::some)
    }
}
