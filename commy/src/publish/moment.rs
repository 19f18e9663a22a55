//! Several loads of one generation, for as long as it lasts.

use core::cell::Cell;

use super::{Pick, ReadFault, SlotMemory, Steps, Tries};
use crate::sync::AtomicU64;

/// One generation, whose words are loaded one after the other.
///
/// What is loaded counts only after a check that the generation is still there, so that no two loads
/// are of different ones.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment<'m> {
    pub(super) pick: Pick<'m>,
    /// Whether it was gone when something was asked for.
    pub(super) is_over: &'m Cell<bool>,
}

/// The generation has gone: its slot is being filled with another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overtaken;

impl Moment<'_> {
    /// The generation.
    #[inline]
    pub(crate) const fn generation(&self) -> u64 {
        self.pick.generation
    }

    /// Calls `copy` with the payload; returns what it returned if what it loaded is of this
    /// generation. `None` says only that [`load_again`](Self::load_again) is to be called.
    #[inline]
    pub(crate) fn load_once<S: Steps, R>(&self, copy: impl FnOnce(&[AtomicU64]) -> R) -> Option<R> {
        self.pick.copy::<S, R>(copy)
    }

    /// The same, and notes it when the generation has gone. What was overtaken once stays so.
    #[cold]
    pub(crate) fn load_again<S: Steps>(
        &self,
        copy: &mut dyn FnMut(&[AtomicU64]),
    ) -> Result<(), Overtaken> {
        self.pick.copy::<S, ()>(copy).ok_or_else(|| {
            self.is_over.set(true);
            Overtaken
        })
    }
}

/// Calls `read` with one generation after the other until one lasts for as long as the call does;
/// tells that generation to `lasted`, and returns what `read` returned for it.
///
/// It was the latest at some time during the call, or is at least as new as `returned`.
///
/// # Errors
///
/// What `read` returns, and what [`read_again`](super::read_again) does.
#[inline]
pub(crate) fn read_moment<S: Steps, R, E: From<ReadFault>>(
    memory: &impl SlotMemory,
    returned: impl Fn() -> u64,
    mut read: impl FnMut(Moment<'_>) -> Result<R, E>,
    lasted: impl Fn(u64),
) -> Result<R, E> {
    let pick = Pick::latest::<S>(memory)?;
    let is_over = Cell::new(false);
    let result = read(Moment { pick, is_over: &is_over });
    if is_over.get() {
        let tries = Tries { count: 1, first: pick.generation, returned: returned() };
        return read_moment_again::<S, R, E>(memory, tries, &mut read, &lasted);
    }
    lasted(pick.generation);
    result
}

/// The tries after the first one.
#[cold]
#[inline(never)]
fn read_moment_again<S: Steps, R, E: From<ReadFault>>(
    memory: &impl SlotMemory,
    mut tries: Tries,
    read: &mut impl FnMut(Moment<'_>) -> Result<R, E>,
    lasted: &impl Fn(u64),
) -> Result<R, E> {
    loop {
        let pick = tries.pick::<S>(memory)?;
        let is_over = Cell::new(false);
        let result = read(Moment { pick, is_over: &is_over });
        if !is_over.get() {
            lasted(pick.generation);
            return result;
        }
    }
}
