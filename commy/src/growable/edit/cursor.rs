//! The place of a write proxy.

use super::super::at::At;
use super::super::fault::Fault;
use super::super::snap::{Depth, MAX_HOPS, Snap};
use super::super::view::ViewCore;
use super::{Edit, Scope};
use crate::error::WriteError;
use crate::format::heap::Kind;

/// The place of a write proxy: no address but the way to it, so that it stays right when a publish
/// in between makes the blocks on the way immutable.
///
/// Each operation goes the way from the root on, and copies the blocks on it that are not of its
/// transaction.
#[doc(hidden)]
#[derive(Debug)]
pub struct Cursor<'t> {
    edit: &'t mut Edit,
    /// How many blocks are on the way.
    depth: usize,
    /// Where the cell is, in bytes from the start of the root or of what is in the last block.
    delta: u32,
}

/// A part of the way: an address, and what it leads to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// Where the address is, in bytes from the start of the root or of what is in the block.
    address: u32,
    to: Target,
}

/// What an address on the way leads to.
#[derive(Debug, Clone, Copy)]
enum Target {
    /// A block with a cell of so many bytes; if there is none, it stands for zeros.
    Cell(u32),
    /// A node, as large as its block is. Behind it are cells of so many bytes, if they lie deeper than
    /// the node.
    Node(Kind, Option<u32>),
}

impl<'t> Cursor<'t> {
    /// A cell at this byte of the root.
    #[inline]
    pub(in crate::growable) const fn root(edit: &'t mut Edit, offset: usize) -> Self {
        Self { edit, depth: 0, delta: offset as u32 }
    }

    /// The same place, for a shorter time.
    #[must_use]
    pub const fn reborrow(&mut self) -> Cursor<'_> {
        Cursor { edit: self.edit, depth: self.depth, delta: self.delta }
    }

    /// A cell within this one.
    #[must_use]
    pub const fn field(mut self, offset: usize) -> Self {
        self.delta += offset as u32;
        self
    }

    /// The cell of so many bytes in the block whose address is this cell; 0 stands for a block of
    /// zeros, which is made by the first change.
    pub(in crate::growable) fn follow(self, size: usize) -> Self {
        self.step(Target::Cell(u32::try_from(size).unwrap_or(u32::MAX)))
    }

    /// What is in the node whose address is this cell. With `size`, values of other cells, of so many
    /// bytes each, lie in it or in the nodes below.
    pub(in crate::growable) fn enter(self, kind: Kind, size: Option<usize>) -> Self {
        let size = size.map(|size| u32::try_from(size).unwrap_or(u32::MAX));
        self.step(Target::Node(kind, size))
    }

    fn step(self, to: Target) -> Self {
        self.edit.path.truncate(self.depth);
        self.edit.path.push(Step { address: self.delta, to });
        Self { edit: self.edit, depth: self.depth + 1, delta: 0 }
    }

    /// What is being staged, for what writes into memory of its own.
    pub(in crate::growable) const fn edit(&mut self) -> &mut Edit {
        self.edit
    }

    fn steps(&self) -> &[Step] {
        self.edit.path.get(..self.depth).unwrap_or_default()
    }

    #[inline]
    const fn end(&self, base: At) -> At {
        base.plus(self.delta as usize)
    }

    /// Where the cell is now, to be read.
    pub(in crate::growable) fn here(&self, snap: &Snap<'_>) -> Result<At, Fault> {
        let mut base = At::root(0);
        for step in self.steps() {
            base = snap.follow(base.plus(step.address as usize))?;
        }
        Ok(self.end(base))
    }

    /// Where the cell is now, in a block of the running transaction; makes what is missing.
    fn own(&mut self) -> Result<(At, Depth), WriteError> {
        let (mut base, mut depth) = (At::root(0), Depth::default());
        for index in 0..self.depth {
            let Some(Step { address, to }) = self.edit.path.get(index).copied() else {
                break;
            };
            if let Target::Cell(size) | Target::Node(_, Some(size)) = to {
                let deeper = depth.deeper(size as usize);
                depth = deeper.ok_or(WriteError::TooDeep { max: MAX_HOPS })?;
            }
            let at = base.plus(address as usize);
            let block = match to {
                Target::Cell(size) => self.own_cell(at, size as usize)?,
                Target::Node(kind, _) => self.edit.own_at(at, kind)?,
            };
            base = At::block(block);
        }
        Ok((self.end(base), depth))
    }

    /// The block of a cell of so many bytes whose address is at `at`; makes it if it is missing.
    fn own_cell(&mut self, at: At, size: usize) -> Result<u64, WriteError> {
        let old = self.edit.address(at)?;
        let block = match old.offset() {
            0 => {
                let block = self.edit.alloc(Kind::Cell, size)?;
                self.edit.fill(block, &vec![0; size])?;
                block
            }
            old => self.edit.own(old, Kind::Cell, size)?,
        };
        self.edit.lead_to(at, old, block)?;
        Ok(block)
    }

    pub(in crate::growable) const fn view(&self) -> &ViewCore<'static> {
        self.edit.view()
    }

    /// Reads the cell as it is staged.
    ///
    /// # Errors
    ///
    /// What is wrong with the bytes; what the transaction has failed by.
    pub(in crate::growable) fn look<R>(
        &self,
        read: impl FnOnce(&Snap<'_>, At) -> Result<R, Fault>,
    ) -> Result<R, WriteError> {
        Ok(self.view().read(|snap| read(snap, self.here(snap)?))?)
    }

    /// One operation. In a transaction it changes what is staged, and a failure fails the
    /// transaction. Outside it publishes if it succeeds, and nothing of it remains if it fails.
    ///
    /// # Errors
    ///
    /// What `change` returns; what the transaction has failed by before.
    ///
    /// # Panics
    ///
    /// In a forked child.
    #[inline]
    pub(in crate::growable) fn change<R>(
        &mut self,
        change: impl FnOnce(&mut Edit, At) -> Result<R, WriteError>,
    ) -> Result<R, WriteError> {
        self.whole(|mut cursor| cursor.within(change))
    }

    /// A change within an operation.
    ///
    /// # Errors
    ///
    /// What `change` returns.
    #[inline]
    pub(in crate::growable) fn within<R>(
        &mut self,
        change: impl FnOnce(&mut Edit, At) -> Result<R, WriteError>,
    ) -> Result<R, WriteError> {
        let (at, depth) = match self.depth {
            0 => (self.end(At::root(0)), Depth::default()),
            _ => self.own()?,
        };
        self.edit.depth = depth;
        change(self.edit, at)
    }

    /// Several changes that are one operation.
    ///
    /// # Errors
    ///
    /// As [`change`](Self::change).
    #[inline]
    pub(in crate::growable) fn whole<R>(
        &mut self,
        change: impl FnOnce(Cursor<'_>) -> Result<R, WriteError>,
    ) -> Result<R, WriteError> {
        let (depth, delta) = (self.depth, self.delta);
        if !self.edit.is_open {
            let mut scope = Scope::new(self.edit);
            let result = change(Cursor { edit: scope.edit(), depth, delta });
            return scope.end(result);
        }
        // The closure of a transaction may have forked.
        self.edit.core.refuse_fork();
        if let Some(failed) = self.edit.failed() {
            return Err(failed.clone());
        }
        // Not taken back by who panics: then what is staged may be half of something.
        self.edit.under_way += 1;
        let result = change(Cursor { edit: self.edit, depth, delta });
        match &result {
            Ok(_) => self.edit.under_way -= 1,
            Err(error) => {
                self.edit.under_way -= 1;
                self.edit.fail(error.clone());
            }
        }
        result
    }

    /// Replaces a cell that leads to no block by one that `encode` writes over zeros.
    ///
    /// # Errors
    ///
    /// As [`change`](Self::change).
    #[inline]
    pub(in crate::growable) fn set_plain(
        &mut self,
        size: usize,
        encode: impl FnOnce(&mut [u8]),
    ) -> Result<(), WriteError> {
        // Most of what such a setter costs is the care for blocks and for what comes later: in the
        // root, and as a publish of its own, it needs neither.
        if self.depth == 0 && !self.edit.is_open {
            let start = self.end(At::root(0)).offset();
            return self.edit.set_in_root(start..start + size, encode);
        }
        self.change(|edit, at| {
            edit.with_cell(size, |edit, cell| {
                encode(cell);
                edit.write(at, cell)
            })
        })
    }

    /// Fails as an operation does that was refused.
    ///
    /// # Errors
    ///
    /// Always `refused`, or what the transaction has failed by before.
    pub(in crate::growable) fn refuse(&mut self, refused: WriteError) -> Result<(), WriteError> {
        self.whole(|_| Err(refused))
    }
}
