//! The place where values are encoded before they replace what a field holds.
//!
//! A codec may fail half-way, and so may the user's `Serialize`, by an error or a panic. The field
//! must then be as it was, so bytes are made elsewhere: in memory that each thread keeps, because
//! a capacity may be more than a stack holds.
//!
//! What was filled is zeroed again, so a codec that counts too much publishes zeros and nothing of
//! another field.

use core::cell::Cell;

use super::EncodeError;

thread_local! {
    /// As large as the largest field that this thread has set. What a codec filled is zeroed again,
    /// so that one that counts too much publishes zeros and nothing of another field.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Calls `fill` with `capacity` zero bytes, and `take` with as many of them as it says it filled.
///
/// Allocates only when this thread never asked for so much before, or asks from inside `fill`.
#[inline]
pub(super) fn with<R, E>(
    capacity: usize,
    fill: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    take: impl FnOnce(&[u8]) -> R,
) -> Result<R, E> {
    // Taken out of its cell: `fill` runs code of the user that may come back here. A panic there
    // drops it.
    let mut scratch = SCRATCH.try_with(Cell::take).unwrap_or_default();
    if scratch.len() < capacity {
        scratch.resize(capacity, 0);
    }
    let place = scratch.get_mut(..capacity).unwrap_or_default();
    let result = match fill(place) {
        Ok(len) => {
            let filled = place.get_mut(..len).unwrap_or_default();
            let taken = take(filled);
            filled.fill(0);
            Ok(taken)
        }
        Err(error) => {
            place.fill(0);
            Err(error)
        }
    };
    // A thread that is ending keeps nothing.
    let _ = SCRATCH.try_with(|cell| cell.set(scratch));
    result
}

/// The first place for a value of which nobody knows how long it is.
const FIRST: usize = 4096;
/// What a thread keeps at most of a place that such a value took.
const KEPT: usize = 1 << 20;
/// No value is longer: its length has four bytes, and no allocation may be larger than an `isize` counts.
const LONGEST: usize =
    if usize::BITS > u32::BITS { u32::MAX as usize } else { isize::MAX.unsigned_abs() };

/// Calls `fill` with some bytes, then with as many as it says it needs, and `take` with those that it
/// says it filled.
///
/// # Errors
///
/// What `fill` returns; `Full` if it needs more than a value may have.
pub(super) fn of_any_length<R, E>(
    mut fill: impl FnMut(&mut [u8]) -> Result<usize, EncodeError<E>>,
    take: impl FnOnce(&[u8]) -> R,
) -> Result<R, EncodeError<E>> {
    let mut scratch = SCRATCH.try_with(Cell::take).unwrap_or_default();
    if scratch.len() < FIRST {
        scratch.resize(FIRST, 0);
    }
    let result = loop {
        let needed = match fill(&mut scratch) {
            Ok(len) if len <= scratch.len() => break Ok(len),
            Ok(needed) | Err(EncodeError::Full { needed, .. }) => needed,
            Err(error) => break Err(error),
        };
        if needed > LONGEST || scratch.len() == LONGEST {
            break Err(EncodeError::Full { needed, capacity: LONGEST });
        }
        // Twice as much at least: a value may have become longer in between.
        scratch = vec![0; needed.max(scratch.len().saturating_mul(2)).min(LONGEST)];
    };
    let taken = match result {
        Ok(len) => {
            let filled = scratch.get_mut(..len).unwrap_or_default();
            let taken = take(filled);
            filled.fill(0);
            Ok(taken)
        }
        Err(error) => {
            scratch.fill(0);
            Err(error)
        }
    };
    if scratch.len() <= KEPT {
        let _ = SCRATCH.try_with(|cell| cell.set(scratch));
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zeros(capacity: usize) -> Result<bool, ()> {
        with(capacity, |place| Ok(place.len()), |place| place.iter().all(|byte| *byte == 0))
    }

    #[test]
    fn the_scratch_is_zero_whatever_happened_before() {
        with(8, |place| Ok::<_, ()>(fill(place, 8)), |_| ()).unwrap();
        assert_eq!(zeros(8), Ok(true));
        with(8, |place| Err::<usize, _>(fill(place, 3)), |_| ()).unwrap_err();
        assert_eq!(zeros(16), Ok(true));
    }

    #[test]
    fn a_use_inside_a_use_has_a_place_of_its_own() {
        let outer = with(
            4,
            |place| {
                fill(place, 4);
                assert_eq!(zeros(4), Ok(true));
                Ok::<_, ()>(4)
            },
            <[u8]>::to_vec,
        );
        assert_eq!(outer, Ok(vec![1; 4]));
    }

    /// Fills as many bytes as there are to be, or says how many.
    fn fill_any(place: &mut [u8], len: usize) -> Result<usize, EncodeError<()>> {
        match place.get_mut(..len) {
            Some(filled) => Ok(fill(filled, len)),
            None => Err(EncodeError::Full { needed: len, capacity: place.len() }),
        }
    }

    #[test]
    fn a_value_of_any_length_finds_room_and_leaves_zeros() {
        for len in [0, 1, FIRST, FIRST + 1, KEPT, KEPT + 1, 3 * KEPT] {
            let taken = of_any_length(|place| fill_any(place, len), <[u8]>::to_vec);
            assert_eq!(taken, Ok(vec![1; len]));
            assert_eq!(zeros(KEPT), Ok(true));
        }
        let refused = of_any_length(
            |place| {
                place.fill(1);
                Err::<usize, _>(EncodeError::Codec("no"))
            },
            |_| (),
        );
        assert_eq!(refused, Err(EncodeError::Codec("no")));
        assert_eq!(zeros(KEPT), Ok(true));
    }

    #[test]
    fn a_codec_that_counts_wrong_ends_all_the_same() {
        let mut lengths = Vec::new();
        let asks_for_one_more = of_any_length(
            |place| {
                lengths.push(place.len());
                let needed = place.len() + 1;
                if needed > 1 << 23 { Ok(1) } else { Ok::<_, EncodeError<()>>(needed) }
            },
            <[u8]>::len,
        );
        assert_eq!(asks_for_one_more, Ok(1));
        assert!(lengths.windows(2).all(|two| two[1] >= 2 * two[0]), "{lengths:?}");
        let too_long = EncodeError::<()>::Full { needed: LONGEST + 1, capacity: 0 };
        let refused = of_any_length(|_| Err(too_long), |_| ());
        assert_eq!(refused, Err(EncodeError::Full { needed: LONGEST + 1, capacity: LONGEST }));
    }

    fn fill(place: &mut [u8], len: usize) -> usize {
        place[..len].fill(1);
        len
    }
}
