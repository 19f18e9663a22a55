//! The precautions against lost wake-ups as switches, so that a model can show that each is needed.

use crate::sync::Ordering;

/// Which precautions are taken; everything but [`Full`] is a mutation for tests.
pub(crate) trait Precautions {
    /// N1: how the ringer stores `wake`.
    const WAKE: Ordering = Ordering::Release;
    /// N2: the ringer has a fence between `wake` and `sleepers`. For models; see `Bell`.
    #[cfg(all(test, loom))]
    const RINGER_FENCE: bool = true;
    /// N2: the sleeper has the ringer fence. For models; see `WaitWords`.
    #[cfg(all(test, loom))]
    const REMOTE_FENCE: bool = false;
    /// S3: the writer's fence between its last publish and the state.
    const STATE_FENCE: bool = true;
    /// S3: the reader's fence between the state and `latest`.
    const STATE_LOOK_FENCE: bool = true;
    /// The ringer leaves the registration of those who sleep for the next generation.
    const KEEP_NEXT: bool = true;
    /// The ringer clears `sleepers` only if it is still what it was.
    const COMPARE: bool = true;
    /// N1: the sleeper's fence between `wake` and its look.
    const LOOK_FENCE: bool = true;
    /// N2: the sleeper's fence between its registration and its sleep.
    const SLEEPER_FENCE: bool = true;
}

/// Waiting and waking as they are used: every precaution taken.
#[derive(Debug)]
pub(crate) struct Full;

impl Precautions for Full {}
