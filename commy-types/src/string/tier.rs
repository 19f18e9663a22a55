//! Words for the length of a text.

use super::FixedString;

/// The size class of a text: tiny, short or long.
///
/// It is a word for the length, by which a program can tell how its texts are spread. It changes
/// nothing: a text of 300 bytes costs 300 bytes, not those of its tier.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::string::Tier;
///
/// assert_eq!(Tier::of(23), Tier::Tiny);
/// assert_eq!(Tier::of(24), Tier::Short);
/// assert_eq!(Tier::of(256), Tier::Long);
/// assert_eq!(Tier::Short.limit(), Some(255));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// At most 23 bytes of text.
    Tiny,
    /// 24 to 255 bytes.
    Short,
    /// 256 bytes or more.
    Long,
}

impl Tier {
    /// The tier of a text of `len` bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::string::Tier;
    ///
    /// assert_eq!([23, 255, 256].map(Tier::of), [Tier::Tiny, Tier::Short, Tier::Long]);
    /// ```
    #[inline]
    #[must_use]
    pub const fn of(len: usize) -> Self {
        match len {
            0..=23 => Self::Tiny,
            24..=255 => Self::Short,
            _ => Self::Long,
        }
    }

    /// The most bytes of text in this tier; for the last one, as many as the string holds.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::string::Tier;
    ///
    /// assert_eq!(Tier::Tiny.limit(), Some(23));
    /// assert_eq!(Tier::Long.limit(), None);
    /// ```
    #[inline]
    #[must_use]
    pub const fn limit(self) -> Option<usize> {
        match self {
            Self::Tiny => Some(23),
            Self::Short => Some(255),
            Self::Long => None,
        }
    }
}

impl<const N: usize> FixedString<N> {
    /// Returns the tier of the length in use.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::FixedString;
    /// use commy::string::Tier;
    ///
    /// assert_eq!(FixedString::<64>::literal("short").tier(), Tier::Tiny);
    /// ```
    #[inline]
    #[must_use]
    pub const fn tier(&self) -> Tier {
        Tier::of(self.len())
    }
}
