//! A reader that ends a decode which recurses too deeply.

use core::mem::MaybeUninit;

use wincode::io::{ReadError, ReadResult, Reader};

/// How much stack a decode may take. wincode has no notion of depth, but whatever recurses through
/// it reads at each level.
const MAX_STACK: usize = 256 * 1024;

/// Reads from a slice, as long as it is called from near the place where it was made.
pub(super) struct Shallow<'de> {
    bytes: &'de [u8],
    /// Where the stack was when the decode began.
    start: usize,
    is_too_deep: bool,
}

impl<'de> Shallow<'de> {
    pub(super) fn new(bytes: &'de [u8]) -> Self {
        Self { bytes, start: stack_address(), is_too_deep: false }
    }

    /// Returns whether a read was refused because of where it came from.
    pub(super) const fn is_too_deep(&self) -> bool {
        self.is_too_deep
    }

    /// Returns whether every byte was read.
    pub(super) const fn is_at_end(&self) -> bool {
        self.bytes.is_empty()
    }

    #[inline]
    fn check_depth(&mut self) -> ReadResult<()> {
        if stack_address().abs_diff(self.start) > MAX_STACK {
            self.is_too_deep = true;
            return Err(ReadError::ReadSizeLimit(0));
        }
        Ok(())
    }
}

/// About where the stack ends now.
#[inline(always)]
fn stack_address() -> usize {
    let here = 0u8;
    core::ptr::from_ref(core::hint::black_box(&here)).addr()
}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: each read that succeeds is one of the slice's own reader, which keeps the contract: the
// whole destination is filled, borrowed bytes live as long as the slice.
unsafe impl<'de> Reader<'de> for Shallow<'de> {
    const BORROW_KINDS: u8 = <&'de [u8] as Reader<'de>>::BORROW_KINDS;

    #[inline]
    fn take_array<const N: usize>(&mut self) -> ReadResult<[u8; N]> {
        self.check_depth()?;
        self.bytes.take_array()
    }

    #[inline]
    fn take_borrowed(&mut self, len: usize) -> ReadResult<&'de [u8]> {
        self.check_depth()?;
        self.bytes.take_borrowed(len)
    }

    #[inline]
    fn take_scoped(&mut self, len: usize) -> ReadResult<&[u8]> {
        self.check_depth()?;
        self.bytes.take_scoped(len)
    }

    #[inline]
    unsafe fn as_trusted_for(&mut self, len: usize) -> ReadResult<impl Reader<'de>> {
        self.check_depth()?;
        // SAFETY: the caller promises what the slice's reader asks for.
        unsafe { self.bytes.as_trusted_for(len) }
    }

    #[inline]
    fn copy_into_slice(&mut self, place: &mut [u8]) -> ReadResult<()> {
        self.check_depth()?;
        self.bytes.copy_into_slice(place)
    }

    #[inline]
    fn copy_into_uninit_slice(&mut self, place: &mut [MaybeUninit<u8>]) -> ReadResult<()> {
        self.check_depth()?;
        self.bytes.copy_into_uninit_slice(place)
    }
}
