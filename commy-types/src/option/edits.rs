//! The methods of [`FixedOption`] that change it.

use core::mem;

use super::FixedOption;
use crate::mappable::Mappable;
use crate::raw;

impl<T: Mappable> FixedOption<T> {
    /// Sets or removes the value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut limit = commy::FixedOption::none();
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
    #[inline]
    pub fn clear(&mut self) {
        *self = Self::none();
    }

    /// Removes the value and returns it.
    #[inline]
    #[allow(clippy::mem_replace_with_default, reason = "the function of a trait is not const")]
    pub const fn take(&mut self) -> Option<T> {
        mem::replace(self, Self::none()).const_into_option()
    }

    /// Removes the value and returns it, if `is_due` says so.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut left = commy::FixedOption::some(1u8);
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
    /// # use commy_types as commy;
    /// use commy::FixedOption;
    ///
    /// let mut option = FixedOption::some('a');
    /// assert_eq!(option.replace('b'), Some('a'));
    /// assert_eq!(option, Some('b'));
    /// ```
    #[inline]
    pub const fn replace(&mut self, value: T) -> Option<T> {
        mem::replace(self, Self::some(value)).const_into_option()
    }

    /// [`into_option`](Self::into_option) for a `const fn`, which may move a value out only if its
    /// type needs no drop; by the contract of [`Mappable`] none does.
    #[inline]
    const fn const_into_option(self) -> Option<T> {
        let value = if self.is_some() { Some(raw::copy_of(&self.value)) } else { None };
        mem::forget(self);
        value
    }

    /// Sets the value and returns it, to be changed in place.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut hits = commy::FixedOption::some(5);
    /// *hits.insert(0) += 1;
    /// assert_eq!(hits, Some(1));
    /// ```
    #[inline]
    pub fn insert(&mut self, value: T) -> &mut T {
        *self = Self::some(value);
        &mut self.value
    }

    /// Returns the value, after setting it to `value` when there is none.
    #[inline]
    pub fn get_or_insert(&mut self, value: T) -> &mut T {
        self.get_or_insert_with(|| value)
    }

    /// Returns the value, after setting it to what `make` returns when there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedOption;
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

    /// Returns the value, after setting it to `T`'s default when there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut hits = commy::FixedOption::<u64>::none();
    /// *hits.get_or_insert_default() += 1;
    /// assert_eq!(hits, Some(1));
    /// ```
    #[inline]
    pub fn get_or_insert_default(&mut self) -> &mut T
    where
        T: Default,
    {
        self.get_or_insert_with(T::default)
    }
}
