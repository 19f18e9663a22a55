//! Arbitrary bytes in a serialized field, decoded by `Cbor`.
//!
//! ```text
//! mkdir -p fuzz/corpus/encoded_cbor
//! cargo +nightly fuzz run encoded_cbor fuzz/corpus/encoded_cbor fuzz/seeds/encoded_cbor -- \
//!     -max_total_time=300 -max_len=4096 -malloc_limit_mb=2
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;

mod encoded;

fuzz_target!(|data: &[u8]| encoded::decode::<commy::encoded::Cbor>(data));
