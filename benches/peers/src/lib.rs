//! commy beside its peers: what shares the latest value of a struct, and what keeps tables in files,
//! each measured in one run.
//!
//! ```text
//! cargo bench -p commy-peers --bench compare             measures structs, keeps plots
//! cargo bench -p commy-peers --bench growable            measures records that grow, prints tables
//! cargo run --release -p commy-peers --bin results       writes benches/RESULTS.md from these runs
//! cargo run --release -p commy-peers --bin guard         counts instructions under valgrind
//! ```
//!
//! What is compared is the ratio of medians within one run. The limit is a `memcpy` of the same
//! bytes between two loads; peers run with their recommended settings, on tmpfs, without syncing
//! where they allow it.
//!
//! Records that grow are in `growable`, which says how they are measured. The rest of this page is about
//! records of fixed size.
//!
//! A member of its own, because mmap-sync needs rkyv 0.7 and the codec benchmark 0.8. Criterion
//! measures, `report.rs` reads its estimates, `rates.rs` counts success and retries, `wake.rs` the
//! latency of waking between processes. Everything is timed by one loop, `background::timed`,
//! instantiated once per operation, so that the compiler inlines large and small operations alike.
#![allow(
    missing_docs,
    clippy::missing_panics_doc,
    clippy::missing_errors_doc,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "programs for the developers of commy: a failed step may end them"
)]
#![allow(
    clippy::disallowed_types,
    reason = "what commy is measured beside and with takes the processor's own atomics; no model runs it"
)]

pub mod background;
pub mod dangers;
pub mod growable;
pub mod killed;
pub mod machine;
pub mod pages;
pub mod payload;
pub mod peers;
pub mod place;
pub mod rates;
pub mod recorded;
pub mod report;
pub mod rows;
pub mod wake;
