//! The methods of [`FixedOption`] that make something of the value.

use super::FixedOption;

impl<T> FixedOption<T> {
    /// Returns the value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// assert_eq!(commy::FixedOption::some(20).unwrap(), 20);
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
    /// # use commy_types as commy;
    /// use commy::FixedOption;
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
    /// # use commy_types as commy;
    /// assert_eq!(commy::FixedOption::none().unwrap_or_else(|| 2 + 3), 5);
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
    /// # use commy_types as commy;
    /// assert_eq!(commy::FixedOption::<u32>::none().unwrap_or_default(), 0);
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
    /// # use commy_types as commy;
    /// use commy::FixedOption;
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
    /// # use commy_types as commy;
    /// assert_eq!(commy::FixedOption::some(3u8).and_then(|n| n.checked_sub(4)), None);
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
    /// # use commy_types as commy;
    /// assert_eq!(commy::FixedOption::<u8>::none().ok_or("no limit"), Err("no limit"));
    /// ```
    ///
    /// # Errors
    ///
    /// `error`, when there is no value.
    #[inline]
    pub fn ok_or<E>(self, error: E) -> Result<T, E> {
        self.into_option().ok_or(error)
    }

    /// Returns what `change` makes of the value, or `default` when there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::{FixedOption, FixedString};
    ///
    /// let alias = FixedOption::some(FixedString::<16>::literal("boiler"));
    /// assert_eq!(alias.map_or(0, |alias| alias.len()), 6);
    /// ```
    #[inline]
    #[must_use = "if `default` is not wanted, use `map`"]
    pub fn map_or<U>(self, default: U, change: impl FnOnce(T) -> U) -> U {
        self.into_option().map_or(default, change)
    }

    /// Returns what `change` makes of the value, or what `make` returns when there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let limit = commy::FixedOption::<u8>::none();
    /// assert_eq!(limit.map_or_else(|| "no limit".to_owned(), |n| n.to_string()), "no limit");
    /// ```
    #[inline]
    pub fn map_or_else<U>(self, make: impl FnOnce() -> U, change: impl FnOnce(T) -> U) -> U {
        self.into_option().map_or_else(make, change)
    }

    /// Calls `look` with the value, if there is one, and returns the option.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let mut seen = Vec::new();
    /// let limit = commy::FixedOption::some(20).inspect(|limit| seen.push(*limit));
    /// assert_eq!(limit, Some(20));
    /// assert_eq!(seen, [20]);
    /// ```
    #[inline]
    #[must_use]
    pub fn inspect(self, look: impl FnOnce(&T)) -> Self {
        if let Some(value) = self.as_ref() {
            look(value);
        }
        self
    }

    /// Returns the value if there is one for which `keep` returns true.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// assert_eq!(commy::FixedOption::some(20).filter(|limit| *limit > 20), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn filter(self, keep: impl FnOnce(&T) -> bool) -> Option<T> {
        self.into_option().filter(keep)
    }

    /// Returns `other` if there is a value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedOption;
    ///
    /// assert_eq!(FixedOption::some(20).and(Some('C')), Some('C'));
    /// assert_eq!(FixedOption::<u8>::none().and(Some('C')), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn and<U>(self, other: Option<U>) -> Option<U> {
        self.into_option().and(other)
    }

    /// Returns the value, or `other` when there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedOption;
    ///
    /// assert_eq!(FixedOption::none().or(Some(7)), Some(7));
    /// assert_eq!(FixedOption::some(20).or(Some(7)), Some(20));
    /// ```
    #[inline]
    #[must_use]
    pub fn or(self, other: Option<T>) -> Option<T> {
        self.into_option().or(other)
    }

    /// Returns the value, or what `make` returns when there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// assert_eq!(commy::FixedOption::none().or_else(|| "7".parse::<u8>().ok()), Some(7));
    /// ```
    #[inline]
    #[must_use]
    pub fn or_else(self, make: impl FnOnce() -> Option<T>) -> Option<T> {
        self.into_option().or_else(make)
    }

    /// Returns the value or `other`, if exactly one of them is there.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedOption;
    ///
    /// assert_eq!(FixedOption::none().xor(Some(7)), Some(7));
    /// assert_eq!(FixedOption::some(20).xor(Some(7)), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn xor(self, other: Option<T>) -> Option<T> {
        self.into_option().xor(other)
    }

    /// Returns the value and that of `other`, if both are there.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// assert_eq!(commy::FixedOption::some(20).zip(Some('C')), Some((20, 'C')));
    /// ```
    #[inline]
    #[must_use]
    pub fn zip<U>(self, other: Option<U>) -> Option<(T, U)> {
        self.into_option().zip(other)
    }

    /// Returns the value, or what `make` returns as an error when there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// let limit = commy::FixedOption::<u8>::none();
    /// assert_eq!(limit.ok_or_else(|| format!("no {}", "limit")), Err("no limit".to_owned()));
    /// ```
    ///
    /// # Errors
    ///
    /// What `make` returns, when there is no value.
    #[inline]
    pub fn ok_or_else<E>(self, make: impl FnOnce() -> E) -> Result<T, E> {
        self.into_option().ok_or_else(make)
    }
}
