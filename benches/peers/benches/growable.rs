//! `cargo bench -p commy-peers --bench growable`: records that grow, beside LMDB, redb, sanakirja, rkyv
//! with mmap-sync, and std. Sizes of 10^3 to 10^6 entries.
//!
//! ```text
//! cargo bench -p commy-peers --bench growable -- --sizes 1000,10000,100000,1000000,10000000
//!                                                        the plots up to 10^7
//! cargo bench -p commy-peers --bench growable -- --only tables --sizes 100000
//!                                                        some parts, whose results are not kept:
//!                                                        tables, values, processes, beside, hanging,
//!                                                        room
//! cargo run --release -p commy-peers --bin results       puts what was kept where it is read
//! ```
//!
//! Times are taken by a loop of its own and not by criterion, which the other bench has. An operation
//! of a million entries takes up to seconds, and six libraries have to take turns within a second, so
//! that other work on the machine hits all alike: criterion measures one after the other. The clock is
//! that of the thread (`CLOCK_THREAD_CPUTIME_ID`), which stands while others have the processor.
//! Medians of 5 to 9 batches of 8 ms or more; of 3 insertions of a million.
//!
//! # Settings of the libraries
//!
//! Each has what makes it fastest on tmpfs, where syncing is worth nothing, and is still shared by
//! processes.
//!
//! - commy: what it has by default.
//! - LMDB by heed: `WRITE_MAP`, `NO_SYNC`, `NO_META_SYNC`; numbers as keys by `MDB_INTEGERKEY`. Its
//!   map is larger than any table.
//! - redb: `Durability::None`; a cache larger than any table; typed keys and values.
//! - sanakirja: two versions, the fewest with which readers and a writer go together; no checksums; a
//!   first mapping that is large enough, since it searches its mappings one by one. It syncs with each
//!   commit, which has no setting.
//! - rkyv 0.7 with mmap-sync: no lock for the writer, reads that are not checked.
//! - std: `BTreeMap`, `HashMap` with its default hasher, `Vec`.
//!
//! Reads in a view are within one transaction of the others; reads of the newest begin one for each.
#![allow(missing_docs, reason = "a benchmark")]

use commy_peers::background::{FRONT, pin};
use commy_peers::growable::{processes, run};

fn main() {
    if processes::role() {
        return;
    }
    pin(FRONT);
    run::run();
}
