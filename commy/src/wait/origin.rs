//! Where a waiter takes values from, and which of them it has passed on.

use core::time::Duration;

use crate::error::ReadError;
use crate::untyped::{self, ReaderCore, WaitOutcome};
use crate::wake::Look;

/// What a waiter takes values from: a reader, whatever its record is.
pub(crate) trait Origin {
    /// What is given out.
    type Value;

    fn untyped(&self) -> &ReaderCore;

    /// Takes the latest value, and notes its generation in `taken`: a value in a pair is moved once
    /// more, which takes its size of the stack.
    ///
    /// # Errors
    ///
    /// As for whoever reads; after [`ReadError::Contended`] the same generation is asked for again.
    fn take(&self, taken: &mut u64) -> Result<Self::Value, ReadError>;
}

/// A reader that knows which generation it has passed on.
#[derive(Debug)]
pub(crate) struct Cursor<O> {
    origin: O,
    /// 0 before the first.
    pub(super) seen: u64,
}

impl<O: Origin> Cursor<O> {
    /// A cursor in front of everything.
    pub(super) const fn new(origin: O) -> Self {
        Self { origin, seen: 0 }
    }

    pub(super) fn untyped(&self) -> &ReaderCore {
        self.origin.untyped()
    }

    /// What values are taken from.
    pub(super) const fn origin(&self) -> &O {
        &self.origin
    }

    /// Looks whether a wait for what was not passed on yet is over.
    pub(super) fn look(&self) -> Look<WaitOutcome> {
        untyped::look(self.untyped(), self.seen)
    }

    /// Waits until it is.
    pub(super) fn wait(&self) -> WaitOutcome {
        untyped::wait_newer(self.untyped(), self.seen, Duration::MAX)
    }

    /// Takes `generation` or a later one, and goes on behind it.
    pub(crate) fn take(&mut self, generation: u64) -> Result<O::Value, ReadError> {
        self.take_by(generation, O::take)
    }

    /// The same with what `copy` takes; it also notes which generation that is.
    pub(super) fn take_by<V>(
        &mut self,
        generation: u64,
        copy: impl FnOnce(&O, &mut u64) -> Result<V, ReadError>,
    ) -> Result<V, ReadError> {
        let mut taken = generation;
        let copied = copy(&self.origin, &mut taken);
        match &copied {
            Ok(_) => self.seen = taken,
            // The value is still to be had.
            Err(ReadError::Contended { .. }) => {}
            // It is what it is: who asks again shall not get it again and again.
            Err(_) => self.seen = generation,
        }
        copied
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes this.
    struct Fixed(Result<(u64, &'static str), ReadError>);

    impl Origin for Fixed {
        type Value = &'static str;

        fn untyped(&self) -> &ReaderCore {
            unreachable!("nobody waits")
        }

        fn take(&self, taken: &mut u64) -> Result<&'static str, ReadError> {
            let (generation, value) = self.0.clone()?;
            *taken = generation;
            Ok(value)
        }
    }

    /// What asking for generation 3 gives, and which generation is passed on by it.
    fn taken(
        found: Result<(u64, &'static str), ReadError>,
    ) -> (Result<&'static str, ReadError>, u64) {
        let mut cursor = Cursor { origin: Fixed(found), seen: 2 };
        let taken = cursor.take(3);
        (taken, cursor.seen)
    }

    #[test]
    fn what_was_taken_is_passed_on_and_not_what_was_asked_for() {
        assert_eq!(taken(Ok((3, "three"))), (Ok("three"), 3));
        assert_eq!(taken(Ok((7, "seven"))), (Ok("seven"), 7));
    }

    #[test]
    fn an_error_is_told_once_unless_the_value_is_still_to_be_had() {
        let contended = ReadError::Contended { tries: 64 };
        assert_eq!(taken(Err(contended.clone())), (Err(contended), 2));
        let refused = ReadError::PinRefused { reason: "no locks".into() };
        for error in [refused, ReadError::Forked, ReadError::NeedsWriter] {
            assert_eq!(taken(Err(error.clone())), (Err(error), 3));
        }
    }
}
