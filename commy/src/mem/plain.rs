//! Values whose bytes in memory are those in the file.

use commy_types::Mappable;

/// A value whose bytes are its image.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plain<'a, T>(&'a T);

impl<'a, T: Mappable> Plain<'a, T> {
    /// The value, if all values of its type are like that.
    #[inline]
    pub(crate) fn of(value: &'a T) -> Option<Self> {
        T::PLAIN.then_some(Self(value))
    }

    #[inline]
    pub(super) const fn bytes(self) -> &'a [u8] {
        let bytes = core::ptr::from_ref(self.0).cast::<u8>();
        // SAFETY: a borrowed value without interior mutability; `PLAIN` says that none of its
        // bytes are padding, so all of them are initialised.
        unsafe { core::slice::from_raw_parts(bytes, size_of::<T>()) }
    }
}

/// Copies `from` to the begin of both others, piece by piece: a piece is still in the nearest cache
/// when it is copied for the second time.
#[inline(never)]
pub(super) fn copy_twice(from: &[u8], one: &mut [u8], other: &mut [u8]) {
    const PIECE: usize = 4096;
    for ((from, one), other) in
        from.chunks(PIECE).zip(one.chunks_mut(PIECE)).zip(other.chunks_mut(PIECE))
    {
        for to in [one, other] {
            to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        }
    }
}
