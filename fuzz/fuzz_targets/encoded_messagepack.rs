//! Arbitrary bytes in a serialized field, decoded by `MessagePack`.
//!
//! ```text
//! mkdir -p fuzz/corpus/encoded_messagepack
//! cargo +nightly fuzz run encoded_messagepack fuzz/corpus/encoded_messagepack fuzz/seeds/encoded_messagepack -- \
//!     -max_total_time=300 -max_len=4096 -malloc_limit_mb=2
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;

mod encoded;

fuzz_target!(|data: &[u8]| encoded::decode::<commy::encoded::MessagePack>(data));
