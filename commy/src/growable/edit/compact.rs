//! Moves what stands in thin pages, by a transaction like any other.
//!
//! A walk over the record finds the blocks there, until there are enough. Each is copied by the way
//! from the root on, as for a change: first the blocks that lead to it, then itself, and the address
//! of the copy is written into the copy of what leads there. Pages that become free so are given
//! back when no reader can reach them any more.

use super::super::at::{At, Base};
use super::super::fault::Fault;
use super::super::record::RootField;
use super::super::trace::{Found, Trace};
use super::file::GrowingFile;
use super::{Edit, Scope, corrupt};
use crate::error::WriteError;
use crate::format::heap::Kind;
use crate::heap::limbo::window;

/// What one call of [`Writer::compact`](crate::growable::Writer::compact) did.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::create_writer;
///
/// #[create_writer(filename = "page.bin", growable)]
/// struct Page {
///     text: String,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("page.bin");
/// let mut page = PageWriter::create_at(&path)?;
/// page.set_text("there is nothing to move here")?;
/// let (mut moved, mut given_back) = (0, 0);
/// loop {
///     let done = page.compact(1 << 20)?;
///     (moved, given_back) = (moved + done.moved, given_back + done.given_back);
///     if !done.is_unfinished() {
///         break;
///     }
/// }
/// assert_eq!(moved, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Compaction {
    /// The bytes of the blocks that were moved.
    pub moved: u64,
    /// The bytes that were given back to the file system.
    pub given_back: u64,
    is_unfinished: bool,
}

impl Compaction {
    /// Whether another call has more to do.
    #[must_use]
    pub const fn is_unfinished(&self) -> bool {
        self.is_unfinished
    }
}

/// A block that is to be moved.
#[derive(Debug, Clone, Copy)]
struct Move {
    found: Found,
    /// The number of the move of the block that leads to it; `None` for the root.
    parent: Option<usize>,
}

/// The moves of one transaction, parents first.
#[derive(Debug, Default)]
struct Plan {
    moves: Vec<Move>,
    bytes: u64,
    /// Whether more blocks than these are to be moved.
    is_cut: bool,
}

/// A block on the way to the one that is visited.
#[derive(Debug, Clone, Copy)]
struct Passed {
    found: Found,
    bytes: u64,
    /// The number of its move.
    number: Option<usize>,
}

impl Edit {
    /// See [`Writer::compact`](crate::growable::Writer::compact).
    ///
    /// # Errors
    ///
    /// `NoSpace`, `Full`, `Corrupt`.
    pub(in crate::growable) fn compact(
        &mut self,
        fields: &[RootField],
        budget: u64,
    ) -> Result<Compaction, WriteError> {
        self.core.refuse_fork();
        if !self.books.is_sweeping() {
            // What has waited makes room, so that the file need not grow for what is moved.
            self.books.reclaim(0, &mut GrowingFile::new(&self.core));
        }
        let planned = match self.books.begin_sweep() {
            0 => Ok(Plan::default()),
            thin => self.plan(fields, thin, budget),
        };
        let moved = planned.and_then(|plan| {
            self.carry_out(&plan)?;
            Ok((plan.bytes, plan.is_cut))
        });
        let (bytes, is_cut) = *moved.as_ref().unwrap_or(&(0, false));
        self.books.end_sweep(bytes, is_cut);
        moved?;
        // In the middle of it readers without a pin are spared, as after any publish.
        let keep = if is_cut { window(self.books.live()) } else { 0 };
        let mut file = GrowingFile::new(&self.core);
        self.books.reclaim(keep, &mut file);
        let (given_back, has_more) = self.books.punch(budget, &mut file);
        let is_unfinished = bytes > 0 || has_more;
        Ok(Compaction { moved: bytes, given_back, is_unfinished })
    }

    /// Looks for the blocks in closed pages, of `thin` bytes in all, and those that lead to them.
    fn plan(&self, fields: &[RootField], thin: u64, budget: u64) -> Result<Plan, WriteError> {
        let (mut plan, mut way, mut left) = (Plan::default(), Vec::<Passed>::new(), thin);
        let mut visit = |found: Found, depth: u64| -> Result<u64, Fault> {
            way.truncate(usize::try_from(depth).unwrap_or(usize::MAX));
            let bytes = found.extent.bytes();
            let is_thin = self.books.is_in_closed_page(found.block);
            way.push(Passed { found, bytes, number: None });
            if is_thin {
                let missing = way.iter().filter(|passed| passed.number.is_none());
                let cost: u64 = missing.map(|passed| passed.bytes).sum();
                if plan.bytes > 0 && plan.bytes.saturating_add(cost) > budget {
                    plan.is_cut = true;
                    return Err(Fault::gone());
                }
                plan.add(&mut way);
                left = left.saturating_sub(bytes);
                if left == 0 {
                    // What is left of the record has no block there.
                    return Err(Fault::gone());
                }
            }
            Ok(way.len() as u64)
        };
        let mut is_over = false;
        self.look(|snap| {
            let walked = Trace::default().run_marked(
                snap,
                |snap, trace| RootField::trace_all(fields, snap, trace),
                self.generation(),
                |found, depth| {
                    let visited = visit(found, depth);
                    is_over = visited.is_err();
                    visited
                },
            );
            if is_over { Ok(()) } else { walked }
        })?;
        Ok(plan)
    }

    /// One transaction, if there is anything to move.
    fn carry_out(&mut self, plan: &Plan) -> Result<(), WriteError> {
        if plan.moves.is_empty() {
            return Ok(());
        }
        let mut scope = Scope::new(self);
        let result = scope.edit().move_all(&plan.moves);
        scope.end(result)
    }

    fn move_all(&mut self, moves: &[Move]) -> Result<(), WriteError> {
        let mut copies = Vec::with_capacity(moves.len());
        for Move { found, parent } in moves {
            let offset = found.place.offset();
            let place = match (found.place.base(), parent) {
                (Base::Root, None) => found.place,
                (Base::Block(_), Some(parent)) => {
                    At::block(copies.get(*parent).copied().unwrap_or(0)).plus(offset)
                }
                _ => return Err(changed(found, 0)),
            };
            let leads_to = self.address(place)?.offset();
            if leads_to != found.block {
                return Err(changed(found, leads_to));
            }
            let kind = match found.kind {
                Kind::BigBytes => Kind::Bytes,
                kind => kind,
            };
            copies.push(self.own_at(place, kind)?);
        }
        Ok(())
    }
}

impl Plan {
    /// Adds the last block of a way, and those that lead to it.
    fn add(&mut self, way: &mut [Passed]) {
        let mut parent = None;
        for passed in way {
            let number = *passed.number.get_or_insert_with(|| {
                self.moves.push(Move { found: passed.found, parent });
                self.bytes += passed.bytes;
                self.moves.len() - 1
            });
            parent = Some(number);
        }
    }
}

/// What leads to a block is not what it was a moment ago.
#[cold]
fn changed(found: &Found, leads_to: u64) -> WriteError {
    let expected = format!("{}: somebody else writes into the file", found.block);
    corrupt("address of a block", leads_to, expected, found.block)
}
