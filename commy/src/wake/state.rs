//! The state of a file and its last publish: who sees that a file is closed must not miss a value.
//!
//! The state is read before `latest` (S3, both fences are in the model). Whoever sees "closed" sees
//! the last publish, so `changes` never ends early.

use super::precautions::{Full, Precautions};
use crate::sync::{AtomicU64, Ordering, fence};

/// Stores the state after everything that was published.
#[cfg_attr(loom, allow(dead_code, reason = "models say which steps they take"))]
pub(crate) fn store_state(word: &AtomicU64, state: u64) {
    store::<Full>(word, state);
}

/// Loads the state; what is loaded after that is no older.
#[cfg_attr(loom, allow(dead_code, reason = "models say which steps they take"))]
pub(crate) fn load_state(word: &AtomicU64) -> u64 {
    load::<Full>(word)
}

pub(super) fn store<S: Precautions>(word: &AtomicU64, state: u64) {
    if S::STATE_FENCE {
        // SYNC S3: the last publish before the state; pairs with S3 in `load`.
        fence(Ordering::Release);
    }
    word.store(state, Ordering::Relaxed);
}

pub(super) fn load<S: Precautions>(word: &AtomicU64) -> u64 {
    let state = word.load(Ordering::Relaxed);
    if S::STATE_LOOK_FENCE {
        // SYNC S3: the state before `latest`; pairs with S3 in `store`.
        fence(Ordering::Acquire);
    }
    state
}
