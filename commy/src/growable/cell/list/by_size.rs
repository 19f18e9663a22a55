//! Elements of a list of which nothing is known but the bytes that each takes.

use core::ops::Range;

use super::layout::List;
use super::nodes::each_run;
use crate::growable::at::At;
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;

/// How many elements the list has whose cell is here.
///
/// # Errors
///
/// `Corrupt` for a cell that makes no sense.
pub(crate) fn len(snap: &Snap<'_>, at: At, stride: usize) -> Result<u64, Fault> {
    Ok(List::read(snap, at, stride)?.len)
}

/// Calls `read` with the place of each run of elements of a range, and how many they are.
///
/// # Errors
///
/// What `read` returns; `Corrupt` for a list that makes no sense, or has fewer elements.
pub(crate) fn each(
    snap: &Snap<'_>,
    at: At,
    stride: usize,
    range: Range<u64>,
    read: &mut dyn FnMut(At, usize) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let list = List::read(snap, at, stride)?;
    list.expect_to(range.end)?;
    if range.is_empty() {
        return Ok(());
    }
    snap.spend((range.end - range.start).saturating_mul(stride as u64), 0)?;
    snap.deeper(stride, || each_run(snap, list, range, stride, read))
}
