//! The steps of reclaiming as switches, so that a model can show that each one is needed.
//!
//! As with those of the ring, `--cfg commy_mutation="..."` takes one away for the negative controls
//! of the test that kills processes.

use super::super::{Proven, Steps};
use crate::sync::Ordering;

/// Which steps are taken besides those of the ring; everything but [`Proven`] is a mutation.
pub(crate) trait ReclaimSteps: Steps {
    /// The writer stores RECLAIMED.
    const ANNOUNCE: bool = true;
    /// P1: the fence between RECLAIMED and the look at the locks; `None` for none.
    const ANNOUNCE_FENCE: Option<Ordering> = Some(Ordering::SeqCst);
    /// The writer looks at the locks after it has announced, and not before.
    const SCAN_LAST: bool = true;
    /// The writer looks at the locks at all.
    const SCAN: bool = true;
    /// How many questions a pass asks about generations from the RECLAIMED of the pass before on.
    const NEW_PROBES: u32 = 12;
    /// How many it asks about those before, besides those that are left.
    const OLD_PROBES: u32 = 4;
    /// A pass asks anew from the RECLAIMED of the pass before on, and not from its own.
    const ASK_FROM_LAST_PASS: bool = true;
    /// What a pass has found below that is remembered by the next.
    const REMEMBER: bool = true;
    /// Generations that no question was left for count as pinned.
    const UNKNOWN_IS_PINNED: bool = true;
    /// A pin of the generation that a block was made for holds it.
    const HELD_FROM_BIRTH: bool = true;
    /// So does one of the last generation that reaches it.
    const HELD_UNTIL_RETIRED: bool = true;
    /// A new writer takes every free block for reached.
    const QUARANTINE: bool = true;
    /// From the first generation on.
    const QUARANTINE_FROM_0: bool = true;
    /// And until the latest one.
    const QUARANTINE_UNTIL_LATEST: bool = true;
    /// U2: the acquire fence between the look at the locks and stores into what is free.
    const SCAN_FENCE: bool = true;
    /// E1: the release fence between EVICTED and stores into what was held.
    const EVICT_FENCE: bool = true;

    /// P2: the acquire fence between the loads and the look at RECLAIMED.
    const OVERTAKEN_FENCE: bool = true;
    /// How much RECLAIMED may be above the generation.
    const OVERTAKEN_BY: u64 = 0;
    /// The reader looks at RECLAIMED, and after the loads.
    const OVERTAKEN_CHECK: Check = Check::Last;
    /// It does so, too, before code of the user's sees what was loaded.
    const SETTLE: bool = true;

    /// A pin takes its lock.
    const LOCK: bool = true;
    /// P3: the fence between a lock and what follows; `None` for none.
    const LOCK_FENCE: Option<Ordering> = Some(Ordering::SeqCst);
    /// Views of a generation are counted and the generation locked in one step.
    const COUNT_WITH_LOCK: bool = true;
    /// While a range is locked nobody else locks one by the same descriptor.
    const RANGE_ALONE: bool = true;
    /// A pin looks at RECLAIMED and EVICTED, and after it has its lock.
    const PIN_CHECK: Check = Check::Last;
    /// How often a pin is tried before it locks a range.
    const PIN_TRIES: u32 = 4;
    /// A pin takes no generation that is older than the latest, as the steady slot of a record has it.
    const ROOT_OF_LATEST: bool = true;
    /// A pin by range refuses a generation below the range.
    const RANGE_FLOOR: bool = true;
    /// A pin by range has the lock on its generation before it lets go of the range.
    const LOCK_BEFORE_LETTING_GO: bool = true;
    /// A pin by range lets go of it at all.
    const LET_GO: bool = true;

    /// E2: the acquire fence between the loads of a view and the look at EVICTED.
    const EVICTED_FENCE: bool = true;
    /// A view looks at EVICTED.
    const EVICTED_CHECK: bool = true;
    /// U1: the release fence between the loads of a view and its unlocking.
    const UNPIN_FENCE: bool = true;
}

/// When something is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(all(test, loom)), allow(dead_code, reason = "mutations of the model"))]
pub(crate) enum Check {
    /// Behind what it speaks of, where it belongs.
    Last,
    /// Before it.
    First,
    /// Not at all.
    Never,
}

impl ReclaimSteps for Proven {
    const ANNOUNCE: bool = !cfg!(commy_mutation = "no_announce");
    const SCAN: bool = !cfg!(commy_mutation = "no_scan");
    const QUARANTINE: bool = !cfg!(commy_mutation = "no_quarantine");
    const LOCK: bool = !cfg!(commy_mutation = "no_pin");
    const EVICTED_CHECK: bool = !cfg!(commy_mutation = "no_evict_check");
    const OVERTAKEN_CHECK: Check =
        if cfg!(commy_mutation = "no_overtaken_check") { Check::Never } else { Check::Last };
}
