//! A reader that ends a decode which recurses too deeply.
//!
//! It ends a decode that has taken 256 KiB of stack, by a comparison with the stack pointer
//! (`sys/stack.rs`) at each read. Whatever recurses reads at each level, so the overshoot is one
//! level. Not the address of a variable: AddressSanitizer keeps variables elsewhere.

use core::mem::MaybeUninit;
use std::io::{Error, ErrorKind};

use wincode::io::{ReadError, ReadResult, Reader};

use crate::sys::stack_address;

/// How much stack a decode may take. wincode has no notion of depth, but whatever recurses through
/// it reads at each level, so a decode goes beyond this by the frames of one level at most.
const MAX_STACK: usize = 256 * 1024;

/// What stands for "too deep" among the errors of a reader, which has none for it. Reading from a
/// slice never fails in this way otherwise.
const TOO_DEEP: ErrorKind = ErrorKind::QuotaExceeded;

/// Reads from a slice, as long as it is called from near the place where it was made.
///
/// Its checks are as small as they can be, and what happens when one fails is kept apart: reads
/// that are inlined keep the slice in registers, which saves more than the checks cost.
pub(super) struct Shallow<'de> {
    bytes: &'de [u8],
    /// How far down the stack may reach.
    lowest: usize,
}

impl<'de> Shallow<'de> {
    #[inline]
    pub(super) fn new(bytes: &'de [u8]) -> Self {
        Self { bytes, lowest: stack_address().saturating_sub(MAX_STACK) }
    }

    /// Returns whether every byte was read.
    #[inline]
    pub(super) const fn is_at_end(&self) -> bool {
        self.bytes.is_empty()
    }

    #[inline(always)]
    fn is_too_deep(&self) -> bool {
        stack_address() < self.lowest
    }

    #[inline(always)]
    fn take(&mut self, len: usize) -> ReadResult<&'de [u8]> {
        match self.bytes.split_at_checked(len) {
            Some((taken, rest)) if !self.is_too_deep() => {
                self.bytes = rest;
                Ok(taken)
            }
            _ => Err(refuse(self.lowest, len)),
        }
    }
}

/// Returns whether a read was refused because of where it came from.
pub(super) fn is_too_deep(error: &wincode::ReadError) -> bool {
    matches!(error, wincode::ReadError::Io(ReadError::Io(error)) if error.kind() == TOO_DEEP)
}

/// Why a read of `len` bytes failed. Called from where it did, so the stack is no less deep here.
#[cold]
#[inline(never)]
fn refuse(lowest: usize, len: usize) -> ReadError {
    if stack_address() < lowest {
        ReadError::Io(Error::from(TOO_DEEP))
    } else {
        ReadError::ReadSizeLimit(len)
    }
}

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: what is returned was split off the slice, so it lives as long as the slice does and is
// not returned again. Destinations are filled by the slice's own reader, which keeps the contract.
unsafe impl<'de> Reader<'de> for Shallow<'de> {
    const BORROW_KINDS: u8 = <&'de [u8] as Reader<'de>>::BORROW_KINDS;

    #[inline]
    fn take_array<const N: usize>(&mut self) -> ReadResult<[u8; N]> {
        match self.bytes.split_first_chunk() {
            Some((taken, rest)) if !self.is_too_deep() => {
                self.bytes = rest;
                Ok(*taken)
            }
            _ => Err(refuse(self.lowest, N)),
        }
    }

    #[inline]
    fn take_borrowed(&mut self, len: usize) -> ReadResult<&'de [u8]> {
        self.take(len)
    }

    #[inline]
    fn take_scoped(&mut self, len: usize) -> ReadResult<&[u8]> {
        self.take(len)
    }

    #[inline]
    unsafe fn as_trusted_for(&mut self, len: usize) -> ReadResult<impl Reader<'de>> {
        if self.is_too_deep() {
            return Err(refuse(self.lowest, 0));
        }
        // SAFETY: the caller promises what the slice's reader asks for.
        unsafe { self.bytes.as_trusted_for(len) }
    }

    #[inline]
    fn copy_into_slice(&mut self, place: &mut [u8]) -> ReadResult<()> {
        if self.is_too_deep() {
            return Err(refuse(self.lowest, 0));
        }
        self.bytes.copy_into_slice(place)
    }

    #[inline]
    fn copy_into_uninit_slice(&mut self, place: &mut [MaybeUninit<u8>]) -> ReadResult<()> {
        if self.is_too_deep() {
            return Err(refuse(self.lowest, 0));
        }
        self.bytes.copy_into_uninit_slice(place)
    }
}
