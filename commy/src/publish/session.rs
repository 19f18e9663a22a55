//! Whether what the slots hold was written through this kernel to this very file.
//!
//! Pages of a file reach the disk one by one. So slots that were read back from a disk, or that a
//! copy brought along, may be a mix of generations without a sign of it. They are believed if a
//! writer has vouched for them: it stores, after a publish, what tells this file and this kernel
//! from all others. A reader that finds itself named there believes.
//!
//! A process may not know its kernel (a container shows another boot id), or not the file (some
//! file systems number their files again). Then a lock speaks: the kernel drops it with the process
//! that holds it, so that whoever holds it lives under this kernel.
//!
//! ```text
//! writer opens the file          reader that cannot tell by the words alone
//!   voucher = 0                    is the lock held?           V2
//!   take the lock          V1      fence(Acquire)              S2 after the words
//!   publish                        voucher != 0, same file: believe
//!   fence(Release)         S1
//!   session words, voucher
//! ```
//!
//! Why a reader believes no torn slot:
//!
//! - By the words alone: at least one of those that it compares was stored by a writer of this
//!   kernel for this file, since a copy brings other ones along and an earlier kernel was another.
//!   S1 and S2 make the publish before that store visible.
//! - By the lock: if it was taken before the reader asked, `voucher` was 0 by then (V1), and the
//!   reader loads it later (V2). So what it finds there, if not 0, was stored after the publish.
//!   If the lock was taken later, the reader did not find it held.
//!
//! A writer goes by the words alone: when it holds PRESENCE nobody else can hold the other lock. So
//! after a kill the next writer that sees another boot id says `Lost`, or goes on from the
//! checkpoint.
//!
//! A reader that is refused remembers the voucher, so that its reads make no system call until
//! another writer comes. One that waits asks again every 100 ms: a stranger's read lock may have
//! been in the way.

use super::Steps;
use crate::sync::{AtomicU32, AtomicU64, Ordering, fence};

/// What tells one file under one kernel from all others; 0 for what is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Session {
    /// From the device, the number of the inode and the time at which it was made.
    pub(crate) birth: u64,
    /// From the device and the handle, which holds how often the number was given away.
    pub(crate) handle: u64,
    /// From the boot id.
    pub(crate) kernel: u64,
    /// From the device and the number of the inode, which may be given to another file.
    pub(crate) number: u64,
}

impl Session {
    /// Compares the file alone with that of `found`.
    const fn compare_file(self, found: Self) -> SameFile {
        let birth = compare(self.birth, found.birth);
        let handle = compare(self.handle, found.handle);
        match (birth, handle) {
            (Some(false), _) | (_, Some(false)) => SameFile::No,
            (Some(true), _) | (_, Some(true)) => SameFile::Yes,
            (None, None) if self.number == found.number => SameFile::Perhaps,
            (None, None) => SameFile::No,
        }
    }
}

/// Whether both are equal; `None` if one of them is not known.
const fn compare(own: u64, found: u64) -> Option<bool> {
    if own == 0 || found == 0 { None } else { Some(own == found) }
}

enum SameFile {
    Yes,
    /// All that is known of both is a number that may have been given away again.
    Perhaps,
    No,
}

/// The words by which writers vouch, as a file has them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SessionWords<'m> {
    pub(crate) birth: &'m AtomicU64,
    pub(crate) handle: &'m AtomicU64,
    pub(crate) kernel: &'m AtomicU64,
    pub(crate) number: &'m AtomicU64,
    /// Another number for each writer; 0 while the one that has the file has not vouched.
    pub(crate) voucher: &'m AtomicU64,
}

impl SessionWords<'_> {
    /// Loads all of them, in any order: see the module for why that does not matter.
    pub(crate) fn load<S: Steps>(&self) -> Vouching {
        let load = |word: &AtomicU64| word.load(Ordering::Relaxed);
        let session = Session {
            birth: load(self.birth),
            handle: load(self.handle),
            kernel: load(self.kernel),
            number: load(self.number),
        };
        let voucher = load(self.voucher);
        if S::BELIEF_FENCE {
            // SYNC S2: the session before the slots; pairs with S1 in `vouch`.
            fence(Ordering::Acquire);
        }
        Vouching { session, voucher }
    }
}

/// What the words held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Vouching {
    pub(crate) session: Session,
    pub(crate) voucher: u64,
}

/// Says, before a new writer has decided what it believes, that it has not vouched for anything;
/// then `lock` takes the lock by which readers know that it lives.
pub(crate) fn begin<S: Steps>(words: SessionWords<'_>, lock: impl FnOnce()) {
    if S::EARLY_LOCK {
        lock();
        words.voucher.store(0, Ordering::Relaxed);
        return;
    }
    words.voucher.store(0, Ordering::Relaxed);
    // SYNC V1: the voucher before the lock; pairs with V2 in `belief_by_lock`.
    lock();
}

/// Says that what `latest` names was published, or found whole, in `session`; `voucher` is not 0.
pub(crate) fn vouch<S: Steps>(words: SessionWords<'_>, session: Session, voucher: u64) {
    if S::VOUCH_FENCE {
        // SYNC S1: the publish before the session; pairs with S2 in `SessionWords::load`.
        fence(Ordering::Release);
    }
    // The voucher last: what reads it by a lock has the others, or they are of another writer.
    let Session { birth, handle, kernel, number } = session;
    let SessionWords { birth: to_birth, handle: to_handle, kernel: to_kernel, .. } = words;
    for (word, value) in [
        (to_birth, birth),
        (to_handle, handle),
        (to_kernel, kernel),
        (words.number, number),
        (words.voucher, voucher),
    ] {
        word.store(value, Ordering::Relaxed);
    }
}

/// What the session words say of the slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Belief {
    /// A writer has vouched for this file under this kernel: what `latest` names may be read.
    Vouched,
    /// No writer has ever vouched: there is nothing to read.
    Never,
    /// A writer has vouched for this file, as far as is known, and perhaps under this kernel: its
    /// lock would prove it.
    Unproven,
    /// A writer has vouched for the file that this one is a copy of.
    Another,
}

/// What the words say to a process that is in session `own`; `any_kernel` for a file that no
/// kernel but this one can have seen.
///
/// They are loaded once: between two looks a writer may vouch, and what is none of ours the first
/// time and not 0 the second time would look like another session.
pub(crate) fn belief(own: Session, any_kernel: bool, found: Vouching) -> Belief {
    // A file of a writer that has published nothing is no copy, though none of its words is ours.
    if found == Vouching::default() {
        return Belief::Never;
    }
    // Of an earlier kernel, its pages came back from the disk one by one.
    let same_kernel = any_kernel || compare(own.kernel, found.session.kernel) == Some(true);
    match own.compare_file(found.session) {
        SameFile::Yes if same_kernel => Belief::Vouched,
        // The boot id may be that of a container, and a number may be given away again.
        SameFile::Yes | SameFile::Perhaps => Belief::Unproven,
        SameFile::No => Belief::Another,
    }
}

/// Whether anything was published. Whoever then looks at the session words sees what a writer has
/// stored there before that publish.
pub(crate) fn has_latest<S: Steps>(latest: &AtomicU64) -> bool {
    let latest = latest.load(Ordering::Relaxed);
    if S::FIRST_READER_FENCE {
        // SYNC R1: `latest` before the session; pairs with W2 in `publish_to`.
        fence(Ordering::Acquire);
    }
    latest != 0
}

/// Whether a writer that lives has vouched for this file: `is_locked` asks the kernel for the lock.
pub(crate) fn is_vouched_by_lock<S: Steps>(
    words: SessionWords<'_>,
    own: Session,
    is_locked: impl FnOnce() -> bool,
) -> bool {
    let early = S::LATE_ASK.then(|| words.load::<S>());
    // SYNC V2: the lock before the voucher; pairs with V1 in `begin`.
    if !is_locked() {
        return false;
    }
    let found = early.unwrap_or_else(|| words.load::<S>());
    let is_other = matches!(own.compare_file(found.session), SameFile::No);
    found.voucher != 0 && !is_other
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const OWN: Session = Session { birth: 1, handle: 2, kernel: 3, number: 4 };

    fn found(session: Session) -> Belief {
        belief(OWN, false, Vouching { session, voucher: 9 })
    }

    #[test]
    fn all_that_is_known_to_both_must_be_equal() {
        assert_eq!(found(OWN), Belief::Vouched);
        assert_eq!(found(Session { birth: 7, ..OWN }), Belief::Another);
        assert_eq!(found(Session { handle: 7, ..OWN }), Belief::Another);
        assert_eq!(found(Session { kernel: 7, ..OWN }), Belief::Unproven);
        assert_eq!(belief(OWN, false, Vouching::default()), Belief::Never);
    }

    #[test]
    fn what_one_side_does_not_know_is_not_compared() {
        assert_eq!(found(Session { birth: 0, ..OWN }), Belief::Vouched);
        assert_eq!(found(Session { handle: 0, ..OWN }), Belief::Vouched);
        assert_eq!(found(Session { birth: 0, handle: 7, ..OWN }), Belief::Another);
        let blind = Session { birth: 0, handle: 0, ..OWN };
        let by_all = Vouching { session: OWN, voucher: 9 };
        assert_eq!(belief(blind, false, by_all), Belief::Unproven);
        // One knows the one, the other the other.
        assert_eq!(belief(Session { handle: 0, ..OWN }, false, by_all), Belief::Vouched);
        let crossed = Vouching { session: Session { birth: 0, ..OWN }, voucher: 9 };
        assert_eq!(belief(Session { handle: 0, ..OWN }, false, crossed), Belief::Unproven);
    }

    #[test]
    fn a_number_alone_is_no_proof_and_another_number_is_another_file() {
        let blind = Session { birth: 0, handle: 0, ..OWN };
        assert_eq!(found(blind), Belief::Unproven);
        assert_eq!(found(Session { number: 7, ..blind }), Belief::Another);
    }

    #[test]
    fn an_unknown_kernel_is_none_of_ours_unless_the_file_lives_in_memory() {
        for kernel in [0, 7] {
            let vouching = Vouching { session: Session { kernel, ..OWN }, voucher: 9 };
            assert_eq!(belief(OWN, false, vouching), Belief::Unproven);
            assert_eq!(belief(OWN, true, vouching), Belief::Vouched);
        }
        let unknown = Session { kernel: 0, ..OWN };
        assert_eq!(
            belief(unknown, false, Vouching { session: unknown, voucher: 9 }),
            Belief::Unproven
        );
    }

    #[test]
    fn a_lock_proves_the_kernel_and_not_the_file() {
        let word = AtomicU64::new;
        let [birth, handle, kernel, number, voucher] =
            [word(1), word(2), word(7), word(4), word(9)];
        let words = SessionWords {
            birth: &birth,
            handle: &handle,
            kernel: &kernel,
            number: &number,
            voucher: &voucher,
        };
        let is_vouched =
            |is_locked| is_vouched_by_lock::<super::super::Proven>(words, OWN, || is_locked);
        assert!(is_vouched(true) && !is_vouched(false));
        begin::<super::super::Proven>(words, || {});
        assert!(!is_vouched(true), "a writer that has not vouched");
        vouch::<super::super::Proven>(words, Session { handle: 7, ..OWN }, 5);
        assert!(!is_vouched(true), "another file");
        vouch::<super::super::Proven>(words, Session { birth: 0, handle: 0, kernel: 0, ..OWN }, 6);
        assert!(is_vouched(true));
    }
}
