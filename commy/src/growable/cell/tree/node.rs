//! A node, taken out of its block to be changed.

use super::layout::{ADDRESS, AT_KEYS, LARGEST_VALUE, ROOM, Shape};
use crate::error::WriteError;
use crate::format::heap::Kind;
use crate::growable::at::At;
use crate::growable::cell::{LARGEST_KEY, Prefix};
use crate::growable::edit::Edit;

/// What the keys of a leaf are stored without, in the words of their cells: see
/// [`OrdCell`](crate::growable::cell::OrdCell).
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub(super) common: fn(&Edit, &[u8], &Prefix) -> Result<Prefix, WriteError>,
    pub(super) recut: fn(&mut Edit, &mut [u8], &Prefix, &Prefix) -> Result<(), WriteError>,
}

/// Room for all keys, or for all values, and for one more.
const KEYS: usize = ROOM + LARGEST_KEY;
const VALUES: usize = ROOM + LARGEST_VALUE;

/// The entries of a node, which may be one more than its block takes.
///
/// Their slots count from the first entry, also where a prefix takes places in front of it.
///
/// It takes 2.3 KB of the stack, and whoever splits or merges nodes holds two or three.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) shape: Shape,
    /// How many a block has places for, of the size of that which it was read from.
    pub(super) capacity: usize,
    len: usize,
    prefix: Prefix,
    keys: [u8; KEYS],
    values: [u8; VALUES],
}

impl Node {
    /// One without entries.
    pub(super) fn new(shape: Shape) -> Self {
        let capacity = shape.capacity(ROOM);
        let prefix = Prefix::NONE;
        Self { shape, capacity, len: 0, prefix, keys: [0; KEYS], values: [0; VALUES] }
    }

    /// The entries of a block, as many as it has room for.
    ///
    /// # Errors
    ///
    /// `Corrupt` if there is no such block.
    pub(super) fn read(edit: &Edit, block: u64, shape: Shape) -> Result<Self, WriteError> {
        let room = edit.room(block)?.min(ROOM);
        let mut bytes = [0; ROOM];
        let bytes = bytes.split_at_mut(room).0;
        edit.load(At::block(block), bytes)?;
        let mut node = Self::new(shape);
        node.capacity = shape.capacity(room);
        if shape.is_leaf {
            node.prefix = Prefix::staged(edit, block)?;
        }
        let first = node.first();
        if let Some(used) = bytes.first_chunk() {
            let used = (u32::from_ne_bytes(*used) as usize).min(node.capacity);
            node.len = used.saturating_sub(first);
        }
        let keys = shape.key_at(first);
        let values = shape.value_at(node.capacity, first);
        copy(&mut node.keys, bytes, keys, node.len * shape.key);
        copy(&mut node.values, bytes, values, node.len * shape.value);
        Ok(node)
    }

    /// Stores it: in the block `old` if that is of this transaction and as large as is wanted, else in
    /// another one, and `old` is retired. Returns the block.
    ///
    /// # Errors
    ///
    /// What [`Edit::alloc`] is refused; `Corrupt` if there is no block `old`.
    pub(super) fn put(
        &self,
        edit: &mut Edit,
        old: u64,
        (level, room): (usize, usize),
    ) -> Result<u64, WriteError> {
        let kind = if level == 0 { Kind::Leaf } else { Kind::Inner };
        let is_kept = match old {
            0 => false,
            old => {
                let (there, is_fresh) = edit.used(old)?;
                is_fresh && there.min(ROOM) >= room && there < 2 * room.max(AT_KEYS)
            }
        };
        let block = if is_kept { old } else { edit.alloc(kind, room)? };
        let (shape, first) = (self.shape, self.first());
        let capacity = shape.capacity(edit.room(block)?);
        let mut bytes = [0; ROOM];
        let len = self.len.min(capacity.saturating_sub(first));
        place(&mut bytes, 0, &((first + len) as u32).to_ne_bytes());
        place(&mut bytes, 4, &[level as u8, self.prefix.len() as u8]);
        place(&mut bytes, AT_KEYS, self.prefix.bytes());
        place(&mut bytes, shape.key_at(first), self.keys.split_at(len * shape.key).0);
        let values_at = shape.value_at(capacity, first);
        place(&mut bytes, values_at, self.values.split_at(len * shape.value).0);
        let used = shape.value_at(capacity, first + len).min(ROOM);
        edit.fill(block, bytes.split_at(used).0)?;
        if !is_kept && old != 0 {
            edit.retire(old);
        }
        Ok(block)
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// The place of the first entry: those in front of it are the prefix.
    pub(super) const fn first(&self) -> usize {
        self.prefix.places(self.shape.key)
    }

    /// How many places are in use.
    pub(super) const fn used(&self) -> usize {
        self.first() + self.len
    }

    /// The places that are wanted for what the keys have in common.
    pub(super) fn wanted(&self, edit: &Edit, cut: Option<&Cut>) -> Result<usize, WriteError> {
        match cut {
            Some(cut) => Ok((cut.common)(edit, self.keys(), &self.prefix)?.places(self.shape.key)),
            None => Ok(0),
        }
    }

    /// Stores once what the keys have in common, as far as there is room for it.
    pub(super) fn cut(&mut self, edit: &mut Edit, cut: Option<&Cut>) -> Result<(), WriteError> {
        let Some(cut) = cut else { return Ok(()) };
        let common = (cut.common)(edit, self.keys(), &self.prefix)?;
        let places = self.capacity.saturating_sub(self.len);
        self.recut(edit, cut, common.within(places, self.shape.key))
    }

    /// Adds the entries of another node behind these; there is room for both.
    pub(super) fn append(
        &mut self,
        mut other: Self,
        edit: &mut Edit,
        cut: Option<&Cut>,
    ) -> Result<(), WriteError> {
        if self.len == 0 {
            self.prefix = other.prefix;
        }
        if let Some(cut) = cut.filter(|_| other.len > 0 && self.prefix != other.prefix) {
            other.recut(edit, cut, self.prefix)?;
        }
        let shape = self.shape;
        place(&mut self.keys, self.len * shape.key, other.keys());
        let values = other.values.split_at(other.len * shape.value).0;
        place(&mut self.values, self.len * shape.value, values);
        self.len += other.len;
        self.cut(edit, cut)
    }

    fn recut(&mut self, edit: &mut Edit, cut: &Cut, prefix: Prefix) -> Result<(), WriteError> {
        if prefix == self.prefix {
            return Ok(());
        }
        let keys = self.keys.split_at_mut(self.len * self.shape.key).0;
        (cut.recut)(edit, keys, &self.prefix, &prefix)?;
        self.prefix = prefix;
        Ok(())
    }

    fn keys(&self) -> &[u8] {
        self.keys.split_at(self.len * self.shape.key).0
    }

    pub(super) fn key(&self, slot: usize) -> &[u8] {
        let size = self.shape.key;
        self.keys.get(slot * size..(slot + 1) * size).unwrap_or_default()
    }

    pub(super) fn set_key(&mut self, slot: usize, key: &[u8]) {
        place(&mut self.keys, slot * self.shape.key, key);
    }

    /// The address of a child.
    pub(super) fn child(&self, slot: usize) -> u64 {
        let word = self.values.get(slot * ADDRESS..).and_then(<[u8]>::first_chunk);
        let word = word.filter(|_| slot < self.len);
        word.map_or(0, |word| u64::from_ne_bytes(*word) & !15)
    }

    pub(super) fn set_child(&mut self, slot: usize, block: u64) {
        place(&mut self.values, slot * ADDRESS, &block.to_ne_bytes());
    }

    /// Inserts an entry; there may be one more than fit.
    pub(super) fn insert(&mut self, slot: usize, key: &[u8], value: &[u8]) {
        let (slot, len) = (slot.min(self.len), self.len);
        for (array, size, new) in [
            (self.keys.as_mut_slice(), self.shape.key, key),
            (self.values.as_mut_slice(), self.shape.value, value),
        ] {
            if (len + 1) * size <= array.len() {
                array.copy_within(slot * size..len * size, (slot + 1) * size);
                place(array, slot * size, new);
            }
        }
        self.len = len + 1;
    }

    pub(super) fn remove(&mut self, slot: usize) {
        if slot >= self.len {
            return;
        }
        let len = self.len;
        for (array, size) in [
            (self.keys.as_mut_slice(), self.shape.key),
            (self.values.as_mut_slice(), self.shape.value),
        ] {
            array.copy_within((slot + 1) * size..len * size, slot * size);
        }
        self.len = len - 1;
    }

    /// Takes the entries from `slot` on.
    pub(super) fn split_off(&mut self, slot: usize) -> Self {
        let mut right = Self::new(self.shape);
        let (slot, shape) = (slot.min(self.len), self.shape);
        (right.len, right.prefix) = (self.len - slot, self.prefix);
        copy(&mut right.keys, &self.keys, slot * shape.key, right.len * shape.key);
        copy(&mut right.values, &self.values, slot * shape.value, right.len * shape.value);
        self.len = slot;
        right
    }
}

/// Copies bytes to the start of an array.
fn copy(to: &mut [u8], from: &[u8], start: usize, len: usize) {
    let from = from.get(start..start + len).unwrap_or_default();
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
}

/// Copies bytes to a place in an array.
fn place(to: &mut [u8], start: usize, from: &[u8]) {
    if let Some(to) = to.get_mut(start..start + from.len()) {
        to.copy_from_slice(from);
    }
}
