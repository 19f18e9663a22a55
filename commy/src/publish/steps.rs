//! The steps of the protocol as switches, so that a model can show that each one is needed.
//!
//! [`Proven`] is what everybody gets. `--cfg commy_mutation="..."` takes one step from it, for the
//! negative controls of the test that kills processes: a harness that finds nothing proves
//! something only if it finds what is known to be there.

use crate::sync::Ordering;

/// Which steps of the protocol are taken; everything but [`Proven`] is a mutation for tests.
pub(crate) trait Steps {
    /// The writer marks the slot odd before it stores the payload.
    const ODD_MARK: bool = true;
    /// W1: the release fence between the odd mark and the payload.
    const WRITER_FENCE: bool = true;
    /// W2: how `latest` is stored.
    const LATEST: Ordering = Ordering::Release;
    /// R1: the acquire fence after `latest` is loaded.
    const FIRST_READER_FENCE: bool = true;
    /// R2: the acquire fence before the check.
    const SECOND_READER_FENCE: bool = true;
    /// The reader compares the sequence after the copy.
    const CHECK: bool = true;
    /// S1: the release fence between the first publish and the session.
    const VOUCH_FENCE: bool = true;
    /// S2: the acquire fence between the session and the slots.
    const BELIEF_FENCE: bool = true;
    /// S4: how the reader's threads tell each other that the slots are vouched for.
    const BELIEVE: Ordering = Ordering::Release;
    /// S4: how they hear it.
    const BELIEVED: Ordering = Ordering::Acquire;
    /// A new writer says that the steady slot holds nothing.
    const CLEAR: bool = true;
    /// The first publish of a new writer is not into the slot that `latest` names.
    const SPARE_LATEST: bool = true;
    /// How often a reader starts again.
    const TRIES: u32 = super::MAX_TRIES;
    /// How often it then tries to have an older value.
    const LAST_TRIES: u32 = super::LAST_TRIES;

    /// Not V1: the lock is taken before the writer says that it has not vouched.
    const EARLY_LOCK: bool = false;
    /// Not V2: the lock is asked for after the session was loaded.
    const LATE_ASK: bool = false;

    /// What a machine may do without W1: the odd mark is stored after the payload.
    const LATE_ODD_MARK: bool = false;
    /// What a machine may do without W2: `latest` is stored before the payload.
    const EARLY_LATEST: bool = false;
    /// What a machine may do without R2: the sequence is loaded before the payload.
    const EARLY_CHECK: bool = false;

    /// Not under the odd mark: the time of a publish is stored before it.
    const EARLY_TIME: bool = false;
    /// Not under the check: the time of a publish is loaded behind it.
    const LATE_TIME: bool = false;

    /// A place between two steps where a test may hold the thread.
    #[inline(always)]
    fn pause_point() {}
}

/// The protocol as it is used: every step taken.
#[derive(Debug)]
pub(crate) struct Proven;

impl Steps for Proven {
    const ODD_MARK: bool =
        !cfg!(any(commy_mutation = "no_odd_mark", commy_mutation = "late_odd_mark"));
    const WRITER_FENCE: bool = !cfg!(commy_mutation = "no_writer_fence");
    const LATEST: Ordering =
        if cfg!(commy_mutation = "latest_relaxed") { Ordering::Relaxed } else { Ordering::Release };
    const FIRST_READER_FENCE: bool = !cfg!(commy_mutation = "no_first_reader_fence");
    const SECOND_READER_FENCE: bool = !cfg!(commy_mutation = "no_second_reader_fence");
    const CHECK: bool = !cfg!(commy_mutation = "no_check");
    const SPARE_LATEST: bool = !cfg!(commy_mutation = "any_first_slot");
    const LATE_ODD_MARK: bool = cfg!(commy_mutation = "late_odd_mark");
    const EARLY_LATEST: bool = cfg!(commy_mutation = "early_latest");
    const EARLY_CHECK: bool = cfg!(commy_mutation = "early_check");

    #[cfg(commy_jitter)]
    #[inline]
    fn pause_point() {
        super::jitter::hold();
    }
}
