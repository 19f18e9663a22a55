//! The traits that a string type shares with `str` and `String`, and its conversions.

macro_rules! string_traits {
    ($name:ident, $capacity:ident) => {
        impl<const $capacity: usize> Default for $name<$capacity> {
            #[inline]
            fn default() -> Self {
                Self::new()
            }
        }

        impl<const $capacity: usize> core::ops::Deref for $name<$capacity> {
            type Target = str;

            #[inline]
            fn deref(&self) -> &str {
                self.as_str()
            }
        }

        impl<const $capacity: usize> core::ops::DerefMut for $name<$capacity> {
            #[inline]
            fn deref_mut(&mut self) -> &mut str {
                self.as_mut_str()
            }
        }

        impl<const $capacity: usize> core::fmt::Display for $name<$capacity> {
            #[inline]
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self.as_str(), f)
            }
        }

        impl<const $capacity: usize> core::fmt::Debug for $name<$capacity> {
            #[inline]
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Debug::fmt(self.as_str(), f)
            }
        }

        impl<const $capacity: usize> core::fmt::Write for $name<$capacity> {
            #[inline]
            fn write_str(&mut self, added: &str) -> core::fmt::Result {
                self.push_str(added).map_err(|_| core::fmt::Error)
            }
        }

        impl<const $capacity: usize> AsRef<str> for $name<$capacity> {
            #[inline]
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl<const $capacity: usize> AsMut<str> for $name<$capacity> {
            #[inline]
            fn as_mut(&mut self) -> &mut str {
                self.as_mut_str()
            }
        }

        impl<const $capacity: usize> AsRef<[u8]> for $name<$capacity> {
            #[inline]
            fn as_ref(&self) -> &[u8] {
                self.as_bytes()
            }
        }

        #[cfg(feature = "std")]
        impl<const $capacity: usize> AsRef<std::path::Path> for $name<$capacity> {
            #[inline]
            fn as_ref(&self) -> &std::path::Path {
                self.as_str().as_ref()
            }
        }

        #[cfg(feature = "std")]
        impl<const $capacity: usize> AsRef<std::ffi::OsStr> for $name<$capacity> {
            #[inline]
            fn as_ref(&self) -> &std::ffi::OsStr {
                self.as_str().as_ref()
            }
        }

        impl<const $capacity: usize> core::borrow::Borrow<str> for $name<$capacity> {
            #[inline]
            fn borrow(&self) -> &str {
                self.as_str()
            }
        }

        impl<const $capacity: usize> core::borrow::BorrowMut<str> for $name<$capacity> {
            #[inline]
            fn borrow_mut(&mut self) -> &mut str {
                self.as_mut_str()
            }
        }

        impl<const $capacity: usize> core::str::FromStr for $name<$capacity> {
            type Err = $crate::CapacityError;

            #[inline]
            fn from_str(text: &str) -> Result<Self, $crate::CapacityError> {
                let mut string = Self::new();
                string.assign_str(text)?;
                Ok(string)
            }
        }

        string_traits!(@try_from $name, $capacity, &str, |text| text);
        string_traits!(@try_from $name, $capacity, &mut str, |text| text);
        #[cfg(feature = "alloc")]
        string_traits!(@try_from $name, $capacity, alloc::string::String, |text| &text);
        #[cfg(feature = "alloc")]
        string_traits!(@try_from $name, $capacity, &alloc::string::String, |text| text);
        #[cfg(feature = "alloc")]
        string_traits!(@try_from $name, $capacity, alloc::boxed::Box<str>, |text| &text);
        #[cfg(feature = "alloc")]
        string_traits!(@try_from $name, $capacity, alloc::borrow::Cow<'_, str>, |text| &text);

        impl<const $capacity: usize> TryFrom<char> for $name<$capacity> {
            type Error = $crate::CapacityError;

            #[inline]
            fn try_from(ch: char) -> Result<Self, $crate::CapacityError> {
                ch.encode_utf8(&mut [0; 4]).parse()
            }
        }

        /// Formats into a string without a heap.
        impl<const $capacity: usize> TryFrom<core::fmt::Arguments<'_>> for $name<$capacity> {
            type Error = $crate::CapacityError;

            fn try_from(arguments: core::fmt::Arguments<'_>) -> Result<Self, Self::Error> {
                let mut string = Self::new();
                string.push_formatted(arguments)?;
                Ok(string)
            }
        }

        #[cfg(feature = "alloc")]
        impl<const $capacity: usize> From<$name<$capacity>> for alloc::string::String {
            #[inline]
            fn from(string: $name<$capacity>) -> Self {
                string.as_str().into()
            }
        }

        #[cfg(feature = "alloc")]
        impl<const $capacity: usize> From<&$name<$capacity>> for alloc::string::String {
            #[inline]
            fn from(string: &$name<$capacity>) -> Self {
                string.as_str().into()
            }
        }

        #[cfg(feature = "alloc")]
        impl<const $capacity: usize> From<$name<$capacity>> for alloc::boxed::Box<str> {
            #[inline]
            fn from(string: $name<$capacity>) -> Self {
                string.as_str().into()
            }
        }

        #[cfg(feature = "alloc")]
        impl<'a, const $capacity: usize> From<&'a $name<$capacity>>
            for alloc::borrow::Cow<'a, str>
        {
            #[inline]
            fn from(string: &'a $name<$capacity>) -> Self {
                alloc::borrow::Cow::Borrowed(string.as_str())
            }
        }

        string_traits!(@extend $name, $capacity, char);
        string_traits!(@extend $name, $capacity, &'a char);
        string_traits!(@extend $name, $capacity, &'a str);
        #[cfg(feature = "alloc")]
        string_traits!(@extend $name, $capacity, alloc::string::String);
        #[cfg(feature = "alloc")]
        string_traits!(@extend $name, $capacity, alloc::boxed::Box<str>);
        #[cfg(feature = "alloc")]
        string_traits!(@extend $name, $capacity, alloc::borrow::Cow<'a, str>);
    };

    (@try_from $name:ident, $capacity:ident, $from:ty, |$text:ident| $as_str:expr) => {
        impl<const $capacity: usize> TryFrom<$from> for $name<$capacity> {
            type Error = $crate::CapacityError;

            #[inline]
            fn try_from($text: $from) -> Result<Self, $crate::CapacityError> {
                core::str::FromStr::from_str($as_str)
            }
        }
    };

    (@extend $name:ident, $capacity:ident, $piece:ty) => {
        /// Panics when the pieces do not fit; `try_extend` returns an error instead.
        #[allow(single_use_lifetimes, reason = "not every kind of piece borrows")]
        impl<'a, const $capacity: usize> Extend<$piece> for $name<$capacity> {
            #[track_caller]
            fn extend<I: IntoIterator<Item = $piece>>(&mut self, pieces: I) {
                if let Err(error) = self.try_extend(pieces) {
                    panic!("{error}");
                }
            }
        }

        /// Panics when the pieces do not fit; `try_from_iter` returns an error instead.
        #[allow(single_use_lifetimes, reason = "not every kind of piece borrows")]
        impl<'a, const $capacity: usize> FromIterator<$piece> for $name<$capacity> {
            #[track_caller]
            fn from_iter<I: IntoIterator<Item = $piece>>(pieces: I) -> Self {
                match Self::try_from_iter(pieces) {
                    Ok(string) => string,
                    Err(error) => panic!("{error}"),
                }
            }
        }
    };
}
