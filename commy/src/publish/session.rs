//! Whether the slots are of this boot: after a restart of the machine they may be torn.

use super::Steps;
use crate::sync::{AtomicU64, Ordering, fence};

/// Says in `word` that what `latest` names was published, or found whole, in `session`.
pub(crate) fn vouch<S: Steps>(word: &AtomicU64, session: u64) {
    if S::VOUCH_FENCE {
        // SYNC S1: the publish before the session; pairs with S2 in `is_vouched`.
        fence(Ordering::Release);
    }
    word.store(session, Ordering::Relaxed);
}

/// Returns whether a writer has vouched in `session`; what `latest` names may then be read.
pub(crate) fn is_vouched<S: Steps>(word: &AtomicU64, session: u64) -> bool {
    let is_same = word.load(Ordering::Relaxed) == session;
    if S::BELIEF_FENCE {
        // SYNC S2: the session before the slots; pairs with S1 in `vouch`.
        fence(Ordering::Acquire);
    }
    is_same
}
