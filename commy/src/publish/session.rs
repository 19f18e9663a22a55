//! Whether the slots are of this boot: after a restart of the machine they may be torn.

use super::Steps;
use crate::sync::{AtomicU32, AtomicU64, Ordering, fence};

/// Says in `word` that what `latest` names was published, or found whole, in `session`.
pub(crate) fn vouch<S: Steps>(word: &AtomicU64, session: u64) {
    if S::VOUCH_FENCE {
        // SYNC S1: the publish before the session; pairs with S2 in `is_vouched`.
        fence(Ordering::Release);
    }
    word.store(session, Ordering::Relaxed);
}

/// What the session word says of the slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Belief {
    /// A writer of this session has vouched: what `latest` names may be read.
    Vouched,
    /// No writer of any session has vouched: there is nothing to read.
    Never,
    /// A writer of another boot has, or of the file that this one is a copy of.
    Another,
}

/// What a writer has said of the slots, if the reader is in `session`.
///
/// One load: between two of them a writer may vouch, and what is none of ours the first time and
/// not 0 the second time would look like another session.
pub(crate) fn belief<S: Steps>(word: &AtomicU64, session: u64) -> Belief {
    let found = word.load(Ordering::Relaxed);
    if S::BELIEF_FENCE {
        // SYNC S2: the session before the slots; pairs with S1 in `vouch`.
        fence(Ordering::Acquire);
    }
    match found {
        _ if found == session => Belief::Vouched,
        0 => Belief::Never,
        _ => Belief::Another,
    }
}

/// Whether a thread of a reader has found the slots vouched for. The others go by this word and look
/// at the session no more.
#[derive(Debug)]
pub(crate) struct Believed(AtomicU32);

impl Believed {
    pub(crate) fn new(is_set: bool) -> Self {
        Self(AtomicU32::new(is_set.into()))
    }

    #[inline]
    pub(crate) fn is_set<S: Steps>(&self) -> bool {
        // SYNC S4: this word before the slots, as S2 is for the thread that set it.
        self.0.load(S::BELIEVED) != 0
    }

    pub(crate) fn set<S: Steps>(&self) {
        // SYNC S4: what this thread has seen of the session before this word.
        self.0.store(1, S::BELIEVE);
    }
}
