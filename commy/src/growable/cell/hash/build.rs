//! Builds nodes of entries that come in no order.

use super::layout::{FAN_OUT, INNER, LAST_DEPTH, LAST_SLOT, Shape, inner_address, slot_of};
use super::leaf::Content;
use crate::error::WriteError;
use crate::format::heap::{Address, Kind};
use crate::growable::edit::Edit;

/// Entries on their way into nodes.
#[derive(Debug)]
pub(super) struct Entries {
    shape: Shape,
    hashes: Vec<u64>,
    cells: Vec<u8>,
}

impl Entries {
    pub(super) const fn new(shape: Shape) -> Self {
        Self { shape, hashes: Vec::new(), cells: Vec::new() }
    }

    pub(super) fn push(&mut self, hash: u64, entry: &[u8]) {
        self.hashes.push(hash);
        self.cells.extend_from_slice(entry);
    }

    fn entry(&self, index: usize) -> (u64, &[u8]) {
        let start = index * self.shape.stride;
        let entry = self.cells.get(start..start + self.shape.stride).unwrap_or_default();
        (self.hashes.get(index).copied().unwrap_or(0), entry)
    }

    /// Writes nodes with all of them, of which no two have the same key, below so many others, and
    /// returns the address.
    pub(super) fn build(&self, edit: &mut Edit, depth: usize) -> Result<Address, WriteError> {
        self.below(edit, (0..self.hashes.len()).collect(), depth)
    }

    /// The same for some of them.
    fn below(
        &self,
        edit: &mut Edit,
        some: Vec<usize>,
        depth: usize,
    ) -> Result<Address, WriteError> {
        let capacity = self.shape.capacity();
        if some.len() <= capacity {
            let mut content = Content::new(self.shape);
            for (hash, entry) in some.into_iter().map(|index| self.entry(index)) {
                content.push(hash, entry);
            }
            return content.write(edit, depth, 0);
        }
        let mut slots = [Address::NONE; FAN_OUT];
        if depth == LAST_DEPTH {
            let (here, behind) = some.split_at(some.len().min(capacity * LAST_SLOT));
            for (slot, some) in slots.iter_mut().zip(here.chunks(capacity)) {
                *slot = self.below(edit, some.to_vec(), depth)?;
            }
            if let Some(last) = slots.last_mut() {
                *last = self.below(edit, behind.to_vec(), depth)?;
            }
            return new_inner(edit, &slots);
        }
        let mut parts = vec![Vec::new(); FAN_OUT];
        for index in some {
            let (hash, _) = self.entry(index);
            if let Some(part) = parts.get_mut(slot_of(hash, depth)) {
                part.push(index);
            }
        }
        for (slot, part) in slots.iter_mut().zip(parts) {
            *slot = self.below(edit, part, depth + 1)?;
        }
        new_inner(edit, &slots)
    }
}

/// Writes an inner node.
pub(super) fn new_inner(
    edit: &mut Edit,
    slots: &[Address; FAN_OUT],
) -> Result<Address, WriteError> {
    let words = core::iter::once(0).chain(slots.iter().map(|slot| slot.word()));
    let bytes: Vec<u8> = words.flat_map(u64::to_ne_bytes).collect();
    let block = edit.alloc(Kind::HashInner, INNER)?;
    edit.fill(block, &bytes)?;
    Ok(inner_address(block))
}
