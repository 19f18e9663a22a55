//! The writer's private books of a growable record's heap: which blocks are used, which wait for
//! readers, which are handed out next. Nothing here loads or stores a word of the file.
//!
//! ```text
//!          alloc            publish           publish             pass
//!   free ────────► fresh ───────────► live ──────────► in limbo ────────► free
//!     ▲              │                  │ retire ▲        (retired)  │      ▲
//!     └──────────────┘                  └────────┘                   ▼      │
//!      rollback, retire                  rollback                  held ────┘
//!                                                          until no pin holds it
//! ```
//!
//! - [`page_table`]: each page; [`block_states`]: each block in it. [`blocks`] hands blocks out and takes
//!   them back; [`free_runs`] has the free pages, [`growth`] says how far the file grows.
//! - [`limbo`]: retired blocks, by bytes. [`pin_list`] learns which generations are pinned.
//!   [`held`] keeps what a pin still reaches, [`quarantine`] what a new writer found free.
//! - [`space`] is all of it for one writer, and [`pass`] the order of steps by which blocks are
//!   reused. [`recovery`] makes it from a trace of the file. [`compaction`] empties pages, and gives
//!   their room back.
//!
//! What the file says is hostile: an offset, a class or a birth that contradicts the books is a
//! [`Corrupt`](corrupt::Corrupt) and changes nothing. So no block ever has two owners, whatever
//! the file holds.

pub(crate) mod block_states;
pub(crate) mod blocks;
pub(crate) mod compaction;
pub(crate) mod corrupt;
pub(crate) mod free_runs;
pub(crate) mod growth;
pub(crate) mod held;
pub(crate) mod limbo;
pub(crate) mod page_table;
pub(crate) mod pass;
pub(crate) mod pin_list;
pub(crate) mod quarantine;
pub(crate) mod recovery;
pub(crate) mod space;
#[cfg(all(test, not(loom)))]
mod tests;
