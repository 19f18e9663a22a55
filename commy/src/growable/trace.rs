//! Finds the blocks of a value.
//!
//! Cells say which blocks they lead to, and how to go on from there; the walk itself keeps a list
//! of what is left, so that a deep value needs no deep stack.

use super::at::At;
use super::fault::Fault;
use super::snap::{BLOCK_HEADER, Depth, MAX_HOPS, MAX_WEIGHT, Snap};
use crate::format::PAGE;
use crate::format::heap::{BlockHeader, Class, Extent, Kind};

/// How to go on in a block.
pub(crate) type Walk = fn(&Snap<'_>, At, &mut Trace) -> Result<(), Fault>;

/// The blocks that are still to be visited.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Trace {
    edges: Vec<Edge>,
    /// How deep the cell is that is asked for its edges.
    depth: Depth,
}

/// A way from a cell to a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge {
    /// Where the block starts in the file.
    pub(crate) block: u64,
    /// The bytes that have to be in it.
    pub(crate) bytes: u64,
    pub(crate) kind: Kind,
    /// How to find the edges of what is in it.
    walk: Option<Walk>,
    depth: Depth,
}

/// A block on the way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) block: u64,
    /// The room that it takes; a run has what its value needs.
    pub(crate) extent: Extent,
}

impl Trace {
    /// A cell leads to a block with so many bytes in it, and no further.
    pub(crate) fn leaf(&mut self, block: u64, bytes: u64, kind: Kind) {
        self.edges.push(Edge { block, bytes, kind, walk: None, depth: self.depth });
    }

    /// A cell leads to a block in which `walk` finds the way on; in it is a cell of `size` bytes.
    ///
    /// # Errors
    ///
    /// `Corrupt` if that is deeper than writers go.
    pub(crate) fn inner(&mut self, block: u64, size: usize, walk: Walk) -> Result<(), Fault> {
        let Some(depth) = self.depth.deeper(size) else {
            let expected = format!("at most {MAX_HOPS}, of a weight of {MAX_WEIGHT} in all");
            return Err(Fault::corrupt("depth", u64::from(self.depth.hops) + 1, expected, block));
        };
        let (bytes, kind) = (size as u64, Kind::Cell);
        self.edges.push(Edge { block, bytes, kind, walk: Some(walk), depth });
        Ok(())
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
        Self::default().run_again(snap, at, walk, latest, visit)
    }

    /// The same with the memory of an earlier run.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub(crate) fn run_again(
        &mut self,
        snap: &Snap<'_>,
        at: At,
        walk: Walk,
        latest: u64,
        mut visit: impl FnMut(Found) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        // An earlier run may have ended with an error.
        self.edges.clear();
        self.depth = Depth::default();
        walk(snap, at, self)?;
        while let Some(edge) = self.edges.pop() {
            let found = edge.look(snap, latest)?;
            snap.spend(found.extent.bytes(), 0)?;
            visit(found)?;
            if let Some(walk) = edge.walk {
                self.depth = edge.depth;
                walk(snap, At::block(edge.block), self)?;
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
        Ok(Found { block, extent })
    }
}
