//! What a writer does before it uses blocks again.

use super::{ReclaimSteps, ReclaimWords, load};
use crate::sync::{AtomicU64, Ordering, fence};

/// Which generations are pinned, as the kernel tells it to a writer.
pub(crate) trait Pins {
    /// One range of pinned generations, as far as it lies in `first..=last`; `None` if none of
    /// those is pinned. What cannot be found out counts as pinned.
    fn pinned(&self, first: u64, last: u64) -> Option<(u64, u64)>;
}

/// Says that blocks which were retired up to `retired` are about to be overwritten, and only then
/// calls `scan`, which asks which generations are pinned; returns what that returned.
///
/// - `retired` is at most `latest`, else optimistic reads of `latest` would fail for no reason.
/// - Blocks that no pin above EVICTED holds may be stored into after this returns, not before.
pub(crate) fn announce<S: ReclaimSteps, P: Pins, R>(
    words: ReclaimWords<'_>,
    retired: u64,
    pins: &P,
    scan: impl FnOnce(&P) -> R,
) -> R {
    if !S::SCAN_LAST {
        let found = scan(pins);
        say::<S>(words, retired);
        return found;
    }
    say::<S>(words, retired);
    S::pause_point();
    let found = scan(pins);
    S::pause_point();
    if S::SCAN_FENCE {
        // SYNC U2: locks that are gone before stores into what they held; pairs with U1 in
        // `Pin::drop`.
        fence(Ordering::Acquire);
    }
    found
}

fn say<S: ReclaimSteps>(words: ReclaimWords<'_>, retired: u64) {
    S::pause_point();
    if S::ANNOUNCE {
        raise(words.reclaimed, retired);
    }
    S::pause_point();
    if let Some(order) = S::ANNOUNCE_FENCE {
        // SYNC P1: RECLAIMED before the look at the locks; pairs with P3 in `fence_behind_lock`. RECLAIMED
        // before stores into blocks, too; pairs with P2 in `is_overtaken`.
        fence(order);
    }
}

/// Says that pins of `generation` and of those before are not honoured any more; what only they held
/// may be stored into after this returns.
///
/// `generation` is below `latest`, whose views are never evicted.
pub(crate) fn evict<S: ReclaimSteps>(words: ReclaimWords<'_>, generation: u64) {
    S::pause_point();
    raise(words.evicted, generation);
    S::pause_point();
    if S::EVICT_FENCE {
        // SYNC E1: EVICTED before stores into what the pins held; pairs with E2 in `is_evicted`.
        fence(Ordering::Release);
    }
}

/// Stores `value` unless the word, which only this writer stores, has a larger one.
fn raise(word: &AtomicU64, value: u64) {
    if load(word) < value {
        word.store(value, Ordering::Relaxed);
    }
}
