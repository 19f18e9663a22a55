//! Which bytes the blocks take that a check has found: each has one cell that leads to it.

use std::collections::{BTreeMap, HashMap};

use super::fault::Fault;
use super::trace::Found;
use crate::format::PAGE;
use crate::format::heap::{BLOCK_ALIGN, Extent};

/// The words that have a bit for each place in a page where a block can begin.
const WORDS: usize = (PAGE / BLOCK_ALIGN / 64) as usize;

/// The blocks that were found: bits for those that lie in a page, the ends of runs by their starts.
///
/// It has room for what was found, and none for a heap that only seems to be long.
#[derive(Debug, Default)]
pub(super) struct Reached {
    pages: HashMap<u64, [u64; WORDS]>,
    runs: BTreeMap<u64, u64>,
}

impl Reached {
    /// Takes note of one more.
    ///
    /// # Errors
    ///
    /// `Corrupt` if no such block begins there, or if another one has some of its bytes.
    pub(super) fn add(&mut self, found: &Found) -> Result<(), Fault> {
        let Found { block, extent, .. } = *found;
        let is_alone = match extent {
            Extent::Small(class) if class.place(block).is_some() => self.add_small(block, extent),
            Extent::Run(_) if block.is_multiple_of(PAGE) => self.add_run(block, extent),
            Extent::Small(_) | Extent::Run(_) => {
                let expected = format!("where {} begins", extent.class());
                return Err(Fault::corrupt("address of a block", block, expected, block));
            }
        };
        if is_alone {
            return Ok(());
        }
        let expected = "a block that nothing else leads to";
        Err(Fault::corrupt("address of a block", block, expected, block))
    }

    fn add_small(&mut self, block: u64, extent: Extent) -> bool {
        let run = self.runs.range(..=block).next_back();
        let mut is_alone = run.is_none_or(|(_, end)| *end <= block);
        let words = self.pages.entry(block / PAGE).or_default();
        let first = block % PAGE / BLOCK_ALIGN;
        for unit in first..first + extent.bytes().div_ceil(BLOCK_ALIGN) {
            let Some(word) = words.get_mut((unit / 64) as usize) else { return false };
            let bit = 1 << (unit % 64);
            is_alone &= *word & bit == 0;
            *word |= bit;
        }
        is_alone
    }

    fn add_run(&mut self, block: u64, extent: Extent) -> bool {
        let end = block.saturating_add(extent.bytes());
        let run = self.runs.range(..end).next_back();
        let is_alone = run.is_none_or(|(_, end)| *end <= block);
        let mut pages = block / PAGE..end.div_ceil(PAGE);
        // Whichever are fewer.
        let has_small = match pages.end - pages.start > self.pages.len() as u64 {
            true => self.pages.keys().any(|page| pages.contains(page)),
            false => pages.any(|page| self.pages.contains_key(&page)),
        };
        self.runs.insert(block, end);
        is_alone && !has_small
    }
}
