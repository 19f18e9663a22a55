//! Finds the blocks of a value.
//!
//! Cells say which blocks they lead to, and how to go on from there; the walk itself keeps a list
//! of what is left, so that a deep value needs no deep stack.

use super::at::At;
use super::cell::Cell;
use super::fault::Fault;
use super::snap::{BLOCK_HEADER, Depth, MAX_HOPS, MAX_WEIGHT, Snap};
use crate::format::PAGE;
use crate::format::heap::{BlockHeader, Class, Extent, Kind};

/// How a cell says which blocks it leads to.
pub(crate) type Walk = fn(&Snap<'_>, At, &mut Trace) -> Result<(), Fault>;

/// How to go on in a block: where what is in it begins, and what the way there knows of it.
pub(crate) type WalkOn = fn(&Snap<'_>, At, u64, &mut Trace) -> Result<(), Fault>;

/// The same where what the way there knows takes two numbers.
pub(crate) type WalkBetween = fn(&Snap<'_>, At, [u64; 2], &mut Trace) -> Result<(), Fault>;

/// The blocks that are still to be visited.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Trace {
    edges: Vec<Deep>,
    /// How deep the cell is that is asked for its edges.
    depth: Depth,
    /// What was said of the block that it is in.
    mark: u64,
}

/// A way to a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge {
    /// Where its address is.
    pub(crate) place: At,
    /// Where the block starts in the file.
    pub(crate) block: u64,
    /// The bytes that have to be in it.
    pub(crate) bytes: u64,
    pub(crate) kind: Kind,
    /// How to find the edges of what is in it, and what to tell who finds them.
    pub(crate) walk: Option<(WalkOn, u64)>,
}

/// An edge, how deep it leads, and what was said of the block that it leads from.
#[derive(Debug, Clone, Copy)]
struct Deep {
    edge: Edge,
    depth: Depth,
    mark: u64,
    between: Option<(WalkBetween, [u64; 2])>,
}

/// A block on the way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    /// Where its address is: in the root, or in a block that was found before.
    pub(crate) place: At,
    pub(crate) block: u64,
    /// The bytes that have to be in it.
    pub(crate) bytes: u64,
    /// The room that it takes; a run has what its value needs.
    pub(crate) extent: Extent,
    pub(crate) kind: Kind,
}

impl Trace {
    /// A cell leads to a block, in which is no value of another.
    pub(crate) fn push(&mut self, edge: Edge) {
        self.push_between(edge, None);
    }

    /// The same, where more is to be known to find the edges of what is in the block.
    pub(crate) fn push_between(&mut self, edge: Edge, between: Option<(WalkBetween, [u64; 2])>) {
        self.edges.push(Deep { edge, depth: self.depth, mark: self.mark, between });
    }

    /// A cell leads to a block in which are values of other cells, of `size` bytes each.
    ///
    /// # Errors
    ///
    /// `Corrupt` if that is deeper than writers go.
    pub(crate) fn push_deeper(&mut self, edge: Edge, size: usize) -> Result<(), Fault> {
        self.push_deeper_between(edge, None, size)
    }

    /// The same, where more is to be known to find the edges of what is in the block.
    ///
    /// # Errors
    ///
    /// As [`push_deeper`](Self::push_deeper).
    pub(crate) fn push_deeper_between(
        &mut self,
        edge: Edge,
        between: Option<(WalkBetween, [u64; 2])>,
        size: usize,
    ) -> Result<(), Fault> {
        let Some(depth) = self.depth.deeper(size) else {
            let (found, block) = (u64::from(self.depth.hops) + 1, edge.block);
            let expected = format!("at most {MAX_HOPS}, of a weight of {MAX_WEIGHT} in all");
            return Err(Fault::corrupt("depth", found, expected, block));
        };
        self.edges.push(Deep { edge, depth, mark: self.mark, between });
        Ok(())
    }

    /// The address at `place` leads to a block with one cell in it.
    ///
    /// # Errors
    ///
    /// As [`push_deeper`](Self::push_deeper).
    pub(crate) fn cell<C: Cell>(&mut self, place: At, block: u64) -> Result<(), Fault> {
        let walk: WalkOn = |snap, at, _, trace| C::trace(snap, at, trace);
        let walk = C::HAS_BLOCKS.then_some((walk, 0));
        let edge = Edge { place, block, bytes: C::SIZE as u64, kind: Kind::Cell, walk };
        self.push_deeper(edge, C::SIZE)
    }

    /// Visits every block that a cell leads to, each before those that it leads to.
    ///
    /// # Errors
    ///
    /// What `visit` returns; `Corrupt` for a first word that is not that of such a block, for one of a
    /// later generation than `latest`, and for more blocks than there is room for.
    pub(crate) fn run(
        snap: &Snap<'_>,
        at: At,
        walk: Walk,
        latest: u64,
        visit: impl FnMut(Found) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        Self::default().run_again(snap, |snap, trace| walk(snap, at, trace), latest, visit)
    }

    /// The same for all that `begin` finds, with the memory of an earlier run.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub(crate) fn run_again(
        &mut self,
        snap: &Snap<'_>,
        begin: impl FnOnce(&Snap<'_>, &mut Self) -> Result<(), Fault>,
        latest: u64,
        mut visit: impl FnMut(Found) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.run_marked(snap, begin, latest, |found, _| visit(found).map(|()| 0))
    }

    /// The same. What `visit` returns for a block, it is told with each block that this one leads to;
    /// with those that the root leads to, 0.
    ///
    /// All that a block leads to is visited before what is left of the block that led there.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub(crate) fn run_marked(
        &mut self,
        snap: &Snap<'_>,
        begin: impl FnOnce(&Snap<'_>, &mut Self) -> Result<(), Fault>,
        latest: u64,
        mut visit: impl FnMut(Found, u64) -> Result<u64, Fault>,
    ) -> Result<(), Fault> {
        // An earlier run may have ended with an error.
        self.edges.clear();
        (self.depth, self.mark) = (Depth::default(), 0);
        begin(snap, self)?;
        while let Some(Deep { edge, depth, mark, between }) = self.edges.pop() {
            let found = edge.look(snap, latest)?;
            snap.spend(found.extent.bytes(), 0)?;
            let mark = visit(found, mark)?;
            (self.depth, self.mark) = (depth, mark);
            if let Some((walk, note)) = edge.walk {
                walk(snap, At::block(edge.block), note, self)?;
            }
            if let Some((walk, notes)) = between {
                walk(snap, At::block(edge.block), notes, self)?;
            }
        }
        Ok(())
    }
}

impl Edge {
    /// Looks at the first word of the block.
    fn look(&self, snap: &Snap<'_>, latest: u64) -> Result<Found, Fault> {
        let Self { block, bytes, .. } = *self;
        let word = snap.header(block)?;
        let bad = |what, found, expected: String| Fault::corrupt(what, found, expected, block);
        let header = BlockHeader::from_word(word)
            .map_err(|wrong| bad("first word of a block", word, wrong.to_string()))?;
        let needed = bytes + BLOCK_HEADER as u64;
        let extent = match header.class() {
            Class::Small(class) => Extent::Small(class),
            // What it may have behind its value, nobody needs.
            Class::Run => Extent::Run(u32::try_from(needed.div_ceil(PAGE)).unwrap_or(u32::MAX)),
        };
        if extent.bytes() < needed {
            let expected = format!("at least {needed} bytes");
            return Err(bad("room of a block", extent.bytes(), expected));
        }
        if header.birth() > latest {
            let expected = format!("at most {latest}");
            return Err(bad("generation of a block", header.birth(), expected));
        }
        let (found, expected) = match (header.kind(), self.kind, header.class()) {
            (found, Kind::Bytes, Class::Run) => (found, Kind::BigBytes),
            (found, expected, _) => (found, expected),
        };
        if found != expected {
            let expected = format!("{}", expected as u8);
            return Err(bad("kind of a block", found as u64, expected));
        }
        // All of it must be there.
        let words = (extent.bytes() / 8) as usize;
        snap.heap().words(block, words).ok_or_else(|| super::snap::outside(block))?;
        Ok(Found { place: self.place, block, bytes, extent, kind: header.kind() })
    }
}
