//! Arbitrary bytes in a serialized field, decoded by `Postcard`.
//!
//! ```text
//! mkdir -p fuzz/corpus/encoded_postcard
//! cargo +nightly fuzz run encoded_postcard fuzz/corpus/encoded_postcard fuzz/seeds/encoded_postcard -- \
//!     -max_total_time=300 -max_len=4096 -malloc_limit_mb=2
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;

mod encoded;

fuzz_target!(|data: &[u8]| encoded::decode::<commy::encoded::Postcard>(data));
