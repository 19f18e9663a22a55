//! `SmartString`, whose cost follows the text it holds.

use crate::length::{self, Prefix};
use crate::string::{FromUtf8Error, text, text_mut};

/// A string of at most `MAX` bytes, kept in place, for text that is mostly short.
///
/// It **never allocates** and **never grows past `MAX`**: "smart" is only that publishing it costs
/// what its text weighs and not what the field weighs. It holds its text in one of three
/// [tiers](Tier): up to 23, up to 255, up to `MAX` bytes; encoding compares and copies no byte
/// beyond the tier in use. In memory and in the file it occupies `MAX` + 8 bytes whatever it
/// holds, and its layout is that of [`FixedString<MAX>`](crate::FixedString), with which it
/// shares methods and rules.
///
/// # Examples
///
/// ```
/// use commy_types::SmartString;
/// use commy_types::string::Tier;
///
/// let mut description: SmartString = "warm".parse()?;
/// assert_eq!(description.tier(), Tier::Tiny);
/// description.push_str(" enough to sit outside in the evening")?;
/// assert_eq!(description.tier(), Tier::Short);
/// assert_eq!(description.capacity(), 1024);
/// assert_eq!(size_of::<SmartString>(), 1032);
/// # Ok::<(), commy_types::CapacityError>(())
/// ```
#[derive(Clone, Copy)]
#[repr(C)]
pub struct SmartString<const MAX: usize = 1024> {
    len: Prefix,
    data: [u8; MAX],
}

const _: () = {
    assert!(size_of::<SmartString>() == 8 + 1024);
    assert!(align_of::<SmartString>() == 1);
    assert!(core::mem::offset_of!(SmartString, data) == 8);
};

/// How much of a [`SmartString`] is in use.
///
/// # Examples
///
/// ```
/// use commy_types::string::Tier;
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
    /// use commy_types::string::Tier;
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
    /// use commy_types::string::Tier;
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

impl<const MAX: usize> SmartString<MAX> {
    /// Returns the tier that the stored length is in.
    ///
    /// # Examples
    ///
    /// ```
    /// use commy_types::SmartString;
    /// use commy_types::string::Tier;
    ///
    /// assert_eq!(SmartString::<64>::literal("short").tier(), Tier::Tiny);
    /// ```
    #[inline]
    #[must_use]
    pub const fn tier(&self) -> Tier {
        Tier::of(length::used(&self.len, MAX))
    }
}

string_methods!(
    SmartString,
    MAX,
    "use commy_types::SmartString;\nlet mut text = SmartString::<16>::literal(\"Zürich\");"
);
string_edits!(
    SmartString,
    MAX,
    "use commy_types::SmartString;\nlet mut text = SmartString::<16>::literal(\"Zürich\");"
);
string_traits!(SmartString, MAX);
string_compare!(SmartString, MAX);
string_mapped!(SmartString, MAX);
