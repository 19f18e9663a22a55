//! What a map does with the cells of its entries.

use core::marker::PhantomData;
use core::ops::Bound;

use super::change::{self, Builder, Table};
use super::layout::{ROOM, Shape, Tree};
use super::node::Cut;
use super::search::{self, Position, each_leaf};
use crate::error::WriteError;
use crate::format::heap::Kind;
use crate::growable::at::At;
use crate::growable::cell::{Cell, MAX_PREFIX, OrdCell, Prefix};
use crate::growable::edit::{Cursor, Edit, corrupt};
use crate::growable::fault::Fault;
use crate::growable::snap::Snap;

/// Entries of these keys and values.
#[derive(Debug)]
pub(super) struct Entries<K, V>(PhantomData<fn() -> (K, V)>);

/// A key and its value.
type Pair<K, V> = (<K as Cell>::Value, <V as Cell>::Value);

/// The bounds of a range, as values that are held.
pub(super) type HeldBounds<'a, K> = (Bound<<K as Cell>::Held<'a>>, Bound<<K as Cell>::Held<'a>>);

impl<K: OrdCell, V: Cell> Entries<K, V> {
    pub(super) const SHAPE: Shape = Shape::of_leaf(K::SIZE, V::SIZE);
    /// The bytes of an entry, which is one hop deeper than the map.
    const ENTRY: usize = Self::SHAPE.entry();
    const TABLE: &'static Table = &Table {
        shape: Self::SHAPE,
        separate: K::separate,
        cut: if K::IS_CUT { Some(Cut { common: K::common, recut: K::recut }) } else { None },
        trace_key: K::trace,
        trace_value: V::trace,
    };

    /// The map whose cell is here.
    #[inline]
    pub(super) fn tree(snap: &Snap<'_>, at: At) -> Result<Tree, Fault> {
        Tree::read(snap, at, Self::SHAPE)
    }

    /// Where a key is, or would be, and whether it is there; nowhere in a map without entries.
    pub(super) fn locate(
        snap: &Snap<'_>,
        at: At,
        key: &K::Held<'_>,
    ) -> Result<(Option<Position>, bool), Fault> {
        let tree = Self::tree(snap, at)?;
        if tree.root() == 0 {
            return Ok((None, false));
        }
        let mut position = Position::NONE;
        let is_found = Self::find(snap, tree, key, &mut position)?;
        Ok((Some(position), is_found))
    }

    fn find(
        snap: &Snap<'_>,
        tree: Tree,
        key: &K::Held<'_>,
        position: &mut Position,
    ) -> Result<bool, Fault> {
        snap.deeper(Self::ENTRY, || {
            // No more than a few keys are read, which may be read again.
            snap.uncounted(|| {
                let sought = K::sought(key);
                search::find(snap, (tree, Self::SHAPE), position, |keys, slots| {
                    K::search((key, &sought), snap, keys, slots)
                })
            })
        })
    }

    /// Calls `read` with the place of a key, if it is there.
    pub(super) fn with<R>(
        snap: &Snap<'_>,
        at: At,
        key: &K::Held<'_>,
        read: impl FnOnce(&Position) -> Result<R, Fault>,
    ) -> Result<Option<R>, Fault> {
        let tree = Self::tree(snap, at)?;
        let mut position = Position::NONE;
        if tree.root() == 0 || !Self::find(snap, tree, key, &mut position)? {
            return Ok(None);
        }
        snap.deeper(Self::ENTRY, || read(&position)).map(Some)
    }

    /// The same for those who only read: `read` is called with the places of a key and its value.
    #[inline]
    pub(super) fn get<R>(
        snap: &Snap<'_>,
        at: At,
        key: &K::Held<'_>,
        read: impl FnOnce(At, At) -> Result<R, Fault>,
    ) -> Result<Option<R>, Fault> {
        let (tree, shape) = (Self::tree(snap, at)?, Self::SHAPE);
        if tree.root() == 0 {
            return Ok(None);
        }
        snap.deeper(Self::ENTRY, || {
            // No more than a few keys are read, which may be read again.
            let place = snap.uncounted(|| {
                let sought = K::sought(key);
                search::look_up(snap, (tree, shape), |keys, slots| {
                    K::search((key, &sought), snap, keys, slots)
                })
            })?;
            let Some(place) = place else { return Ok(None) };
            read(place.key(shape), place.value(shape)).map(Some)
        })
    }

    /// Where the first entry is, or the last one.
    pub(super) fn outermost(
        snap: &Snap<'_>,
        at: At,
        is_first: bool,
    ) -> Result<Option<Position>, Fault> {
        let tree = Self::tree(snap, at)?;
        if tree.root() == 0 {
            return Ok(None);
        }
        let shape = Self::SHAPE;
        if is_first {
            let mut position = search::first(snap, tree, shape)?;
            while position.len == position.first {
                if !search::next_leaf(snap, (tree, shape), &mut position)? {
                    return Ok(None);
                }
            }
            return Ok(Some(position));
        }
        let mut position = search::end(snap, tree, shape)?;
        while position.len == position.first {
            if !search::leaf_before(snap, (tree, shape), &mut position)? {
                return Ok(None);
            }
        }
        position.set_slot(position.slot() - 1);
        Ok(Some(position))
    }

    /// Where a range begins.
    pub(super) fn start(
        snap: &Snap<'_>,
        tree: Tree,
        bound: &Bound<K::Held<'_>>,
        position: &mut Position,
    ) -> Result<(), Fault> {
        match bound {
            Bound::Included(key) => Self::beside(snap, tree, key, false, position),
            Bound::Excluded(key) => Self::beside(snap, tree, key, true, position),
            Bound::Unbounded => {
                *position = search::first(snap, tree, Self::SHAPE)?;
                Ok(())
            }
        }
    }

    /// Where a range ends.
    pub(super) fn end(
        snap: &Snap<'_>,
        tree: Tree,
        bound: &Bound<K::Held<'_>>,
        position: &mut Position,
    ) -> Result<(), Fault> {
        match bound {
            Bound::Included(key) => Self::beside(snap, tree, key, true, position),
            Bound::Excluded(key) => Self::beside(snap, tree, key, false, position),
            Bound::Unbounded => {
                *position = search::end(snap, tree, Self::SHAPE)?;
                Ok(())
            }
        }
    }

    /// Where a key is, or behind it, or where it would be.
    fn beside(
        snap: &Snap<'_>,
        tree: Tree,
        key: &K::Held<'_>,
        is_behind: bool,
        position: &mut Position,
    ) -> Result<(), Fault> {
        if Self::find(snap, tree, key, position)? && is_behind {
            position.set_slot(position.slot() + 1);
        }
        Ok(())
    }

    /// Calls `read` with the places of key and value of each entry.
    ///
    /// # Errors
    ///
    /// What `read` returns; `Corrupt` if there are fewer entries than the map says.
    pub(super) fn each(
        snap: &Snap<'_>,
        at: At,
        mut read: impl FnMut(At, At) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let (tree, shape) = (Self::tree(snap, at)?, Self::SHAPE);
        if tree.root() == 0 {
            return Ok(());
        }
        snap.deeper(Self::ENTRY, || {
            let start = search::first(snap, tree, shape)?;
            let end = search::end(snap, tree, shape)?;
            let found = each_leaf(snap, (tree, shape), (start, end), |position, count| {
                let mut position = *position;
                for slot in position.slot()..position.slot() + count {
                    position.set_slot(slot);
                    read(position.key(shape), position.value(shape))?;
                }
                Ok(())
            })?;
            if found == tree.len {
                return Ok(());
            }
            Err(Fault::corrupt("entries of a map", found, format!("{}", tree.len), tree.root()))
        })
    }

    /// All entries, in order.
    pub(super) fn load(snap: &Snap<'_>, at: At) -> Result<Vec<Pair<K, V>>, Fault> {
        let len = Self::tree(snap, at)?.len;
        snap.spend(0, len.saturating_mul(size_of::<(K::Value, V::Value)>().max(1) as u64))?;
        let mut entries = Vec::new();
        snap.reserve(&mut entries, len);
        Self::each(snap, at, |key, value| {
            entries.push((K::load(snap, key)?, V::load(snap, value)?));
            Ok(())
        })?;
        if !K::IS_NATURAL {
            // What is built of them asks for their order: the user's own code should see nothing that
            // was never published.
            snap.settle()?;
        }
        Ok(entries)
    }

    /// All keys, in order.
    pub(super) fn load_keys(snap: &Snap<'_>, at: At) -> Result<Vec<K::Value>, Fault> {
        let len = Self::tree(snap, at)?.len;
        snap.spend(0, len.saturating_mul(size_of::<K::Value>().max(1) as u64))?;
        let mut keys = Vec::new();
        snap.reserve(&mut keys, len);
        Self::each(snap, at, |key, _| {
            keys.push(K::load(snap, key)?);
            Ok(())
        })?;
        Ok(keys)
    }

    /// The keys, if they are where a search finds them: strictly in order.
    ///
    /// # Errors
    ///
    /// As [`load_keys`](Self::load_keys); `Corrupt` if they are not.
    pub(super) fn keys_in_order(snap: &Snap<'_>, at: At) -> Result<Vec<K::Value>, Fault> {
        let keys = Self::load_keys(snap, at)?;
        let is_below = |left: &_, right: &_| K::order(&K::lend(left), &K::lend(right)).is_lt();
        if keys.is_sorted_by(is_below) {
            return Ok(keys);
        }
        Err(Fault::corrupt("place of a key in a map", 0, "where its type's order says", 0))
    }

    /// Writes a map of entries that come in order into a cell of zeros.
    pub(super) fn store<'a>(
        entries: impl Iterator<Item = (K::Held<'a>, V::Held<'a>)>,
        edit: &mut Edit,
        cell: &mut [u8],
    ) -> Result<(), WriteError> {
        let mut entries = entries.peekable();
        // A map without entries leads nowhere, and is as deep as the cell that it is.
        if entries.peek().is_none() {
            return Ok(());
        }
        let mut builder = Builder::new(Self::TABLE);
        edit.deeper(Self::ENTRY, |edit| {
            let mut buffer = [0; ROOM];
            let (key_cell, rest) = buffer.split_at_mut(K::SIZE);
            let value_cell = rest.split_at_mut(V::SIZE).0;
            for (key, value) in entries {
                key_cell.fill(0);
                value_cell.fill(0);
                K::store(&key, edit, key_cell)?;
                V::store(&value, edit, value_cell)?;
                builder.push(edit, key_cell, value_cell)?;
            }
            builder.finish(edit, cell)
        })
    }

    /// Inserts an entry, or puts the value in the place of that of an equal key. Returns whether the
    /// key was there.
    pub(super) fn insert(
        cursor: &mut Cursor<'_>,
        key: &K::Held<'_>,
        value: &V::Held<'_>,
    ) -> Result<bool, WriteError> {
        cursor.whole(|mut cursor| {
            // Found in place: it is large, and would be copied on each way out.
            let mut found = Position::NONE;
            let place = cursor.look(|snap, at| {
                let tree = Self::tree(snap, at)?;
                if tree.root() == 0 {
                    return Ok(None);
                }
                Self::find(snap, tree, key, &mut found).map(Some)
            })?;
            let (mut position, is_found) = (place.map(|_| found), place == Some(true));
            if is_found && V::SIZE == 0 {
                return Ok(is_found);
            }
            cursor.within(|edit, at| match &mut position {
                Some(position) if is_found => Self::set_at(edit, at, position, value),
                _ => Self::insert_at(edit, at, &mut position, (key, value)),
            })?;
            Ok(is_found)
        })
    }

    /// Replaces the value at a place.
    fn set_at(
        edit: &mut Edit,
        at: At,
        position: &mut Position,
        value: &V::Held<'_>,
    ) -> Result<(), WriteError> {
        edit.with_cell(V::SIZE, |edit, cell| {
            // Entries are one hop deeper than the map.
            edit.deeper(Self::ENTRY, |edit| V::store(value, edit, cell))?;
            let leaf = change::own_leaf(edit, at, Self::SHAPE, position)?;
            let value_at = Self::SHAPE.value_at(position.capacity, position.slot());
            let place = At::block(leaf).plus(value_at);
            if V::HAS_BLOCKS {
                edit.replace(place, cell, V::trace)
            } else {
                edit.write(place, cell)
            }
        })
    }

    /// Inserts an entry at a place where it is not; that is where it is then.
    pub(super) fn insert_at(
        edit: &mut Edit,
        at: At,
        position: &mut Option<Position>,
        (key, value): (&K::Held<'_>, &V::Held<'_>),
    ) -> Result<(), WriteError> {
        edit.with_cell(Self::ENTRY, |edit, cell| {
            let (key_cell, value_cell) = cell.split_at_mut(K::SIZE);
            let prefix = match position {
                Some(position) if K::IS_CUT => Prefix::staged(edit, position.leaf())?,
                _ => Prefix::NONE,
            };
            edit.deeper(Self::ENTRY, |edit| {
                K::store_behind(key, &prefix, edit, key_cell)?;
                V::store(value, edit, value_cell)
            })?;
            change::insert(edit, at, Self::TABLE, position, (key_cell, value_cell))
        })
    }

    /// Takes the entry at a place out.
    pub(super) fn remove_at(
        cursor: &mut Cursor<'_>,
        mut position: Position,
    ) -> Result<(), WriteError> {
        cursor.change(|edit, at| change::remove(edit, at, Self::TABLE, &mut position))
    }

    /// Takes an entry out, if it is there; returns what `read` makes of it before.
    pub(super) fn remove<R>(
        cursor: &mut Cursor<'_>,
        key: &K::Held<'_>,
        read: impl FnOnce(&Snap<'_>, &Position) -> Result<R, Fault>,
    ) -> Result<Option<R>, WriteError> {
        cursor.whole(|mut cursor| {
            let found = cursor.look(|snap, at| {
                Self::with(snap, at, key, |position| Ok((read(snap, position)?, *position)))
            })?;
            let Some((removed, position)) = found else { return Ok(None) };
            Self::remove_at(&mut cursor, position)?;
            Ok(Some(removed))
        })
    }

    /// Takes the first entry out, or the last one.
    pub(super) fn pop(
        cursor: &mut Cursor<'_>,
        is_first: bool,
    ) -> Result<Option<Pair<K, V>>, WriteError> {
        cursor.whole(|mut cursor| {
            let found = cursor.look(|snap, at| {
                let Some(position) = Self::outermost(snap, at, is_first)? else { return Ok(None) };
                let entry = snap.deeper(Self::ENTRY, || Self::load_at(snap, &position))?;
                Ok(Some((entry, position)))
            })?;
            let Some((entry, position)) = found else { return Ok(None) };
            Self::remove_at(&mut cursor, position)?;
            Ok(Some(entry))
        })
    }

    /// The entry at a place.
    pub(super) fn load_at(snap: &Snap<'_>, position: &Position) -> Result<Pair<K, V>, Fault> {
        let shape = Self::SHAPE;
        Ok((K::load(snap, position.key(shape))?, V::load(snap, position.value(shape))?))
    }

    /// Keeps those entries for which `keeps` returns true.
    pub(super) fn retain(
        cursor: &mut Cursor<'_>,
        mut keeps: impl FnMut(&K::Value, &V::Value) -> bool,
    ) -> Result<(), WriteError> {
        cursor.whole(|mut cursor| {
            let entries = cursor.look(Self::load)?;
            for (key, value) in &entries {
                if !keeps(key, value)
                    && Self::remove(&mut cursor, &K::lend(key), |_, _| Ok(()))?.is_none()
                {
                    return Err(out_of_order());
                }
            }
            Ok(())
        })
    }

    /// Takes out the entries from a key on, and returns them.
    pub(super) fn split_off(
        cursor: &mut Cursor<'_>,
        key: &K::Held<'_>,
    ) -> Result<Vec<Pair<K, V>>, WriteError> {
        cursor.whole(|mut cursor| {
            let mut taken = Vec::new();
            loop {
                let found = cursor.look(|snap, at| {
                    let Some(last) = Self::outermost(snap, at, false)? else { return Ok(None) };
                    snap.deeper(Self::ENTRY, || {
                        let last_key = last.key(Self::SHAPE);
                        if snap.uncounted(|| K::compare(key, snap, last_key))?.is_gt() {
                            return Ok(None);
                        }
                        Ok(Some((Self::load_at(snap, &last)?, last)))
                    })
                })?;
                let Some((entry, position)) = found else { break };
                Self::remove_at(&mut cursor, position)?;
                taken.push(entry);
            }
            taken.reverse();
            Ok(taken)
        })
    }

    /// Finds the nodes of a place again, of which a change may have made copies.
    pub(super) fn go_again(snap: &Snap<'_>, at: At, position: &mut Position) -> Result<(), Fault> {
        let tree = Self::tree(snap, at)?;
        if tree.root() == 0 || tree.level() != position.level {
            let expected = format!("{}", position.level);
            return Err(Fault::corrupt("level of a map", tree.level() as u64, expected, 0));
        }
        let (slots, mut depth) = (position.slots, 0);
        search::descend(snap, (tree, Self::SHAPE), (position, 0), |_| {
            let slot = slots.get(depth).map_or(0, |slot| usize::from(*slot));
            depth += 1;
            Ok(slot)
        })
    }

    /// The value at a place, to be changed.
    pub(super) fn value<'t>(cursor: Cursor<'t>, position: &Position) -> Cursor<'t> {
        // Entries are one hop deeper than the map, at the first step or at any later one.
        let (mut cursor, mut hop) = (cursor, Some(Self::ENTRY));
        let inner = Self::SHAPE.inner();
        for depth in 0..position.level {
            let slot = position.slot_at(depth);
            let node = cursor.enter(Kind::Inner, hop.take());
            cursor = node.field(inner.value_at(inner.capacity(ROOM), slot));
        }
        let shape = Self::SHAPE;
        let at = shape.value_at(position.capacity, position.slot());
        cursor.enter(Kind::Leaf, hop).field(at)
    }

    /// Checks all of it: each key and value, their order, that keys of inner nodes are between those
    /// in the leaves, and the count.
    pub(super) fn verify(snap: &Snap<'_>, at: At) -> Result<(), Fault> {
        let tree = Self::tree(snap, at)?;
        if tree.root() == 0 {
            return Ok(());
        }
        snap.deeper(Self::ENTRY, || {
            let shape = Self::SHAPE.of_level(tree.level());
            let capacity = shape.capacity(tree.root_room(snap)?);
            let mut check = Check { last: None, entries: 0 };
            check.node::<K, V>(snap, tree.root(), (tree.level(), capacity))?;
            if check.entries == tree.len {
                return Ok(());
            }
            let expected = format!("{}", check.entries);
            Err(Fault::corrupt("length of a map", tree.len, expected, tree.root()))
        })
    }
}

/// A key that is there is not found.
#[cold]
pub(super) fn out_of_order() -> WriteError {
    corrupt("place of a key in a map", 0, "where its type's order says", 0)
}

/// What was seen of a map so far.
struct Check<T> {
    /// The last key, and whether it is that of an entry: the next one is above it then.
    last: Option<(T, bool)>,
    entries: u64,
}

impl<T> Check<T> {
    fn node<K: OrdCell<Value = T>, V: Cell>(
        &mut self,
        snap: &Snap<'_>,
        block: u64,
        (level, capacity): (usize, usize),
    ) -> Result<(), Fault> {
        let node = At::block(block);
        let shape = Entries::<K, V>::SHAPE.of_level(level);
        let [a, b, c, d, stored_level, prefix, ..] = snap.word(node)?.to_ne_bytes();
        let len = u32::from_ne_bytes([a, b, c, d]) as usize;
        let first = usize::from(prefix).div_ceil(shape.key);
        if !(first + 1..=capacity).contains(&len) {
            let expected = format!("{} to {capacity}", first + 1);
            return Err(Fault::corrupt("places in a node of a map", len as u64, expected, block));
        }
        if usize::from(stored_level) != level {
            let expected = format!("{level}");
            return Err(Fault::corrupt("level of a node", stored_level.into(), expected, block));
        }
        let longest = if K::IS_CUT && level == 0 { MAX_PREFIX } else { 0 };
        if usize::from(prefix) > longest {
            let expected = format!("at most {longest}");
            return Err(Fault::corrupt("prefix of a node", prefix.into(), expected, block));
        }
        snap.spend(shape.room(len) as u64, 0)?;
        for slot in first..len {
            let key = node.plus(shape.key_at(slot));
            let value = node.plus(shape.value_at(capacity, slot));
            if level == 0 {
                let index = self.entries;
                self.key::<K>(snap, key, (block, slot, true))
                    .and_then(|()| V::verify(snap, value))
                    .map_err(|fault| fault.in_element(index))?;
                self.entries += 1;
                continue;
            }
            if slot > 0 {
                self.key::<K>(snap, key, (block, slot, false))?;
            } else {
                self.zeros(snap, key, (block, shape.key))?;
            }
            let child = snap.follow(value)?.block_start().unwrap_or(0);
            let capacity = Entries::<K, V>::SHAPE.of_level(level - 1).capacity(ROOM);
            self.node::<K, V>(snap, child, (level - 1, capacity))?;
        }
        Ok(())
    }

    fn key<K: OrdCell<Value = T>>(
        &mut self,
        snap: &Snap<'_>,
        at: At,
        (block, slot, is_entry): (u64, usize, bool),
    ) -> Result<(), Fault> {
        K::verify(snap, at)?;
        let key = snap.uncounted(|| K::load(snap, at))?;
        snap.settle()?;
        if let Some((last, is_strict)) = &self.last {
            let order = K::order(&K::lend(&key), &K::lend(last));
            if order.is_lt() || (order.is_eq() && *is_strict) {
                let expected = "a key above those before it, by the order of its type";
                let what = "place of a key in a node of a map";
                return Err(Fault::corrupt(what, slot as u64, expected, block));
            }
        }
        self.last = Some((key, is_entry));
        Ok(())
    }

    fn zeros(&self, snap: &Snap<'_>, at: At, (block, size): (u64, usize)) -> Result<(), Fault> {
        let mut key = [0; super::layout::AT_KEYS + crate::growable::cell::LARGEST_KEY];
        let key = key.split_at_mut(size).0;
        snap.read(at, key)?;
        match key.iter().find(|byte| **byte != 0) {
            None => Ok(()),
            Some(byte) => {
                let what = "first key of an inner node of a map";
                Err(Fault::corrupt(what, u64::from(*byte), "zeros", block))
            }
        }
    }
}
