//! When the writer may use blocks of a growing heap again, although readers write nothing.
//!
//! A block is reached from the generations `birth..retired`, and its bytes do not change while a
//! reader that counts can look at them. Two words say what readers cannot count on any more:
//! RECLAIMED (blocks retired up to here may have been overwritten) and EVICTED (pins up to here are
//! not honoured). Both begin with 0 and never decrease. A reader that wants to keep a generation
//! *pins* it, by a lock that the kernel drops with its process.
//!
//! ```text
//! writer, before it reuses blocks          optimistic read
//!   RECLAIMED = highest `retired`            generation g and its root, from the ring
//!   fence(SeqCst)                   P1       loads in the heap
//!   which generations are locked?            fence(Acquire)                     P2
//!   fence(Acquire)                  U2       RECLAIMED <= g, else again
//!   stores into what no pin holds
//!                                          pin
//! writer, before it overrides pins           generation g and its root, from the ring
//!   EVICTED = the highest of them            lock g
//!   fence(Release)                  E1       fence(SeqCst)                      P3
//!   stores into what they held               RECLAIMED <= g && EVICTED < g, else unlock, again
//!
//! view of the pinned generation g          unpin
//!   loads in the heap                        fence(Release)                     U1
//!   fence(Acquire)                  E2       unlock g
//!   EVICTED < g, else evicted
//! ```
//!
//! What the writer keeps to: *(a)* it stores into a block that was retired at r only after it
//! announced r or more, and found no lock on any of `birth..r` above EVICTED; *(b)* what it
//! announces is at most `latest`, and what it evicts is below; *(c)* it publishes a block before
//! its root; *(d)* a new writer takes every free block for reached up to `latest`, since it cannot
//! know better. Then nobody takes what was stored into a reused block for the old one:
//!
//! 1. **An optimistic read.** A load that sees such a store is before P2, and P1 is before the
//!    store. So RECLAIMED is seen to be r or more. If r > g, the read is done again. If not, the
//!    block was not reached from g. By *(b)* a read of `latest` passes, whatever is announced.
//! 2. **A pin.** Of P1 and P3 one is first. If it is P3, the writer finds the lock and lets be what
//!    g reaches. If it is P1, RECLAIMED is seen to be r or more, and the pin is given up if r > g.
//!    The kernel's own order does not do: it looks at an empty list of locks without one.
//! 3. **A pin by range**, for a reader that is always overtaken before it has its lock. It locks
//!    all generations from `latest` on, has P3, and takes its root then. A scan that missed the
//!    lock had its P1 first; by *(b)* and P3, `latest` is seen to be at least what was announced,
//!    and so g >= r. The lock on g alone is taken before the range is let go, so that g is locked
//!    all the time. A root of a generation below the range was never locked, and is refused.
//!    That does not make up for a root that is older than `latest` is then: what began the range may
//!    have been the latest long before the lock.
//! 4. **An evicted view.** A load that sees a store into what the writer took from it is before E2,
//!    and E1 is before the store. So EVICTED is seen, and the view says so.
//! 5. **The end of a pin.** Whoever finds g not locked any more has U1 before U2: loads of the view
//!    are before stores into what it held.
//! 6. **A writer that dies** leaves words that never decrease, and 1 to 5 speak of no writer's
//!    memory. By *(d)* the next one announces before it reuses anything.
//! 7. **Words appended in place** are such that no published generation reaches them, and are
//!    stored whole: who does not know of them sees what it saw before. W2 of the ring puts them
//!    before the generation that does.
//!
//! There is no steady slot: it would name generations behind RECLAIMED.
//!
//! Which blocks wait, which are held and whom to evict is the heap's to decide; how a generation is
//! locked, the file's. Each step is a switch of [`ReclaimSteps`]; `model/reclaim.rs` takes away one
//! at a time.

mod counted;
mod pin;
mod reader;
mod steps;
mod writer;

#[cfg(all(test, not(loom)))]
mod tests;

pub(crate) use self::counted::{CountedLocks, SystemLocks};
#[cfg_attr(loom, allow(unused_imports, reason = "the model names them where they are"))]
pub(crate) use self::pin::{Lost, Pin, PinFault, pin};
#[cfg(test)]
pub(crate) use self::pin::{PinLocks, RangeLock};
#[cfg_attr(loom, allow(unused_imports, reason = "the model names them where they are"))]
pub(crate) use self::reader::{
    OPTIMISTIC_TRIES, Unpinned, is_evicted, is_overtaken, is_settled, read_unpinned,
};
#[cfg(all(test, loom))]
pub(crate) use self::steps::Check;
pub(crate) use self::steps::ReclaimSteps;
#[cfg_attr(loom, allow(unused_imports, reason = "the model names them where they are"))]
pub(crate) use self::writer::{Pins, announce, evict};

use super::{MAX_GENERATION, ReadFault, SlotMemory, read_again, read_once, read_stamped};
use crate::sync::{AtomicU64, Ordering};

/// The words by which a writer says what readers cannot count on any more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReclaimWords<'m> {
    /// Blocks that were retired at this generation or before may have been overwritten.
    pub(crate) reclaimed: &'m AtomicU64,
    /// Pins of this generation and those before are not honoured any more.
    pub(crate) evicted: &'m AtomicU64,
}

/// Copies the root of the latest generation by `copy`; tells which generation that is.
#[inline]
fn read_root<S: ReclaimSteps, C>(
    memory: &impl SlotMemory,
    mut copy: impl FnMut(&[AtomicU64]) -> C,
) -> Result<(u64, C), ReadFault> {
    if let Some(read) = read_once::<S, C>(memory, &mut copy) {
        return Ok(read);
    }
    let mut root = None;
    // Nothing older than the latest will do: what a generation reaches may be gone the sooner.
    let newest = if S::ROOT_OF_LATEST { MAX_GENERATION } else { 0 };
    let generation = read_again::<S>(memory, newest, |payload| root = Some(copy(payload)))?;
    // A read that gives a generation has copied it.
    root.map(|root| (generation, root)).ok_or(ReadFault::Empty)
}

/// The same, and tells when that was published; 0 for not known.
fn read_timed_root<S: ReclaimSteps, C>(
    memory: &impl SlotMemory,
    copy: impl FnMut(&[AtomicU64]) -> C,
) -> Result<(u64, C, u64), ReadFault> {
    let newest = if S::ROOT_OF_LATEST { MAX_GENERATION } else { 0 };
    read_stamped::<S, C>(memory, newest, copy)
}

#[inline]
fn load(word: &AtomicU64) -> u64 {
    word.load(Ordering::Relaxed)
}
