//! Arbitrary bytes as every container of commy-types, and every method on them.
//!
//! ```text
//! cargo install cargo-fuzz
//! cargo +nightly fuzz run containers fuzz/corpus/containers fuzz/seeds/containers -- -max_len=1200
//! ```
//!
//! `commy-types/tests/any_bytes.rs` does the same with pseudo-random bytes on stable.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../commy-types/tests/support/every_method.rs"]
mod every_method;

fuzz_target!(|data: &[u8]| every_method::every_method(data));
