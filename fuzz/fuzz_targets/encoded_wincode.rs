//! Arbitrary bytes in a serialized field, decoded by `Wincode`.
//!
//! ```text
//! mkdir -p fuzz/corpus/encoded_wincode
//! cargo +nightly fuzz run encoded_wincode fuzz/corpus/encoded_wincode fuzz/seeds/encoded_wincode -- \
//!     -max_total_time=300 -max_len=4096 -malloc_limit_mb=2
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;

mod encoded;

fuzz_target!(|data: &[u8]| encoded::decode::<commy::encoded::Wincode>(data));
