//! The states of the blocks of one page, two bits for each.
//!
//! Two, so that whatever a damaged or hostile file says, a block never gets a second owner. One bit
//! would find a block that is freed twice, and not one that is retired twice: the second of these
//! would be freed when the block belongs to somebody else.

use core::fmt;

/// What a block is to its writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// The latest generation reaches it.
    Live,
    /// Nobody reaches it, and it may be handed out.
    Free,
    /// Older generations may reach it, or it is set aside to be handed out next.
    Waiting,
    /// The running transaction allocated it.
    Fresh,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Live => "in use",
            Self::Free => "free",
            Self::Waiting => "retired",
            Self::Fresh => "of this transaction",
        })
    }
}

/// A set of the blocks of one page; bit i of 128 is the block with index i. In two words, since a
/// `u128` would be aligned to 16 and make each page 48 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BlockSet([u64; 2]);

impl BlockSet {
    const EMPTY: Self = Self([0; 2]);

    /// The blocks below this index.
    fn below(index: u32) -> Self {
        Self::from_bits(u128::MAX.checked_shr(128 - index).unwrap_or(0))
    }

    fn from_bits(bits: u128) -> Self {
        Self([bits as u64, (bits >> 64) as u64])
    }

    fn bits(self) -> u128 {
        u128::from(self.0[0]) | u128::from(self.0[1]) << 64
    }

    /// How many they are.
    pub(crate) fn len(self) -> u32 {
        self.0[0].count_ones() + self.0[1].count_ones()
    }

    #[inline]
    const fn has(self, index: u32) -> bool {
        let [low, high] = self.0;
        let word = if index < 64 { low } else { high };
        word >> (index % 64) & 1 == 1
    }

    #[inline]
    const fn set(&mut self, index: u32, member: bool) {
        let [low, high] = &mut self.0;
        let word = if index < 64 { low } else { high };
        let bit = 1 << (index % 64);
        *word = if member { *word | bit } else { *word & !bit };
    }
}

/// The states of the blocks of a page, two bits each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct States {
    /// Free or fresh.
    given: BlockSet,
    /// Waiting or fresh.
    touched: BlockSet,
}

impl States {
    /// So many blocks, all of them free.
    pub(super) fn all_free(blocks: u32) -> Self {
        Self { given: BlockSet::below(blocks), touched: BlockSet::EMPTY }
    }

    /// The free ones.
    pub(super) fn free(self) -> BlockSet {
        BlockSet::from_bits(self.given.bits() & !self.touched.bits())
    }

    /// How many of the first so many are live or fresh.
    pub(super) fn live(self, blocks: u32) -> u32 {
        let (given, touched) = (self.given.bits(), self.touched.bits());
        // Free and waiting are those in which the two differ.
        blocks - BlockSet::from_bits(given ^ touched).len()
    }

    /// The state of one.
    #[inline]
    pub(super) const fn get(self, index: u32) -> State {
        match (self.given.has(index), self.touched.has(index)) {
            (false, false) => State::Live,
            (true, false) => State::Free,
            (false, true) => State::Waiting,
            (true, true) => State::Fresh,
        }
    }

    /// Changes the state of one.
    #[inline]
    pub(super) fn set(&mut self, index: u32, state: State) {
        self.given.set(index, matches!(state, State::Free | State::Fresh));
        self.touched.set(index, matches!(state, State::Waiting | State::Fresh));
    }

    /// The first of the free ones.
    pub(super) fn first_free(self) -> Option<u32> {
        let free = self.free();
        (free.len() > 0).then(|| free.bits().trailing_zeros())
    }

    /// Makes all that are free waiting; returns which they were.
    pub(super) fn set_aside(&mut self) -> BlockSet {
        let free = self.free();
        self.given = BlockSet::from_bits(self.given.bits() & !free.bits());
        self.touched = BlockSet::from_bits(self.touched.bits() | free.bits());
        free
    }

    /// Takes [`States::set_aside`] back.
    pub(super) fn take_back(&mut self, blocks: BlockSet) {
        self.given = BlockSet::from_bits(self.given.bits() | blocks.bits());
        self.touched = BlockSet::from_bits(self.touched.bits() & !blocks.bits());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_block_of_a_page_has_a_state_of_its_own() {
        for blocks in [1, 5, 63, 64, 65, 85, 128] {
            let mut states = States::all_free(blocks);
            assert_eq!((states.free().len(), states.first_free()), (blocks, Some(0)));
            let all = [State::Live, State::Waiting, State::Fresh, State::Free];
            let of = |index: u32| all[index as usize % 4];
            (0..blocks).for_each(|index| states.set(index, of(index)));
            (0..blocks).for_each(|index| assert_eq!(states.get(index), of(index), "{index}"));
            assert_eq!(states.free().len(), blocks / 4);
            assert_eq!(states.first_free(), (blocks > 3).then_some(3));
        }
    }

    #[test]
    fn what_is_set_aside_comes_back_and_nothing_else() {
        let mut states = States::all_free(100);
        (0..100).step_by(3).for_each(|index| states.set(index, State::Live));
        let before = states;
        let aside = states.set_aside();
        assert_eq!((aside.len(), states.first_free()), (66, None));
        states.set(1, State::Waiting);
        states.set(3, State::Waiting);
        states.take_back(aside);
        assert_eq!((states.get(1), states.get(3)), (State::Free, State::Waiting));
        states.set(3, State::Live);
        assert_eq!(states, before);
    }
}
