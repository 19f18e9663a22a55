//! The place where values are encoded before they replace what a field holds.
//!
//! A codec may fail half-way, and so may the user's `Serialize`, by an error or a panic. The field
//! must then be as it was, so bytes are made elsewhere: in memory that each thread keeps, because
//! a capacity may be more than a stack holds.
//!
//! What was filled is zeroed again, so a codec that counts too much publishes zeros and nothing of
//! another field.

use core::cell::Cell;

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

    fn fill(place: &mut [u8], len: usize) -> usize {
        place[..len].fill(1);
        len
    }
}
