//! Waiting for a newer generation, whatever the record is.

use core::time::Duration;
use std::time::Instant;

use super::{ReaderCore, WaitOutcome};
use crate::file::OpenedReader;
use crate::format::State;
use crate::wake::{Backoff, Look, RECHECK};

/// Sleeps until `look` finds something, which is returned, or until `timeout` is over, which is
/// `None`. What is there at once costs no system call, not even for the time.
///
/// A file that was replaced or removed without a mark is noticed within [`RECHECK`], and found by
/// `gone`.
pub(crate) fn wait_until<R>(
    file: &OpenedReader,
    timeout: Duration,
    mut look: impl FnMut() -> Look<R>,
    gone: impl FnOnce() -> R,
) -> Option<R> {
    if let Look::Over(found) = look() {
        return Some(found);
    }
    let started = Instant::now();
    // `None`: so late that it is never.
    let deadline = started.checked_add(timeout);
    let words = file.wait_words();
    let mut backoff = Backoff::new();
    let mut checked = started;
    loop {
        let now = Instant::now();
        let left = deadline.map_or(RECHECK, |deadline| deadline.saturating_duration_since(now));
        if left.is_zero() {
            return look().over();
        }
        if let Some(found) = words.doze(left, &mut backoff, &mut look) {
            return Some(found);
        }
        if checked.elapsed() >= RECHECK {
            if file.is_superseded() {
                return Some(look().over().unwrap_or_else(gone));
            }
            file.ask_again();
            checked = Instant::now();
        }
    }
}

/// Looks whether a wait of `reader` for more than `generation` is over.
pub(crate) fn look(reader: &ReaderCore, generation: u64) -> Look<WaitOutcome> {
    let file = reader.file();
    // First: who sees that the file is closed then sees the last publish.
    let state = file.state();
    let latest = match reader.look_newer(generation) {
        Look::Over(newer) => return Look::Over(WaitOutcome::Newer(newer)),
        Look::NotYet { latest } => latest,
    };
    match state {
        Some(State::Superseded) => Look::Over(WaitOutcome::Superseded),
        // A file that was closed and then moved away gets no other writer.
        Some(State::Closed) if file.is_superseded() => Look::Over(WaitOutcome::Superseded),
        Some(State::Closed) => Look::Over(WaitOutcome::Closed),
        _ => Look::NotYet { latest },
    }
}

/// Waits until there is a value of a later generation than `generation`, at most for `timeout`.
pub(crate) fn wait_newer(reader: &ReaderCore, generation: u64, timeout: Duration) -> WaitOutcome {
    let look = || look(reader, generation);
    wait_until(reader.file(), timeout, look, || WaitOutcome::Superseded)
        .unwrap_or(WaitOutcome::TimedOut)
}
