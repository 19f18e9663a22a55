//! Waiting for the writer lock: a writer that takes over when the one before it has gone.

use core::time::Duration;
use std::time::Instant;

use crate::error::CreateError;

/// The shortest pause between two looks.
const SHORTEST: Duration = Duration::from_millis(1);
/// The longest one: half of it is how late a standby is on average.
const LONGEST: Duration = Duration::from_millis(20);
/// How long one waits before it asks whether the file would fit: who replaces it just now is done.
const FIRST_QUESTION: Duration = Duration::from_millis(100);
/// How often it asks again, because another file may be there.
const NEXT_QUESTION: Duration = Duration::from_secs(1);

/// Calls `create` until the file has no other writer, or until `timeout` is over. `fits` tells what a
/// writer would be refused for that got the lock now, as far as that can be seen without it.
///
/// Each look takes the lock or nothing. So a writer that lives is not disturbed, and of several that
/// wait one gets it.
///
/// # Errors
///
/// As `create` and `fits`; `WriterBusy` only when the time is over.
pub(crate) fn create_wait<W>(
    timeout: Duration,
    mut create: impl FnMut() -> Result<W, CreateError>,
    mut fits: impl FnMut() -> Result<(), CreateError>,
) -> Result<W, CreateError> {
    let started = Instant::now();
    // `None`: so late that it is never.
    let deadline = started.checked_add(timeout);
    let (mut pause, mut question) = (SHORTEST, FIRST_QUESTION);
    loop {
        let created = create();
        let left =
            deadline.map_or(Duration::MAX, |at| at.saturating_duration_since(Instant::now()));
        if left.is_zero() || !matches!(created, Err(CreateError::WriterBusy { .. })) {
            return created;
        }
        let waited = started.elapsed();
        if waited >= question {
            fits()?;
            question = waited + NEXT_QUESTION;
        }
        std::thread::sleep(pause.min(left));
        pause = (pause * 2).min(LONGEST);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn busy() -> CreateError {
        CreateError::busy(Path::new("later"))
    }

    /// How often a writer is tried to be made whose creation ends with `error`, and then not any more.
    fn tries(error: impl Fn() -> CreateError) -> u32 {
        let mut tries = 0;
        let create = || {
            tries += 1;
            if tries == 1 { Err(error()) } else { Ok(()) }
        };
        let created = create_wait(Duration::MAX, create, || Ok(()));
        assert_eq!(created.is_ok(), tries > 1);
        tries
    }

    #[test]
    fn only_another_writer_is_waited_for() {
        let path = || Path::new("later").to_path_buf();
        assert_eq!(tries(busy), 2);
        assert_eq!(tries(|| CreateError::Permission { path: path() }), 1);
        assert_eq!(tries(|| CreateError::StorageFull { path: path(), needed: 7 }), 1);
        assert_eq!(tries(|| CreateError::NotFound { path: path(), directory: path() }), 1);
    }

    #[test]
    fn a_wait_without_time_is_one_try_and_a_short_one_is_over() {
        for (timeout, most) in [(Duration::ZERO, 1), (Duration::from_millis(5), 6)] {
            let mut tries = 0;
            let create = || {
                tries += 1;
                Err::<(), _>(busy())
            };
            let refused = create_wait(timeout, create, || Ok(()));
            assert!(matches!(refused, Err(CreateError::WriterBusy { .. })));
            assert!((1..=most).contains(&tries), "{tries}");
        }
    }

    #[test]
    fn what_will_never_fit_is_refused_before_its_turn() {
        let denied = || Err(CreateError::Permission { path: Path::new("later").to_path_buf() });
        let refused = create_wait(Duration::MAX, || Err::<(), _>(busy()), denied);
        assert!(matches!(refused, Err(CreateError::Permission { .. })));
    }
}
