//! The steps of the protocol as switches, so that a model can show that each one is needed.

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
    /// How often a reader starts again.
    const TRIES: u32 = super::MAX_TRIES;

    /// A place between two steps where a test may hold the thread.
    #[inline(always)]
    fn pause_point() {}
}

/// The protocol as it is used: every step taken.
#[derive(Debug)]
pub(crate) struct Proven;

impl Steps for Proven {}
