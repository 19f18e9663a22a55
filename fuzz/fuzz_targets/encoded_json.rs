//! Arbitrary bytes in a serialized field, decoded by `Json`.
//!
//! ```text
//! mkdir -p fuzz/corpus/encoded_json
//! cargo +nightly fuzz run encoded_json fuzz/corpus/encoded_json fuzz/seeds/encoded_json -- \
//!     -max_total_time=300 -max_len=4096 -malloc_limit_mb=2
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;

mod encoded;

fuzz_target!(|data: &[u8]| encoded::decode::<commy::encoded::Json>(data));
