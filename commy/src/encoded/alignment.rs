//! Where the bytes of an `Encoded` may lie.
//!
//! `[A; 0]` in front of the bytes moves them to a multiple of 16 for `EncodedAligned`. That type is
//! not `Pod`, because its end can be padding.

/// The bytes of an [`Encoded`](super::Encoded) lie anywhere.
#[derive(Debug, Clone, Copy)]
pub struct Align1;

/// The bytes of an [`EncodedAligned`](super::EncodedAligned) lie at a multiple of 16.
#[derive(Debug, Clone, Copy)]
#[repr(align(16))]
pub struct Align16;

/// How the bytes of an [`Encoded`](super::Encoded) are aligned: [`Align1`] or [`Align16`].
///
/// # Examples
///
/// ```
/// use commy::encoded::{Align16, Alignment, Encoded, EncodedAligned};
///
/// fn alignment<T, C, const N: usize, A: Alignment>(_: &Encoded<T, C, N, A>) -> usize {
///     align_of::<A>()
/// }
///
/// assert_eq!(alignment(&Encoded::<String, (), 8>::new()), 1);
/// assert_eq!(alignment(&EncodedAligned::<String, (), 8>::new()), align_of::<Align16>());
/// ```
pub trait Alignment: sealed::Sealed + Copy + Send + Sync + 'static {}
impl Alignment for Align1 {}
impl Alignment for Align16 {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Align1 {}
    impl Sealed for super::Align16 {}
}
