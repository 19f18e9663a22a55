//! Single elements of the deques in a record.
//!
//! Where they are depends on the head, so head, length and elements are loaded together: they are of
//! one generation. While the writer overtakes, the head can be anything: it is a part of this copy like
//! the elements, and discarded with them.

use commy_types::deque::Ring;
use commy_types::{Indexed, Invalid, InvalidReason, Mappable};

use super::invalid_field;
use crate::error::ReadError;
use crate::mem::{Arrival, ArrivalsInto, load_pod};
use crate::sync::AtomicU64;
use crate::untyped::Load;

/// The head and the length of a deque, as they are stored.
type Prefix = [u8; 8];

/// Which elements are read of those that are there.
#[derive(Debug, Clone, Copy)]
pub(super) enum Start {
    /// From this one on.
    At(usize),
    /// The last ones.
    FromTheEnd,
}

impl Start {
    /// Of a ring, no more than there is room for.
    #[inline]
    fn part(self, ring: Ring, room: usize) -> Ring {
        let (start, end) = match self {
            Self::At(from) => (from.min(ring.len()), from.saturating_add(room).min(ring.len())),
            Self::FromTheEnd => (ring.len().saturating_sub(room), ring.len()),
        };
        ring.part(start..end)
    }
}

/// How many elements the deque at byte `offset` has.
#[inline]
pub(super) fn len<T: Mappable, S: Indexed>(
    source: &impl Load,
    offset: usize,
) -> Result<usize, ReadError> {
    let mut prefix = None;
    source.load(|payload| prefix = load_prefix(payload, offset))?;
    checked::<T, S>(offset, prefix).map(Ring::len)
}

/// What is at byte `within` of element `index` of the deque at byte `offset`, if there is such an
/// element; `None` for a deque without cells.
#[inline]
pub(super) fn part_at<T: Mappable, S: Indexed, F: Mappable>(
    source: &impl Load,
    offset: usize,
    index: usize,
    within: Option<usize>,
) -> Result<Option<F>, ReadError> {
    let (mut prefix, mut at, mut element) = (None, None, Arrival::<F>::new());
    source.load(|payload| {
        prefix = load_prefix(payload, offset);
        let ring = found::<S>(prefix);
        at = within.filter(|_| index < ring.len());
        at = at.map(|within| place_of::<S>(offset, ring.cell(index)) + within);
        if let Some(at) = at {
            element.load(payload, at);
        }
    })?;
    checked::<T, S>(offset, prefix)?;
    let Some(at) = at else { return Ok(None) };
    element.check(|invalid| invalid_field::<T>(at, invalid)).map(Some)
}

/// Puts elements of the deque at byte `offset` into `target`, from `start` on: as many as are there and
/// as `target` holds. Returns how many.
#[inline]
pub(super) fn range_into<T: Mappable, S: Indexed>(
    source: &impl Load,
    offset: usize,
    start: Start,
    target: &mut [S::Item],
) -> Result<usize, ReadError> {
    let (mut prefix, room) = (None, target.len());
    let mut arrivals = ArrivalsInto::new(target);
    source.load(|payload| {
        prefix = load_prefix(payload, offset);
        let cells = start.part(found::<S>(prefix), room).ranges();
        let runs = cells.map(|cells| (place_of::<S>(offset, cells.start), cells.len()));
        arrivals.load_runs(payload, runs);
    })?;
    let part = start.part(checked::<T, S>(offset, prefix)?, room);
    arrivals.check().map_err(|invalid| {
        let size = size_of::<S::Item>().max(1);
        let place = place_of::<S>(offset, part.cell(invalid.offset / size));
        invalid_field::<T>(place, Invalid::new(invalid.offset % size, invalid.reason))
    })
}

/// Head and length at byte `offset`, if the payload has them there.
#[inline]
fn load_prefix(payload: &[AtomicU64], offset: usize) -> Option<Prefix> {
    let mut stored = [0; 8];
    load_pod(payload, offset, &mut stored).then_some(stored)
}

/// The ring that one try has found, whatever it is: one that cannot be is refused when it is known to
/// be of one generation.
#[inline]
fn found<S: Indexed>(prefix: Option<Prefix>) -> Ring {
    Ring::of(prefix.unwrap_or_default(), S::CAPACITY)
}

/// The same, if it can be one.
#[inline]
fn checked<T: Mappable, S: Indexed>(
    offset: usize,
    prefix: Option<Prefix>,
) -> Result<Ring, ReadError> {
    let missing = InvalidReason::Missing { size: size_of::<S>() };
    let ring = prefix.ok_or(Invalid::new(0, missing));
    let ring = ring.and_then(|prefix| Ring::checked(prefix, S::CAPACITY));
    ring.map_err(|invalid| invalid_field::<T>(offset, invalid))
}

/// Where the cell is in the record: there is one, which is at most behind the last one.
#[inline]
fn place_of<S: Indexed>(offset: usize, cell: usize) -> usize {
    offset + S::FIRST + cell * size_of::<S::Item>()
}
