//! Records that grow, beside libraries that keep tables in files, and beside std:
//! `cargo bench -p commy-peers --bench growable`.
//!
//! `kinds` says what is in a table, `store` what is asked of a library, and `stores` has the libraries
//! and their settings. `stage` checks the results of all, outside of what is timed. `tables` lets them
//! take turns. What is no table is in `values`, `processes`, `beside`,
//! `hanging` and `room`.

pub mod beside;
pub mod clock;
pub mod figures;
pub mod hanging;
pub mod kinds;
pub mod plot;
pub mod processes;
pub mod room;
pub mod run;
pub mod stage;
pub mod store;
pub mod stores;
pub mod tables;
pub mod values;
