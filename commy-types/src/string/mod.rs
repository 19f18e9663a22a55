//! Strings of a fixed capacity: [`FixedString`], under other names [`SmartString`] and [`FlatString`].
//!
//! # Examples
//!
//! ```
//! # use commy_types as commy;
//! use commy::string::{FixedString, FromUtf8Error, SmartString};
//!
//! let name = FixedString::<8>::from_utf8(b"boiler")?;
//! let mut note = SmartString::<1024>::new();
//! note.push_str(&name)?;
//! assert_eq!(note, name.as_str());
//! # Ok::<(), FromUtf8Error>(())
//! ```

mod ascii;
mod methods;
mod tier;
mod edits;
mod traits;
mod convert;
mod compare;
mod mapped;
pub(crate) mod text;
mod text_mut;
mod retain;
mod drain;
mod error;

use crate::length::Prefix;

pub(crate) use self::ascii::is_ascii;
pub use self::drain::Drain;
pub use self::error::{FromUtf8Error, FromUtf16Error};
pub use self::tier::Tier;

/// A string of at most `N` bytes, kept in place.
///
/// It derefs to `str` and has `String`'s methods and conversions, except for [some](#what-it-lacks);
/// those that add text return [`CapacityError`](crate::CapacityError) where `String` would allocate,
/// and then leave the value as it was. It is `Copy` and [`bytemuck::Pod`].
///
/// The layout is part of the file format:
///
/// ```text
/// 0                       8                          8 + N
/// ├─ len: u64, LE ────────┼─ data: N bytes ──────────┤
///                         │ text (UTF-8)  │  unused  │
/// ```
///
/// Every byte pattern is safe. A length above `N` counts as `N`, and where the bytes in use are not
/// UTF-8 the text ends before the first bad one; [`try_as_str`](Self::try_as_str) tells whether
/// that is so. Such bytes can only come from a cast, because commy checks what it reads from a
/// file. A look at the text, also by `Deref`, therefore validates it; [`len`](Self::len) and
/// [`push_str`](Self::push_str) do not, and like all edits work on the bytes in use.
///
/// # What it costs
///
/// - Room: `N` + 8 bytes, in memory and in the file, whatever it holds.
/// - Setting, encoding and publishing it: what the new and the old text weigh. No byte beyond them
///   is compared, written or published, so a capacity may be generous where texts are mostly short.
/// - A copy of the value, such as a getter returns: all of its room. What `<field>_with` and
///   `<field>_read_into` of a reader copy: what the text weighs.
///
/// # What it lacks
///
/// - What only a heap needs: `with_capacity`, `reserve`, `shrink_to` and their kin, `leak`.
/// - `+` and `+=`, which could only panic: use [`push_str`](Self::push_str).
/// - The unsafe methods, and `as_mut_vec`: the bytes are [`bytemuck::bytes_of`] the value.
/// - What is not stable in `String`.
/// - Conversion between capacities and from `CString`: they go by `&str`.
///
/// `From` is `TryFrom` here where a text may be too long or no text. [`Extend`] and `collect` have
/// no way to fail but a panic; [`try_extend`](Self::try_extend) and
/// [`try_from_iter`](Self::try_from_iter) return an error.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::FixedString;
///
/// let mut name = FixedString::<16>::try_from("sensor")?;
/// name.push_str("-7")?;
/// assert_eq!(name, "sensor-7");
/// assert!(name.ends_with('7'));
/// assert!(name.push_str(" on the roof").is_err());
/// assert_eq!(name, "sensor-7");
/// # Ok::<(), commy::CapacityError>(())
/// ```
#[derive(Clone, Copy)]
#[repr(C)]
pub struct FixedString<const N: usize> {
    len: Prefix,
    data: [u8; N],
}

/// A [`FixedString`] that is declared generously, for text that is mostly short: at most `MAX`
/// bytes, 1024 unless another number is given.
///
/// It **never allocates** and **never grows past `MAX`**. "Smart" says only that its cost follows
/// its length and not its capacity, which is true of every `FixedString`; see
/// [there](FixedString#what-it-costs). In memory and in the file it is `MAX` + 8 bytes.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::SmartString;
///
/// struct Station {
///     description: SmartString,
///     note: SmartString<200>,
/// }
///
/// let mut station = Station { description: "warm".parse()?, note: SmartString::new() };
/// station.description.push_str(" enough to sit outside in the evening")?;
/// assert_eq!(station.description.capacity(), 1024);
/// assert_eq!(station.note.capacity(), 200);
/// assert_eq!(size_of::<SmartString>(), 1032);
/// # Ok::<(), commy::CapacityError>(())
/// ```
///
/// In an expression, `SmartString::new()` takes its capacity from the context, as the names of
/// types with a default do; `<SmartString>::new()` is that of 1024 bytes.
pub type SmartString<const MAX: usize = 1024> = FixedString<MAX>;

/// A [`FixedString`] of 252 bytes: 260 bytes with its length.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::FlatString;
///
/// assert_eq!(FlatString::CAPACITY, 252);
/// assert_eq!(size_of::<FlatString>(), 260);
/// ```
pub type FlatString = FixedString<252>;

const _: () = {
    assert!(size_of::<FixedString<5>>() == 8 + 5);
    assert!(align_of::<FixedString<5>>() == 1);
    assert!(core::mem::offset_of!(FixedString<5>, len) == 0);
    assert!(core::mem::offset_of!(FixedString<5>, data) == 8);
};
