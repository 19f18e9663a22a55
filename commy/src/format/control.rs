//! The live words of a file: where they are in the control page and what they hold.
//!
//! Each stands on its own 128-byte line, so that a store to one does not take the cache line, or
//! the pair of lines, from those who load another. They are native-endian.
//!
//! ```text
//!    0  latest      u64  the newest complete generation, 0 before the first publish
//!  128  birth       u64  what tells the file, and the kernel, that the slots were written through from
//!  136  handle      u64  all others: hashes as `session.rs` makes them, 0 for what the writer does not
//!  144  kernel      u64  know; all 0 before a writer has vouched
//!  152  number      u64
//!  160  voucher     u64  another number for each writer, 0 while the present one has not vouched
//!  256  state       u64  1 live, 2 superseded, 3 closed
//!  384  steady      u64  generation in the steady slot, 0 for none
//!  512  file_len    u64  the length of the file in bytes
//!  640  clean       u64  the generation of the last orderly close, 0 before the first
//!  648              u64  the checksum of its payload
//!  768  wake        u32  counts what sleepers may wait for: publishes and changes of the state
//!  772  ringing     u32  0: publishes wake; 1: they do not, who waits has to look for itself; 2: they
//!                        wake, if who waits has fenced for the writer (`membarrier`)
//!  896  reclaimed   u64  blocks retired up to this generation may have been overwritten
//! 1024  evicted     u64  pins of generations up to this one are not honoured any more
//! 1032  oldest pin  u64  what a writer found pinned when it opened the file, 0 for nothing
//! 1040              u64  the length of the file when a writer found that first
//! 1048  durable     u64  checkpoints of generations below this one are not believed; 0 for no
//!                        checkpoint that is
//! 1056  reserved
//! 4096
//! ```
//!
//! The last five are of a record that grows (`publish/reclaim`, `heap/`), and 0 in other files. So is
//! `file_len` above the header's: it is stored after each growth, before the publish that needs it.
//!
//! The wait page holds `sleepers` (u64) at its start: the highest generation that anybody sleeps
//! for, or 0. It is the one word that readers write.
//!
//! `wake` is a word of its own and not the low half of `latest`. It also counts changes of the
//! state, and the futex word is never accessed in two sizes. It is stored with release and loaded
//! relaxed with an acquire fence: on read-only pages only relaxed loads are promised.
//!
//! `ringing` is stored by each writer when it opens the file. 0: it rings, with a fence of its own.
//! 1: it does not ring, and sleepers poll. 2: it relies on the sleepers' `membarrier`, so that a
//! sleeper that may not call it polls.

use super::bytes::put;

/// The length of the control page.
pub(crate) const CONTROL_LEN: usize = 4096;

/// The length of the wait page.
pub(crate) const WAIT_LEN: usize = 4096;

/// Where `sleepers` is in the wait page.
pub(crate) const SLEEPERS: usize = 0;

/// The distance of two live words.
const LINE: usize = 128;

/// A live word of eight bytes, by its offset in the control page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Word {
    /// The newest complete generation; 0 before the first publish.
    Latest = 0,
    /// Device, inode and time of birth of the file that the slots belong to.
    Birth = LINE,
    /// Its device and handle.
    Handle = LINE + 8,
    /// The boot id of the kernel that they were written under.
    Kernel = LINE + 16,
    /// Device and number of the inode alone.
    Number = LINE + 24,
    /// Which writer has vouched for them.
    Voucher = LINE + 32,
    /// A [`State`].
    State = 2 * LINE,
    /// The generation in the steady slot; 0 for none.
    Steady = 3 * LINE,
    /// The length of the file in bytes.
    FileLen = 4 * LINE,
    /// The generation of the last orderly close; 0 before the first.
    CleanGeneration = 5 * LINE,
    /// The checksum of the payload of that generation.
    CleanChecksum = 5 * LINE + 8,
    /// Blocks that were retired at this generation or before may have been overwritten.
    Reclaimed = 7 * LINE,
    /// Pins of this generation and those before are not honoured any more.
    Evicted = 8 * LINE,
    /// The oldest generation that was pinned when a writer opened the file; 0 for none.
    OldestPin = 8 * LINE + 8,
    /// The length of the file when a writer found that one to be the oldest.
    LenAtOldestPin = 8 * LINE + 16,
    /// The lowest generation whose blocks are kept for a checkpoint that names it; 0 for none.
    Durable = 8 * LINE + 24,
}

/// A live word of four bytes, by its offset in the control page: in a line that no [`Word`] is in,
/// since racing accesses of different sizes are undefined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum HalfWord {
    /// Counts what sleepers may wait for.
    Wake = 6 * LINE,
    /// Whether and how publishes wake.
    Ringing = 6 * LINE + 4,
}

impl HalfWord {
    /// The offset from the start of the control page.
    pub(crate) const fn offset(self) -> usize {
        self as usize
    }
}

impl Word {
    /// The offset from the start of the control page.
    pub(crate) const fn offset(self) -> usize {
        self as usize
    }
}

const _: () = assert!(Word::CleanGeneration.offset() == 640 && Word::FileLen.offset() == 512);
const _: () = assert!(Word::Birth.offset() == 128 && Word::Voucher.offset() == 160);
const _: () = assert!(HalfWord::Wake.offset() == 768 && HalfWord::Ringing.offset() == 772);
const _: () = assert!(Word::Reclaimed.offset() == 896 && Word::Evicted.offset() == 1024);
const _: () = assert!(Word::Durable.offset() + 8 <= CONTROL_LEN);

/// Whether a file is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum State {
    /// It has a writer, or had one that died.
    Live = 1,
    /// Another file has taken its place; nothing will be published here any more.
    Superseded = 2,
    /// The last writer closed it in good order.
    Closed = 3,
}

impl State {
    /// The state with this number, if there is one.
    pub(crate) const fn from_word(word: u64) -> Option<Self> {
        match word {
            1 => Some(Self::Live),
            2 => Some(Self::Superseded),
            3 => Some(Self::Closed),
            _ => None,
        }
    }

    /// The number that is stored.
    pub(crate) const fn word(self) -> u64 {
        self as u64
    }
}

/// The control page of a new file.
pub(crate) fn fresh_control(file_len: u64) -> [u8; CONTROL_LEN] {
    let mut page = [0; CONTROL_LEN];
    let words = [(Word::State, State::Live.word()), (Word::FileLen, file_len)];
    for (word, value) in words {
        put(&mut page, word.offset(), &value.to_ne_bytes());
    }
    page
}

/// What the clean record stores beside the generation: XXH3 (64 bit) of the payload's bytes with
/// the generation as seed. That of a record that grows goes on over the words of its heap.
pub(crate) fn clean_checksum(generation: u64, payload: &[u64]) -> u64 {
    xxhash_rust::xxh3::xxh3_64_with_seed(bytemuck::cast_slice(payload), generation)
}

/// The same, of what is given to it piece by piece.
pub(crate) struct CleanChecksum(xxhash_rust::xxh3::Xxh3);

impl CleanChecksum {
    /// Of nothing, as yet.
    pub(crate) fn new(generation: u64) -> Self {
        Self(xxhash_rust::xxh3::Xxh3::with_seed(generation))
    }

    /// Goes on over these words.
    pub(crate) fn add(&mut self, words: &[u64]) {
        self.0.update(bytemuck::cast_slice(words));
    }

    /// Of all that was added.
    pub(crate) fn finish(&self) -> u64 {
        self.0.digest()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_number_and_other_numbers_have_none() {
        for state in [State::Live, State::Superseded, State::Closed] {
            assert_eq!(State::from_word(state.word()), Some(state));
        }
        assert_eq!(State::from_word(0), None);
        assert_eq!(State::from_word(u64::MAX), None);
    }

    #[test]
    fn a_new_file_is_live_and_knows_its_length() {
        let page = fresh_control(0x0102);
        assert_eq!(page[256..264], 1u64.to_ne_bytes());
        assert_eq!(page[512..520], 0x0102u64.to_ne_bytes());
        assert_eq!(page.iter().filter(|byte| **byte != 0).count(), 3);
    }
}
