//! The trait of values that may live in a commy file.

use crate::access::{FieldPlace, FieldSink, FieldSource};
use crate::by_value::ByValue;
use crate::fingerprint::Fingerprint;
use crate::image::Image;
use crate::invalid::{Invalid, InvalidReason};
use crate::schema::{Note, TypeSchema};
use crate::shape::{Leaf, Shape};

/// A value of this type may live in a commy file and be read by another process.
///
/// Derive it with `#[derive(Mappable)]` on a nested `#[repr(C)]` struct or a fieldless enum;
/// `#[create_writer]` and `#[create_reader]` implement it for the record itself. It is implemented
/// for `u8`-`u128`, `i8`-`i128`, `f32`, `f64`, `bool`, `char`, arrays, and commy's containers.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::{FixedString, Mappable};
///
/// assert!(<bool as Mappable>::check(&[2]).is_err());
/// assert!(<FixedString<8> as Mappable>::NEEDS_CHECK);
/// ```
///
/// By hand, for a type that has the layout and the bytes of another one. `TypeSchema` is in the module
/// `schema` of commy-types, on which such a crate depends, too:
///
/// ```
/// # use commy_types as commy;
/// # use commy_types::schema::TypeSchema;
/// use commy::{Image, Invalid, Mappable};
///
/// #[derive(Clone, Copy)]
/// #[repr(transparent)]
/// struct Id(u64);
///
/// // SAFETY: the layout and the bytes of `u64`, whose promises carry over.
/// unsafe impl Mappable for Id {
///     const SCHEMA: &'static TypeSchema = u64::SCHEMA;
///     const NEEDS_CHECK: bool = false;
///     const PLAIN: bool = true;
///     type Arg<'a> = Self;
///     type Output = ();
///
///     fn assign(&mut self, value: Self) {
///         *self = value;
///     }
///
///     fn check(_: &[u8]) -> Result<(), Invalid> {
///         Ok(())
///     }
///
///     fn encode(&self, at: usize, image: &mut Image<'_>) {
///         self.0.encode(at, image);
///     }
/// }
///
/// assert!(Id::PLAIN);
/// ```
///
/// # Safety
///
/// The derive and the attributes keep these promises, whatever the paths in their expansions lead
/// to: all that is relied upon follows from the types of the fields, and from a proof of where they
/// are that only this crate's own macros can make. An implementation by hand says
/// [`NEEDS_CHECK`](Self::NEEDS_CHECK), [`PLAIN`](Self::PLAIN), [`check`](Self::check) and
/// [`encode`](Self::encode) itself, and promises all of this:
///
/// - The layout is fixed: the same on every compiler version for one target (`repr(C)`,
///   `repr(u8)`, a primitive), and [`SCHEMA`](Self::SCHEMA) describes it. Only people and other
///   programs believe the schema; no unsafe code does.
/// - The value holds no pointer, reference, handle or other thing that means something in one
///   process only.
/// - It needs no drop, and copying its bytes is a right way to duplicate a value.
/// - It has no interior mutability.
/// - The value whose bytes are all zero is valid.
/// - When [`check`](Self::check) returns `Ok`, the bytes are a valid value of this type at every
///   alignment they are copied to; padding bytes may hold anything.
/// - [`NEEDS_CHECK`](Self::NEEDS_CHECK) is false only if every byte pattern is a valid value.
/// - [`PLAIN`](Self::PLAIN) is true only if the type has no padding bytes and
///   [`encode`](Self::encode) writes exactly the value's bytes.
/// - [`encode`](Self::encode) leaves in the image, at `at..at + size_of::<Self>()`, bytes that
///   [`check`](Self::check) accepts and that are a valid value equal to `self`.
#[allow(unsafe_code, reason = "declares the contract")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot live in a commy file",
    label = "not a type of fixed layout without pointers",
    note = "if `{Self}` is your own struct, add `#[derive(commy::Mappable)] #[repr(C)]` to it; for a fieldless enum `#[derive(commy::Mappable)] #[repr(u8)]`",
    note = "if `{Self}` is of another crate: `#[commy(pod, id = \"...\")]` on the field if it is plain old data (`bytemuck::Pod`), else store it in serialized form, as `commy::encoded::Encoded<{Self}, Postcard, N>`",
    note = "fits: numbers of fixed width, `bool`, `char`, arrays, `FixedString`, `FixedVec`, `FixedDeque`, `FixedMap`, `FixedSet`, `SmartString`, `SmartVec`, `FixedOption`"
)]
pub unsafe trait Mappable: Sized + 'static {
    /// What is known of the layout, and proved: the items below follow from it. In an
    /// implementation by hand it says nothing, and they are written out.
    #[doc(hidden)]
    const SHAPE: &'static Shape<Self> = &Shape::BY_HAND;

    /// The canonical description of the layout.
    const SCHEMA: &'static TypeSchema;

    /// Whether some byte patterns are refused by [`check`](Self::check).
    const NEEDS_CHECK: bool = Self::SHAPE.needs_check();

    /// Whether the bytes of a value in memory are its image: no padding, no unused tail.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::{FixedString, Mappable};
    ///
    /// assert!(<[u16; 3]>::PLAIN);
    /// assert!(!FixedString::<8>::PLAIN); // what is beyond the text may hold anything
    /// ```
    const PLAIN: bool = Self::SHAPE.is_plain();

    /// The type as a field of a struct.
    #[doc(hidden)]
    const LEAF: Leaf<Self> = Leaf::mappable();

    /// Tells by the first eight bytes of a value how many of its first bytes are in use; a reader
    /// of the field copies no more and takes the others as zero. `None`: all are.
    #[doc(hidden)]
    const USED: Option<fn([u8; 8]) -> usize> = None;

    /// The notes of a struct's fields or an enum's variants, for the second line of the schema
    /// text; a container has those of its elements.
    #[doc(hidden)]
    const NOTES_WITHIN: &'static [Note] = &[];

    /// The hash of the canonical schema line of a record of this type.
    const FINGERPRINT: Fingerprint = Fingerprint::of_schema(Self::SCHEMA);

    /// What a setter takes: the value itself, `&str` for strings, `&[T]` for sequences.
    type Arg<'a>;

    /// What a setter returns: `()`, or a `Result` such as `Result<(), CapacityError>` for what may
    /// not fit.
    type Output: Outcome;

    /// Assigns `value` to `self`; when the outcome is an error, `self` is as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::{FixedString, Mappable};
    ///
    /// let mut name = FixedString::<4>::literal("west");
    /// assert!(name.assign("north").is_err());
    /// assert_eq!(name, "west");
    /// let mut number = 1u32;
    /// number.assign(2); // cannot fail, and returns nothing
    /// assert_eq!(number, 2);
    /// ```
    fn assign(&mut self, value: Self::Arg<'_>) -> Self::Output;

    /// Checks untrusted bytes, a private copy of `size_of::<Self>()` bytes from a file.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::{FixedOption, InvalidReason, Mappable};
    ///
    /// assert!(<FixedOption<u8>>::check(&[1, 0, 0, 0, 0, 0, 0, 0, 5]).is_ok());
    /// let invalid = <FixedOption<u8>>::check(&[3, 0, 0, 0, 0, 0, 0, 0, 5]).unwrap_err();
    /// assert_eq!(invalid.reason, InvalidReason::OptionTag { found: 3 });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Invalid`] with the offset of the first bad byte run and the reason.
    #[inline]
    fn check(bytes: &[u8]) -> Result<(), Invalid> {
        Self::SHAPE.check(bytes)
    }

    /// Writes the value into `image` at byte `at`, with zero padding and zero tails.
    ///
    /// The image holds an earlier encoding of the same type there, or zeros.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::{FixedString, Image, Mappable};
    ///
    /// let mut bytes = [0; 12];
    /// FixedString::<4>::literal("ab").encode(0, &mut Image::untracked(&mut bytes));
    /// assert_eq!(&bytes, b"\x02\0\0\0\0\0\0\0ab\0\0");
    /// ```
    #[inline]
    fn encode(&self, at: usize, image: &mut Image<'_>) {
        Self::SHAPE.encode(self, at, image);
    }

    /// Reads a field of this type; what a generated getter calls.
    #[doc(hidden)]
    #[inline]
    fn get_from<S: FieldSource>(source: &S, place: FieldPlace) -> Result<Self, S::Error> {
        let () = ByValue::<Self, S>::FIELD;
        source.field(place)
    }

    /// Sets a field of this type; what a generated setter calls.
    #[doc(hidden)]
    #[inline]
    fn set_in<S: FieldSink>(
        sink: &mut S,
        field: impl FnOnce(&mut S::Record) -> &mut Self,
        value: Self::Arg<'_>,
    ) -> Self::Output {
        let () = ByValue::<Self::Arg<'static>, S>::ARGUMENT;
        sink.set(field, value)
    }

    /// Checks the value of this type at byte `offset` of `bytes`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use commy_types as commy;
    /// use commy::{InvalidReason, Mappable};
    ///
    /// assert!(bool::check_at(&[7, 7, 1], 2).is_ok());
    /// let invalid = bool::check_at(&[7, 7, 1], 3).unwrap_err();
    /// assert_eq!(invalid.reason, InvalidReason::Missing { size: 1 });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Invalid`] with an offset relative to the start of `bytes`.
    #[inline]
    fn check_at(bytes: &[u8], offset: usize) -> Result<(), Invalid> {
        if !Self::NEEDS_CHECK {
            return Ok(());
        }
        let field = offset.checked_add(size_of::<Self>()).and_then(|end| bytes.get(offset..end));
        match field {
            Some(field) => Self::check(field).map_err(|invalid| invalid.shifted(offset)),
            None => Err(Invalid::new(offset, InvalidReason::Missing { size: size_of::<Self>() })),
        }
    }
}

/// What [`Mappable::assign`] returned: whether the value was taken.
///
/// # Examples
///
/// ```
/// use commy_types::{CapacityError, Outcome};
///
/// assert!(().is_done());
/// assert!(!Err::<(), _>(CapacityError { needed: 2, capacity: 1 }).is_done());
/// ```
pub trait Outcome: sealed::Sealed {
    /// Returns whether the value was assigned.
    fn is_done(&self) -> bool;
}

impl Outcome for () {
    #[inline]
    fn is_done(&self) -> bool {
        true
    }
}

impl<E> Outcome for Result<(), E> {
    #[inline]
    fn is_done(&self) -> bool {
        self.is_ok()
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for () {}
    impl<E> Sealed for Result<(), E> {}
}

/// A [`Mappable`] type that is plain old data at an alignment of at most 8, so that a container
/// of it has no padding and is [`bytemuck::Pod`] itself.
///
/// Implemented for integers up to 64 bits, floats, arrays and commy's containers of elements. A
/// blanket rule for every `Pod` type would be unsound: `FixedVec<u128, 1>` has eight bytes of
/// padding between length and data.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::{Element, FixedVec};
///
/// fn stored<T: Element, const N: usize>(vec: &FixedVec<T, N>) -> &[u8] {
///     bytemuck::bytes_of(vec)
/// }
///
/// let vec = FixedVec::<u16, 2>::literal(&[5]);
/// assert_eq!(stored(&vec), [1, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0]);
/// ```
///
/// # Safety
///
/// - `align_of::<Self>() <= 8`.
/// - The duties of [`Mappable`] and [`bytemuck::Pod`] hold.
#[allow(unsafe_code, reason = "declares the contract")]
pub unsafe trait Element: Mappable + bytemuck::Pod {}
