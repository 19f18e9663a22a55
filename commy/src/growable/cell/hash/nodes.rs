//! Goes through the nodes of a hash map: to find a key, to read all entries, and to find the blocks.

use super::layout::{
    FAN_OUT, Head, INNER, LAST_DEPTH, LAST_SLOT, Map, Shape, is_inner, slot_at, slot_of,
};
use super::leaf;
use crate::format::heap::{Address, Kind};
use crate::growable::at::At;
use crate::growable::cell::Cell;
use crate::growable::fault::Fault;
use crate::growable::snap::{BLOCK_HEADER, Snap};
use crate::growable::trace::{Edge, Trace, WalkOn};

/// An entry, and the way to it.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// The block of its leaf, and the first word of that.
    pub(super) leaf: u64,
    pub(super) head: Head,
    /// Which one it is there.
    pub(super) index: usize,
    /// How many inner nodes the hash led through.
    pub(super) depth: usize,
    /// The slots in the nodes behind the last depth.
    pub(super) chain: Vec<u8>,
}

impl Found {
    /// The slots on the way, one in each inner node.
    pub(super) fn slots(&self, hash: u64) -> impl Iterator<Item = usize> {
        let by_hash = (0..self.depth).map(move |depth| slot_of(hash, depth));
        by_hash.chain(self.chain.iter().map(|slot| usize::from(*slot)))
    }

    /// The same entry where it is now, in nodes that were copied since, but otherwise are as they were.
    ///
    /// # Errors
    ///
    /// `Corrupt` if there is none.
    pub(super) fn again(
        &self,
        snap: &Snap<'_>,
        map: Map,
        shape: Shape,
        hash: u64,
    ) -> Result<Self, Fault> {
        let mut address = map.root;
        for slot in self.slots(hash) {
            address = child(snap, address, slot)?;
        }
        let leaf = address.offset();
        let head = leaf::head(snap, leaf, shape)?;
        if self.index >= head.len {
            let (what, expected) = ("number of entries in a leaf of a hash map", self.index + 1);
            let expected = format!("at least {expected}, as before");
            return Err(Fault::corrupt(what, head.len as u64, expected, leaf));
        }
        Ok(Self { leaf, head, ..self.clone() })
    }

    /// Where it is, in its leaf as it was found.
    pub(super) fn entry(&self, shape: Shape) -> At {
        At::block(self.leaf).plus(self.head.entry_at(shape, self.index))
    }
}

/// Finds the entry with this hash whose key `is_same` says is the one.
///
/// # Errors
///
/// What `is_same` returns; `Corrupt` for a leaf that makes no sense.
#[inline]
pub(super) fn find(
    snap: &Snap<'_>,
    map: Map,
    shape: Shape,
    hash: u64,
    mut is_same: impl FnMut(At) -> Result<bool, Fault>,
) -> Result<Option<Found>, Fault> {
    let (mut address, mut depth) = (map.root, 0);
    while is_inner(address) {
        if depth == LAST_DEPTH {
            return find_in_chain(snap, address, shape, hash, &mut is_same);
        }
        address = child(snap, address, slot_of(hash, depth))?;
        depth += 1;
    }
    let leaf = address.offset();
    // As below; and who changes a leaf copies it, or writes behind its last entry.
    snap.prefetch(leaf, ASKED);
    let found = leaf::find(snap, leaf, shape, hash, &mut is_same)?;
    Ok(found.map(|(head, index)| Found { leaf, head, index, depth, chain: Vec::new() }))
}

/// The same for those who need no way to it: where the entry is.
#[inline]
pub(super) fn look_up(
    snap: &Snap<'_>,
    map: Map,
    shape: Shape,
    hash: u64,
    mut is_same: impl FnMut(At) -> Result<bool, Fault>,
) -> Result<Option<At>, Fault> {
    let (mut address, mut depth) = (map.root, 0);
    while is_inner(address) {
        if depth == LAST_DEPTH {
            let found = find_in_chain(snap, address, shape, hash, &mut is_same)?;
            return Ok(found.map(|found| found.entry(shape)));
        }
        address = child(snap, address, slot_of(hash, depth))?;
        depth += 1;
    }
    let leaf = address.offset();
    // Its tags say where to go on, which should be there by then.
    snap.prefetch(leaf, ASKED);
    let found = leaf::find(snap, leaf, shape, hash, &mut is_same)?;
    Ok(found.map(|(head, index)| At::block(leaf).plus(head.entry_at(shape, index))))
}

/// So many bytes of a leaf are asked for at once: what comes behind them, the processor asks for itself.
const ASKED: usize = 512;

/// The address in a slot of an inner node.
#[inline]
pub(super) fn child(snap: &Snap<'_>, node: Address, slot: usize) -> Result<Address, Fault> {
    snap.word(At::block(node.offset()).plus(slot_at(slot))).map(Address::from_word)
}

#[cold]
fn find_in_chain(
    snap: &Snap<'_>,
    first: Address,
    shape: Shape,
    hash: u64,
    is_same: &mut impl FnMut(At) -> Result<bool, Fault>,
) -> Result<Option<Found>, Fault> {
    let (mut node, mut slots) = (first, Vec::new());
    // Nodes may lead back to themselves, and to one leaf many times, if somebody has tampered with them.
    let mut left = snap.len();
    let mut visit = |bytes: usize| {
        left = left.checked_sub(bytes as u64).ok_or_else(|| endless(first.offset()))?;
        Ok::<(), Fault>(())
    };
    loop {
        visit(INNER)?;
        let mut next = Address::NONE;
        for slot in 0..FAN_OUT {
            let address = child(snap, node, slot)?;
            if is_inner(address) {
                next = if slot == LAST_SLOT { address } else { next };
                continue;
            }
            let leaf = address.offset();
            if leaf != 0 {
                visit(shape.bytes(1))?;
            }
            if let Some((head, index)) = leaf::find(snap, leaf, shape, hash, is_same)? {
                slots.push(slot as u8);
                return Ok(Some(Found { leaf, head, index, depth: LAST_DEPTH, chain: slots }));
            }
        }
        if next.offset() == 0 {
            return Ok(None);
        }
        slots.push(LAST_SLOT as u8);
        node = next;
    }
}

/// How many inner nodes there can be in a heap of so many bytes.
pub(super) const fn most_nodes(heap: u64) -> u64 {
    heap / INNER as u64
}

/// Nodes that lead back to themselves.
#[cold]
pub(super) fn endless(block: u64) -> Fault {
    let expected = "nodes that do not lead back to themselves";
    Fault::corrupt("address of a node of a hash map", block, expected, block)
}

/// How many slots before its own an inner node is asked for ...
const AHEAD: usize = 1;
/// ... and a leaf, of which an inner node may have many or few ...
const LEAVES_AHEAD: usize = 12;
/// ... and of that so many bytes.
const ASKED_AHEAD: usize = 192;

/// A leaf on a walk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leaf {
    pub(super) block: u64,
    pub(super) head: Head,
    /// How many inner nodes are above it, as the way counts them.
    pub(super) depth: usize,
    /// The bits of the hash that led here.
    pub(super) prefix: u64,
}

impl Leaf {
    /// Where its entries are.
    pub(super) fn entries(self, shape: Shape) -> impl Iterator<Item = At> {
        (0..self.head.len).map(move |index| self.entry(shape, index))
    }

    /// Where one of them is.
    pub(super) const fn entry(self, shape: Shape, index: usize) -> At {
        At::block(self.block).plus(self.head.entry_at(shape, index))
    }
}

/// A walk through all leaves.
#[derive(Debug)]
pub(super) struct Walk {
    /// The way that is to be gone first.
    next: Option<Step>,
    /// The inner nodes on the way, and which slot comes next in each.
    open: Vec<(Step, usize)>,
    /// How many bytes of nodes may still be visited.
    left: u64,
}

#[derive(Debug, Clone, Copy)]
struct Step {
    address: Address,
    depth: usize,
    prefix: u64,
}

impl Walk {
    pub(super) fn new(snap: &Snap<'_>, map: Map) -> Self {
        let next = Some(Step { address: map.root, depth: 0, prefix: 0 });
        Self { next, open: Vec::new(), left: snap.len() }
    }

    /// Asks for the nodes that a walk comes to soon: they may lie anywhere.
    #[inline]
    fn ask(snap: &Snap<'_>, node: Address, slot: usize) -> Result<(), Fault> {
        let bytes = |address| match is_inner(address) {
            true => BLOCK_HEADER + INNER,
            false => ASKED_AHEAD,
        };
        for ahead in [AHEAD, LEAVES_AHEAD] {
            if slot + ahead >= FAN_OUT {
                break;
            }
            let address = child(snap, node, slot + ahead)?;
            // Inner nodes are full enough that the next one is early enough.
            if address.offset() != 0 && is_inner(address) == (ahead == AHEAD) {
                snap.prefetch(address.offset(), bytes(address));
            }
        }
        Ok(())
    }

    /// The next leaf, if there is one.
    ///
    /// # Errors
    ///
    /// `Corrupt` for a leaf that makes no sense, and for more nodes than the heap has room for.
    pub(super) fn next(&mut self, snap: &Snap<'_>, shape: Shape) -> Result<Option<Leaf>, Fault> {
        loop {
            let Some(step) = self.step(snap)? else { return Ok(None) };
            let block = step.address.offset();
            if is_inner(step.address) {
                self.visit(snap, (BLOCK_HEADER + INNER) as u64, block)?;
                self.open.push((step, 0));
                continue;
            }
            if block != 0 {
                let head = leaf::head(snap, block, shape)?;
                self.visit(snap, (BLOCK_HEADER + head.entry_at(shape, head.len)) as u64, block)?;
                let Step { depth, prefix, .. } = step;
                return Ok(Some(Leaf { block, head, depth, prefix }));
            }
        }
    }

    /// The next address on the way.
    fn step(&mut self, snap: &Snap<'_>) -> Result<Option<Step>, Fault> {
        if let Some(first) = self.next.take() {
            return Ok(Some(first));
        }
        while let Some((node, next)) = self.open.last_mut() {
            let (node, slot) = (*node, *next);
            if slot >= LAST_SLOT {
                // A node that nothing is left of needs no memory: chains may be long.
                self.open.pop();
            } else {
                *next += 1;
            }
            if slot < FAN_OUT {
                let address = child(snap, node.address, slot)?;
                Self::ask(snap, node.address, slot)?;
                let (mut depth, mut prefix) = (node.depth, node.prefix);
                if depth < LAST_DEPTH {
                    prefix |= (slot as u64) << (6 * depth);
                    depth += 1;
                }
                return Ok(Some(Step { address, depth, prefix }));
            }
        }
        Ok(None)
    }

    /// Counts a node: those of an iterator over all its calls, those of a value with what else is in it.
    fn visit(&mut self, snap: &Snap<'_>, bytes: u64, block: u64) -> Result<(), Fault> {
        self.left = self.left.checked_sub(bytes).ok_or_else(|| endless(block))?;
        snap.spend(bytes, 0)
    }
}

/// Calls `read` with the place of each entry.
///
/// # Errors
///
/// What `read` returns; as [`Walk::next`].
pub(super) fn each(
    snap: &Snap<'_>,
    map: Map,
    shape: Shape,
    mut read: impl FnMut(At) -> Result<(), Fault>,
) -> Result<(), Fault> {
    if map.len == 0 {
        return Ok(());
    }
    snap.deeper(shape.stride, || {
        let mut walk = Walk::new(snap, map);
        while let Some(leaf) = walk.next(snap, shape)? {
            leaf.entries(shape).try_for_each(&mut read)?;
        }
        Ok(())
    })
}

/// Says which blocks a map leads to.
///
/// # Errors
///
/// `Corrupt` for a cell or a leaf that makes no sense.
pub(super) fn trace<K: Cell, V: Cell>(
    snap: &Snap<'_>,
    at: At,
    trace: &mut Trace,
) -> Result<(), Fault> {
    let shape = Shape::of::<K, V>();
    let map = Map::read(snap, at, shape)?;
    if map.root.offset() == 0 {
        return Ok(());
    }
    let edge = edge::<K, V>(snap, at, map.root, 0)?;
    trace.push_deeper(edge, shape.stride)
}

/// The way to a node of this depth.
fn edge<K: Cell, V: Cell>(
    snap: &Snap<'_>,
    place: At,
    address: Address,
    depth: usize,
) -> Result<Edge, Fault> {
    let (shape, block) = (Shape::of::<K, V>(), address.offset());
    if is_inner(address) {
        let walk: WalkOn = |snap, node, depth, trace| {
            let depth = depth as usize;
            // What is found first is gone to last: so a chain costs no memory for each of its nodes, and
            // those that somebody has led back to themselves cost none but for each depth.
            for slot in (0..FAN_OUT).rev() {
                let place = node.plus(slot_at(slot));
                let address = Address::from_word(snap.word(place)?);
                if depth == LAST_DEPTH && is_inner(address) && slot != LAST_SLOT {
                    return Err(misplaced(address.offset(), slot));
                }
                if address.offset() != 0 {
                    let deeper = LAST_DEPTH.min(depth + 1);
                    trace.push(edge::<K, V>(snap, place, address, deeper)?);
                }
            }
            Ok(())
        };
        let (bytes, kind) = (INNER as u64, Kind::HashInner);
        return Ok(Edge { place, block, bytes, kind, walk: Some((walk, depth as u64)) });
    }
    let head = leaf::head(snap, block, shape)?;
    let walk: WalkOn = |snap, leaf, word, trace| {
        let shape = Shape::of::<K, V>();
        let head = Head::of(word, shape, 0)?;
        (0..head.len).try_for_each(|index| {
            trace_entry::<K, V>(snap, leaf.plus(head.entry_at(shape, index)), trace)
        })
    };
    let walk = (K::HAS_BLOCKS || V::HAS_BLOCKS).then_some((walk, head.word()));
    let bytes = head.entry_at(shape, head.len) as u64;
    Ok(Edge { place, block, bytes, kind: Kind::HashLeaf, walk })
}

/// An inner node where only leaves are.
#[cold]
fn misplaced(block: u64, slot: usize) -> Fault {
    let (what, expected) = ("slot of an inner node of a hash map", LAST_SLOT.to_string());
    Fault::corrupt(what, slot as u64, expected, block)
}

/// Says which blocks an entry leads to.
///
/// # Errors
///
/// Those of its cells.
pub(super) fn trace_entry<K: Cell, V: Cell>(
    snap: &Snap<'_>,
    entry: At,
    trace: &mut Trace,
) -> Result<(), Fault> {
    if K::HAS_BLOCKS {
        K::trace(snap, entry, trace)?;
    }
    if V::HAS_BLOCKS {
        V::trace(snap, entry.plus(Shape::of::<K, V>().value_at), trace)?;
    }
    Ok(())
}
