//! What a reader asks after its loads, and reads without a pin.

use super::steps::Check;
use super::{ReclaimSteps, ReclaimWords, load, read_root};
use crate::publish::{ReadFault, SlotMemory};
use crate::sync::{AtomicU64, Ordering, fence};

/// How often a read is tried without a pin, if it may take one.
#[cfg_attr(loom, allow(dead_code, reason = "the model tries as often as it likes"))]
pub(crate) const OPTIMISTIC_TRIES: u32 = 3;

/// Why a read without a pin gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unpinned {
    /// There was no root to begin with.
    Root(ReadFault),
    /// What it reached was used again, each of so many times.
    Overtaken(u32),
}

/// Whether what was loaded so far, of what `generation` reaches, may be of a later one. Nothing that
/// was found there means anything before the answer is no; an error does neither.
#[inline]
pub(crate) fn is_overtaken<S: ReclaimSteps>(words: ReclaimWords<'_>, generation: u64) -> bool {
    S::pause_point();
    if S::OVERTAKEN_FENCE {
        // SYNC P2: the loads before RECLAIMED; pairs with P1 in `announce`.
        fence(Ordering::Acquire);
    }
    S::OVERTAKEN_CHECK != Check::Never && is_reclaimed::<S>(words, generation)
}

#[inline]
fn is_reclaimed<S: ReclaimSteps>(words: ReclaimWords<'_>, generation: u64) -> bool {
    load(words.reclaimed) > generation.saturating_add(S::OVERTAKEN_BY)
}

/// Whether what was loaded so far, of what `generation` reaches, may be shown to code of the user's:
/// its order, its hash, its conversion. That should not have to expect what was never published.
#[inline]
pub(crate) fn is_settled<S: ReclaimSteps>(words: ReclaimWords<'_>, generation: u64) -> bool {
    !S::SETTLE || !is_overtaken::<S>(words, generation)
}

/// Whether what was loaded so far through a pin of `generation` may be of a later one, because the
/// writer has overridden the pin.
#[inline]
pub(crate) fn is_evicted<S: ReclaimSteps>(words: ReclaimWords<'_>, generation: u64) -> bool {
    S::pause_point();
    if S::EVICTED_FENCE {
        // SYNC E2: the loads before EVICTED; pairs with E1 in `evict`.
        fence(Ordering::Acquire);
    }
    S::EVICTED_CHECK && load(words.evicted) >= generation
}

/// Copies the latest root by `copy` and calls `walk` with its generation and what was copied, until
/// what `walk` loaded is of that generation; returns both.
///
/// `walk` may see anything. It asks [`is_overtaken`] itself before it hands on what it has seen.
///
/// # Errors
///
/// What the ring says, and `Overtaken` after so many tries.
#[inline]
pub(crate) fn read_unpinned<S: ReclaimSteps, C, R>(
    memory: &impl SlotMemory,
    words: ReclaimWords<'_>,
    tries: u32,
    mut copy: impl FnMut(&[AtomicU64]) -> C,
    mut walk: impl FnMut(u64, &C) -> R,
) -> Result<(u64, R), Unpinned> {
    for _ in 0..tries {
        let (generation, root) = read_root::<S, C>(memory, &mut copy).map_err(Unpinned::Root)?;
        let early = S::OVERTAKEN_CHECK == Check::First && is_reclaimed::<S>(words, generation);
        S::pause_point();
        let found = walk(generation, &root);
        let is_overtaken = match S::OVERTAKEN_CHECK {
            Check::Last => is_overtaken::<S>(words, generation),
            Check::First => early,
            Check::Never => false,
        };
        if !is_overtaken {
            return Ok((generation, found));
        }
    }
    Err(Unpinned::Overtaken(tries))
}
