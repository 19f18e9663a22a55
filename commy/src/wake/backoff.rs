//! How often somebody looks who cannot be woken.

use core::time::Duration;

/// Pauses that grow, so that a long wait costs little and a short one is short.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
    longest: Duration,
}

impl Backoff {
    const FIRST: Duration = Duration::from_micros(50);
    const LONGEST: Duration = Duration::from_millis(10);

    pub(crate) const fn new() -> Self {
        Self::up_to(Self::LONGEST)
    }

    /// The same with another longest pause.
    pub(crate) const fn up_to(longest: Duration) -> Self {
        Self { next: Self::FIRST, longest }
    }

    /// The next pause: each is twice as long as the one before, up to the longest, which is 10 ms
    /// unless said otherwise.
    pub(crate) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(self.longest);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_bound() {
        let mut backoff = Backoff::new();
        let pauses: Vec<_> = (0..12).map(|_| backoff.pause()).collect();
        assert!(pauses.is_sorted());
        assert_eq!(pauses[0], Backoff::FIRST);
        assert_eq!(pauses[11], Backoff::LONGEST);
    }
}
