//! Lengths in wincode's bytes that never declare more elements than there are bytes.

use core::cell::Cell;

use wincode::config::ConfigCore;
use wincode::io::{Reader, Writer};
use wincode::len::{BincodeLen, SeqLen};
use wincode::{ReadError, ReadResult, WriteResult};

thread_local! {
    /// How many bytes the running decode has. wincode hands no state to what reads a length.
    static LIMIT: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// Restores the limit of the decode around this one.
pub(super) struct Limit {
    outer: usize,
}

/// Limits lengths to `bytes` until the guard is dropped.
pub(super) fn limit_elements(bytes: usize) -> Limit {
    Limit { outer: LIMIT.replace(bytes) }
}

impl Drop for Limit {
    fn drop(&mut self) {
        LIMIT.set(self.outer);
    }
}

/// A length of eight bytes, as in bincode, of no more elements than the bytes could hold.
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
        let limit = LIMIT.get();
        if len > limit {
            return Err(refuse(len, limit));
        }
        Ok(len)
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
