//! Lengths in wincode's bytes that never declare more elements than the bytes can stand for.
//!
//! wincode is not serde, and has no notion of depth or of how many bytes there are. Each declared
//! length is taken from a budget of the running decode, which is that of the guard.

use core::cell::Cell;

use wincode::config::ConfigCore;
use wincode::io::{Reader, Writer};
use wincode::len::{BincodeLen, SeqLen};
use wincode::{ReadError, ReadResult, WriteResult};

use crate::encoded::ELEMENTS_WITHOUT_BYTES;

thread_local! {
    /// What the running decode may still declare. wincode hands no state to what reads a length.
    static BUDGET: Budget = const { Budget { bytes: Cell::new(NONE), elements: Cell::new(NONE) } };
}

/// Outside of decodes nobody knows how many bytes there are.
const NONE: usize = usize::MAX;

/// How many elements the sequences of a value may have.
///
/// An element that takes bytes has one at least that no other element is counted for, be it in the
/// length of a sequence inside it, so a value that was encoded always has enough of it.
struct Budget {
    /// How many bytes there are: the most that one sequence may have, because memory is taken for
    /// all of its elements at once.
    bytes: Cell<usize>,
    /// What is left for all sequences together.
    elements: Cell<usize>,
}

impl Budget {
    /// Takes a sequence of `len` elements, each of `size` bytes in memory, or returns how
    /// many bytes there are.
    #[inline]
    fn take(&self, len: usize, size: usize) -> Result<(), usize> {
        let (bytes, elements) = (self.bytes.get(), self.elements.get());
        match elements.checked_sub(len) {
            _ if elements == NONE => Ok(()),
            Some(left) if len <= bytes || size == 0 => {
                self.elements.set(left);
                Ok(())
            }
            _ => Err(bytes),
        }
    }

    /// Makes it one of so many bytes and elements, and returns what it was.
    fn replace(&self, (bytes, elements): (usize, usize)) -> (usize, usize) {
        (self.bytes.replace(bytes), self.elements.replace(elements))
    }
}

/// Restores the budget of the decode around this one.
pub(super) struct Limit {
    outer: (usize, usize),
}

/// Limits lengths to what `bytes` can stand for, until the guard is dropped.
pub(super) fn limit_elements(bytes: usize) -> Limit {
    let elements = bytes.saturating_add(ELEMENTS_WITHOUT_BYTES);
    Limit { outer: BUDGET.with(|budget| budget.replace((bytes, elements))) }
}

impl Drop for Limit {
    fn drop(&mut self) {
        BUDGET.with(|budget| budget.replace(self.outer));
    }
}

/// A length of eight bytes, as in bincode, which is taken from what the value may have in all.
///
/// # Examples
///
/// It is part of [`WincodeConfig`](super::WincodeConfig) and not named otherwise.
#[derive(Debug)]
pub struct Declared;

#[allow(unsafe_code, reason = "the contract of the trait")]
#[allow(single_use_lifetimes, reason = "`impl Trait` takes no anonymous lifetime")]
// SAFETY: reading, writing and the number of bytes needed are those of `BincodeLen`; what is
// overridden only refuses more.
unsafe impl<C: ConfigCore> SeqLen<C> for Declared
where
    BincodeLen: SeqLen<C>,
{
    #[inline]
    fn read_prealloc_check<'de, T>(reader: impl Reader<'de>) -> ReadResult<usize> {
        let len = <Self as SeqLen<C>>::read(reader)?;
        match BUDGET.with(|budget| budget.take(len, size_of::<T>())) {
            Ok(()) => Ok(len),
            Err(limit) => Err(refuse(len, limit)),
        }
    }

    #[inline]
    fn read<'de>(reader: impl Reader<'de>) -> ReadResult<usize> {
        <BincodeLen as SeqLen<C>>::read(reader)
    }

    #[inline]
    fn write(writer: impl Writer, len: usize) -> WriteResult<()> {
        <BincodeLen as SeqLen<C>>::write(writer, len)
    }

    #[inline]
    fn write_bytes_needed_prealloc_check<T>(len: usize) -> WriteResult<usize> {
        <BincodeLen as SeqLen<C>>::write_bytes_needed(len)
    }

    #[inline]
    fn write_bytes_needed(len: usize) -> WriteResult<usize> {
        <BincodeLen as SeqLen<C>>::write_bytes_needed(len)
    }
}

/// Apart, so that reading a length stays small enough to be inlined.
#[cold]
#[inline(never)]
fn refuse(needed: usize, limit: usize) -> ReadError {
    ReadError::PreallocationSizeLimit { needed, limit }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoded::WincodeConfig;

    fn read<T>(len: u64) -> Option<usize> {
        let bytes = len.to_le_bytes();
        <Declared as SeqLen<WincodeConfig>>::read_prealloc_check::<T>(&mut &bytes[..]).ok()
    }

    #[test]
    fn a_decode_inside_a_decode_has_a_budget_of_its_own() {
        let outer = limit_elements(8);
        assert_eq!(read::<u8>(9), None);
        assert_eq!(read::<u8>(8), Some(8));
        let inner = limit_elements(16);
        assert_eq!(read::<()>(16 + 1024), Some(16 + 1024));
        assert_eq!(read::<u8>(1), None);
        drop(inner);
        assert_eq!(read::<()>(1025), None);
        assert_eq!(read::<()>(1024), Some(1024));
        assert_eq!(read::<()>(1), None);
        drop(outer);
        // Outside of decodes nothing is taken from anything.
        for _ in 0..2 {
            assert_eq!(read::<u8>(u64::MAX / 2 + 2), Some(usize::MAX / 2 + 2));
        }
    }
}
