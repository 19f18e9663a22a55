//! Elements of a deque of which nothing is known but the bytes that each takes.

use core::ops::Range;

use super::layout::Deque;
use crate::growable::at::At;
use crate::growable::cell::list::nodes::each_run;
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;

/// How many elements the deque has whose cell is here.
///
/// # Errors
///
/// `Corrupt` for a cell that makes no sense.
pub(crate) fn len(snap: &Snap<'_>, at: At, stride: usize) -> Result<u64, Fault> {
    Ok(Deque::read(snap, at, stride)?.len)
}

/// Calls `read` with the place of each run of elements of a range, and how many they are.
///
/// # Errors
///
/// What `read` returns; `Corrupt` for a deque that makes no sense, or has fewer elements.
pub(crate) fn each(
    snap: &Snap<'_>,
    at: At,
    stride: usize,
    range: Range<u64>,
    read: &mut dyn FnMut(At, usize) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let deque = Deque::read(snap, at, stride)?;
    deque.expect_to(range.end)?;
    if range.is_empty() {
        return Ok(());
    }
    snap.spend((range.end - range.start).saturating_mul(stride as u64), 0)?;
    snap.deeper(stride, || each_run(snap, deque.list(), deque.places(range), stride, read))
}
