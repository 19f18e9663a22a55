//! Waiting until a part of a record differs from what the caller knows, however often all of it is
//! published.
//!
//! What is picked by its place is compared as it is stored, byte by byte: a NaN is the same as an
//! equal one, and -0.0 is not 0.0. So a value that stays is never told again, whatever its type
//! holds to be equal.
//!
//! What a closure makes of a view has no bytes of its own, and is compared by `==`. By that a NaN
//! differs from itself, and who is told so at once would ask again at once. So a value that is not
//! equal to itself, where the one before was not either, counts as changed with the next publish, or
//! after [`RECHECK`]: it may have changed since the caller was told last.

use core::borrow::BorrowMut;
use core::mem;
use core::time::Duration;
use std::thread;
use std::time::Instant;

use commy_types::{Image, MAX_BY_VALUE, Mappable, Touched};

use crate::error::ReadError;
use crate::fields;
use crate::mem::{zeroed, zeroed_box};
use crate::reader::Reader;
use crate::record::FixedRecord;
use crate::untyped::{self, ReaderCore, WaitOutcome};
use crate::view::View;
use crate::wake::{Look, RECHECK};

/// A part of so many bytes is compared in memory of the stack.
const SMALL: usize = 256;

/// The pause after a read that was overtaken in all of its tries.
const AFTER_CONTENTION: Duration = Duration::from_micros(50);

/// Waiting for a part. Each publish is looked at, and only a change of the part ends the wait.
impl<T: FixedRecord> Reader<T> {
    /// Waits until the part of the record that `part` picks differs from `last`, at most for `timeout`;
    /// `last` is then the new value.
    ///
    /// Returns [`WaitOutcome::Newer`] with the generation that it was found in, at once if it differs
    /// already; `last` is as it was after any other outcome, and after an error. Before the first
    /// publish there is nothing to compare, so read once to know what is there, as by
    /// [`get_by`](Self::get_by). A value that changed and changed back between two looks is not told.
    ///
    /// Each publish wakes the thread, which copies the part and nothing else, and sleeps again. The
    /// time is that of the whole call, however often it wakes. Values are the same if they are stored
    /// alike: a NaN is equal to itself, -0.0 differs from 0.0, and what is behind the end of a text or
    /// vector does not count. A part of more than 256 bytes takes memory once per call.
    ///
    /// `part` picks as in [`get_by`](Self::get_by). For elements of vectors, several fields, or what is
    /// made of them, there is [`wait_changed_by`](Self::wait_changed_by).
    ///
    /// # Errors
    ///
    /// As [`snapshot`](Self::snapshot), but an empty file is waited for. After
    /// [`ReadError::Contended`] it reads on, and returns that when the time is over.
    ///
    /// # Panics
    ///
    /// As [`get_by`](Self::get_by).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// use commy::{Mappable, WaitOutcome, create_reader, create_writer};
    ///
    /// #[derive(Clone, Copy, Mappable)]
    /// #[repr(C)]
    /// struct Quote {
    ///     bid: f64,
    ///     ask: f64,
    /// }
    ///
    /// #[create_writer(filename = "market.bin")]
    /// #[create_reader(filename = "market.bin")]
    /// struct Market {
    ///     quotes: [Quote; 100],
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("market.bin");
    /// let mut market = MarketWriter::create_at(&path)?;
    /// market.set(|market| &mut market.quotes[7].bid, 1.25);
    ///
    /// let reader = MarketReader::open_at(&path)?;
    /// let mut bid = reader.get_by(|market| &market.quotes[7].bid)?;
    /// market.set(|market| &mut market.quotes[8].bid, 9.5); // not what is waited for
    /// let outcome = reader.wait_changed(|market| &market.quotes[7].bid, &mut bid, Duration::ZERO)?;
    /// assert_eq!((outcome, bid), (WaitOutcome::TimedOut, 1.25));
    ///
    /// market.set(|market| &mut market.quotes[7].bid, 1.5);
    /// let outcome = reader.wait_changed(|market| &market.quotes[7].bid, &mut bid, Duration::MAX)?;
    /// assert_eq!((outcome, bid), (WaitOutcome::Newer(3), 1.5));
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait_changed<F: Mappable, V: BorrowMut<F>>(
        &self,
        part: impl FnOnce(&T) -> &F,
        last: &mut V,
        timeout: Duration,
    ) -> Result<WaitOutcome, ReadError> {
        let (offset, last) = (self.place_of(part), last.borrow_mut());
        // In functions of their own: whichever is called, its frame holds what that one needs.
        if size_of::<F>() <= SMALL {
            self.wait_small(offset, last, timeout)
        } else if size_of::<F>() <= MAX_BY_VALUE {
            let mut bytes = vec![0; size_of::<F>()];
            self.wait_part(offset, last, timeout, &mut zeroed(), &mut bytes)
        } else {
            let mut bytes = vec![0; size_of::<F>()];
            self.wait_part(offset, last, timeout, &mut *zeroed_box(), &mut bytes)
        }
    }

    #[inline(never)]
    fn wait_small<F: Mappable>(
        &self,
        offset: usize,
        last: &mut F,
        timeout: Duration,
    ) -> Result<WaitOutcome, ReadError> {
        let mut bytes = [0; SMALL];
        let bytes = bytes.get_mut(..size_of::<F>()).unwrap_or_default();
        self.wait_part(offset, last, timeout, &mut zeroed(), bytes)
    }

    /// Waits for the part at byte `offset`. `bytes` are zero, as many as it has.
    fn wait_part<F: Mappable>(
        &self,
        offset: usize,
        last: &mut F,
        timeout: Duration,
        new: &mut F,
        bytes: &mut [u8],
    ) -> Result<WaitOutcome, ReadError> {
        last.encode(0, &mut Image::untracked(bytes));
        wait_part(self.core(), timeout, || {
            let generation = fields::field_noted::<T, F>(self, offset, new)?;
            let mut touched = Touched::new();
            new.encode(0, &mut Image::new(bytes, &mut touched));
            if touched.is_empty() {
                return Ok((generation, Compared::Same));
            }
            mem::swap(last, new);
            Ok((generation, Compared::Different))
        })
    }

    /// Waits until what `read` makes of the record differs from `last`, at most for `timeout`; `last` is
    /// then the new value.
    ///
    /// For what a path cannot pick: elements of vectors, several fields, sums. `read` is called with a
    /// view of each generation that is looked at, as by [`read`](Self::read), and copies what it asks
    /// for. The rest is as with [`wait_changed`](Self::wait_changed), but values are compared by `==`:
    /// -0.0 is equal to 0.0.
    ///
    /// By that, a value with a NaN differs from itself. Where both values are such, it counts as changed
    /// with each publish, and else after 100 ms or when the time is over: nothing is missed, and no loop
    /// takes a whole processor. `last` is then the newest value also when the file was closed or superseded.
    /// `to_bits` of a number tells exactly.
    ///
    /// # Errors
    ///
    /// What `read` returns for a generation that lasted, or as [`wait_changed`](Self::wait_changed).
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// use commy::{FixedVec, WaitOutcome, create_reader, create_writer};
    ///
    /// #[create_writer(filename = "prices.bin")]
    /// #[create_reader(filename = "prices.bin")]
    /// struct Prices {
    ///     prices: FixedVec<u64, 1000>,
    ///     open: bool,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("prices.bin");
    /// let mut writer = PricesWriter::create_at(&path)?;
    /// let reader = PricesReader::open_at(&path)?;
    /// writer.try_update(|it| it.prices.extend_from_slice(&[10, 20, 30]))?;
    ///
    /// let mut last = None; // nothing is known yet
    /// let price = |outcome: WaitOutcome, last| outcome.is_newer().then_some(last);
    /// let outcome = reader.wait_changed_by(|it| it.prices_at(2), &mut last, Duration::MAX)?;
    /// assert_eq!(price(outcome, last), Some(Some(30)));
    /// writer.set_open(true);
    /// let outcome = reader.wait_changed_by(|it| it.prices_at(2), &mut last, Duration::ZERO)?;
    /// assert_eq!(outcome, WaitOutcome::TimedOut);
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait_changed_by<R: PartialEq>(
        &self,
        mut read: impl FnMut(View<'_, T>) -> Result<R, ReadError>,
        last: &mut R,
        timeout: Duration,
    ) -> Result<WaitOutcome, ReadError> {
        wait_part(self.core(), timeout, || {
            let read = |view: View<'_, T>| Ok((view.file().generation(), read(view)?));
            let (generation, new) = self.read(read)?;
            Ok((generation, compare(last, new)))
        })
    }
}

/// What a look at a part has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compared {
    Same,
    Different,
    /// Neither the new value nor the one before is equal to itself.
    Unlike,
}

/// Compares `new` with `last`, which it becomes unless they are the same.
pub(crate) fn compare<R: PartialEq>(last: &mut R, new: R) -> Compared {
    fn is_like_itself<R: PartialEq>(value: &R) -> bool {
        PartialEq::eq(value, value)
    }
    if new == *last {
        return Compared::Same;
    }
    let is_unlike = !is_like_itself(&new) && !is_like_itself(last);
    *last = new;
    if is_unlike { Compared::Unlike } else { Compared::Different }
}

/// Calls `look` for each generation that is found, until it tells of a change; at most for `timeout`,
/// however many publishes there are. `look` also tells which generation it has read.
///
/// What is there at once costs no system call, not even for the time.
///
/// # Errors
///
/// As `look`; after `Contended` and `Evicted`, only when the time is over.
pub(crate) fn wait_part(
    reader: &ReaderCore,
    timeout: Duration,
    mut look: impl FnMut() -> Result<(u64, Compared), ReadError>,
) -> Result<WaitOutcome, ReadError> {
    let mut started = None;
    // What was looked at, and where a value was found that is not equal to itself.
    let (mut seen, mut unlike) = (0, None);
    // Why the latest could not be looked at.
    let mut unread = None;
    loop {
        let left = started.map(|started: Instant| timeout.saturating_sub(started.elapsed()));
        let is_over = left.is_some_and(|left| left.is_zero());
        let outcome = match untyped::look(reader, seen) {
            // A writer that publishes without a pause does not prolong the time.
            Look::Over(WaitOutcome::Newer(_)) | Look::NotYet { .. } if is_over => match unread {
                Some(error) => return Err(error),
                None => WaitOutcome::TimedOut,
            },
            Look::Over(outcome) => outcome,
            Look::NotYet { .. } => {
                let _ = started.get_or_insert_with(Instant::now);
                let left = left.unwrap_or(timeout);
                let left = if unlike.is_some() { left.min(RECHECK) } else { left };
                untyped::wait_newer(reader, seen, left)
            }
        };
        match (outcome, unlike) {
            (WaitOutcome::Newer(_), _) => {}
            (WaitOutcome::TimedOut, Some(generation)) => {
                return Ok(WaitOutcome::Newer(generation));
            }
            _ => return Ok(outcome),
        }
        match look() {
            Ok((generation, Compared::Different)) => return Ok(WaitOutcome::Newer(generation)),
            Ok((generation, Compared::Unlike)) if unlike.is_some() => {
                return Ok(WaitOutcome::Newer(generation));
            }
            Ok((generation, Compared::Unlike)) => {
                (seen, unlike, unread) = (generation, Some(generation), None);
            }
            Ok((generation, Compared::Same)) => (seen, unread) = (generation, None),
            // It may be read the next time, of whatever generation.
            Err(error @ (ReadError::Contended { .. } | ReadError::Evicted { .. })) => {
                unread = Some(error);
                thread::sleep(AFTER_CONTENTION);
            }
            Err(error) => return Err(error),
        }
        // Only who goes on asks for the time.
        let _ = started.get_or_insert_with(Instant::now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_not_equal_to_itself_is_told_apart_from_a_change() {
        let mut last = (f64::NAN, 1);
        assert_eq!(compare(&mut last, (f64::NAN, 2)), Compared::Unlike);
        assert_eq!(last.1, 2);
        assert_eq!(compare(&mut last, (0.0, 2)), Compared::Different);
        assert_eq!(compare(&mut last, (-0.0, 2)), Compared::Same);
        assert!(last.0.is_sign_positive(), "what is the same stays as it is");
        assert_eq!(compare(&mut last, (f64::NAN, 2)), Compared::Different);
    }
}
