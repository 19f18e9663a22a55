//! `FixedOption`: an optional value of fixed layout.

mod traits;
mod mapped;

use core::mem;
use core::ops::{Deref, DerefMut};

use crate::length;
use crate::mappable::Mappable;
use crate::raw;

const NONE: [u8; 8] = 0u64.to_le_bytes();
const SOME: [u8; 8] = 1u64.to_le_bytes();

/// A value that may be absent; std's `Option` has no fixed layout.
///
/// It converts from and to [`Option`], compares with it, and has its everyday methods;
/// [`as_ref`](Self::as_ref) gives an `Option<&T>` for all others.
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
/// use commy_types::FixedOption;
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
    ///
    /// # Examples
    ///
    /// See [`FixedOption`].
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
    /// assert!(commy_types::FixedOption::some(0).is_some());
    /// assert!(commy_types::FixedOption::<u8>::none().is_none());
    /// ```
    #[inline]
    #[must_use]
    pub const fn is_some(&self) -> bool {
        u64::from_le_bytes(self.tag) == 1
    }

    /// Returns whether there is no value.
    ///
    /// # Examples
    ///
    /// See [`is_some`](Self::is_some).
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
    /// use commy_types::FixedOption;
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
    /// assert!(!commy_types::FixedOption::some(3).is_none_or(|n| *n > 3));
    /// assert!(commy_types::FixedOption::none().is_none_or(|n: &u8| *n > 3));
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
    /// let name = commy_types::FixedOption::some('a');
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
    /// use commy_types::FixedOption;
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
    /// use commy_types::{FixedOption, FixedString};
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
    /// let mut points = commy_types::FixedOption::some(commy_types::FixedVec::<u8, 4>::literal(&[2, 1]));
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
    /// let limit: Option<u32> = commy_types::FixedOption::some(20).into_option();
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
    /// assert_eq!(commy_types::FixedOption::some(20).iter().sum::<u32>(), 20);
    /// ```
    #[inline]
    pub fn iter(&self) -> core::option::IntoIter<&T> {
        self.as_ref().into_iter()
    }

    /// Returns the value.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(commy_types::FixedOption::some(20).unwrap(), 20);
    /// ```
    ///
    /// # Panics
    ///
    /// When there is none, in the words of [`Option::unwrap`].
    #[inline]
    #[must_use]
    #[track_caller]
    #[allow(clippy::unwrap_used, reason = "the method of that name")]
    pub fn unwrap(self) -> T {
        self.into_option().unwrap()
    }

    /// Returns the value.
    ///
    /// # Examples
    ///
    /// See [`unwrap`](Self::unwrap).
    ///
    /// # Panics
    ///
    /// When there is none, with `message`.
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn expect(self, message: &str) -> T {
        self.into_option().expect(message)
    }

    /// Returns the value, or `default` when there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use commy_types::FixedOption;
    ///
    /// assert_eq!(FixedOption::none().unwrap_or(5u8), 5);
    /// ```
    #[inline]
    #[must_use]
    pub fn unwrap_or(self, default: T) -> T {
        self.into_option().unwrap_or(default)
    }

    /// Returns the value, or what `make` returns when there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(commy_types::FixedOption::none().unwrap_or_else(|| 2 + 3), 5);
    /// ```
    #[inline]
    #[must_use]
    pub fn unwrap_or_else(self, make: impl FnOnce() -> T) -> T {
        self.into_option().unwrap_or_else(make)
    }

    /// Returns the value, or `T`'s default when there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(commy_types::FixedOption::<u32>::none().unwrap_or_default(), 0);
    /// ```
    #[inline]
    #[must_use]
    pub fn unwrap_or_default(self) -> T
    where
        T: Default,
    {
        self.into_option().unwrap_or_default()
    }

    /// Returns what `change` makes of the value, as std's option.
    ///
    /// # Examples
    ///
    /// ```
    /// use commy_types::FixedOption;
    ///
    /// assert_eq!(FixedOption::some(3).map(|n| n.to_string()), Some("3".to_owned()));
    /// ```
    #[inline]
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Option<U> {
        self.into_option().map(change)
    }

    /// Returns what `next` makes of the value.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(commy_types::FixedOption::some(3u8).and_then(|n| n.checked_sub(4)), None);
    /// ```
    #[inline]
    pub fn and_then<U>(self, next: impl FnOnce(T) -> Option<U>) -> Option<U> {
        self.into_option().and_then(next)
    }

    /// Returns the value, or `error` when there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(commy_types::FixedOption::<u8>::none().ok_or("no limit"), Err("no limit"));
    /// ```
    ///
    /// # Errors
    ///
    /// `error`, when there is no value.
    #[inline]
    pub fn ok_or<E>(self, error: E) -> Result<T, E> {
        self.into_option().ok_or(error)
    }
}

impl<T: Mappable> FixedOption<T> {
    /// Makes an option without a value.
    ///
    /// # Examples
    ///
    /// ```
    /// use commy_types::FixedOption;
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
    /// let parsed = commy_types::FixedOption::from_option("12".parse::<u8>().ok());
    /// assert_eq!(parsed, Some(12));
    /// ```
    #[inline]
    #[must_use]
    pub fn from_option(value: Option<T>) -> Self {
        value.map_or_else(Self::none, Self::some)
    }

    /// Sets or removes the value.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut limit = commy_types::FixedOption::none();
    /// limit.set(Some(7));
    /// assert_eq!(limit, Some(7));
    /// limit.clear();
    /// assert_eq!(limit, None);
    /// ```
    #[inline]
    pub fn set(&mut self, value: Option<T>) {
        *self = Self::from_option(value);
    }

    /// Removes the value.
    ///
    /// # Examples
    ///
    /// See [`set`](Self::set).
    #[inline]
    pub fn clear(&mut self) {
        *self = Self::none();
    }

    /// Removes the value and returns it.
    ///
    /// # Examples
    ///
    /// See [`take_if`](Self::take_if).
    #[inline]
    pub fn take(&mut self) -> Option<T> {
        mem::take(self).into_option()
    }

    /// Removes the value and returns it, if `is_due` says so.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut left = commy_types::FixedOption::some(1u8);
    /// assert_eq!(left.take_if(|left| *left == 0), None);
    /// assert_eq!(left.take(), Some(1));
    /// assert_eq!(left, None);
    /// ```
    #[inline]
    pub fn take_if(&mut self, is_due: impl FnOnce(&mut T) -> bool) -> Option<T> {
        if self.as_mut().is_some_and(is_due) { self.take() } else { None }
    }

    /// Sets the value and returns the one before.
    ///
    /// # Examples
    ///
    /// ```
    /// use commy_types::FixedOption;
    ///
    /// let mut option = FixedOption::some('a');
    /// assert_eq!(option.replace('b'), Some('a'));
    /// assert_eq!(option, Some('b'));
    /// ```
    #[inline]
    pub fn replace(&mut self, value: T) -> Option<T> {
        mem::replace(self, Self::some(value)).into_option()
    }

    /// Sets the value and returns it, to be changed in place.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut hits = commy_types::FixedOption::some(5);
    /// *hits.insert(0) += 1;
    /// assert_eq!(hits, Some(1));
    /// ```
    #[inline]
    pub fn insert(&mut self, value: T) -> &mut T {
        *self = Self::some(value);
        &mut self.value
    }

    /// Returns the value, after setting it to `value` when there is none.
    ///
    /// # Examples
    ///
    /// See [`get_or_insert_with`](Self::get_or_insert_with).
    #[inline]
    pub fn get_or_insert(&mut self, value: T) -> &mut T {
        self.get_or_insert_with(|| value)
    }

    /// Returns the value, after setting it to what `make` returns when there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use commy_types::FixedOption;
    ///
    /// let mut hits = FixedOption::none();
    /// *hits.get_or_insert_with(|| 0u64) += 1;
    /// assert_eq!(hits, Some(1));
    /// ```
    #[inline]
    pub fn get_or_insert_with(&mut self, make: impl FnOnce() -> T) -> &mut T {
        if self.is_none() {
            *self = Self::some(make());
        }
        &mut self.value
    }
}
