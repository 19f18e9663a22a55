//! Arbitrary bytes in a serialized field, decoded and used in place by `Rkyv`.
//!
//! ```text
//! mkdir -p fuzz/corpus/encoded_rkyv
//! cargo +nightly fuzz run encoded_rkyv fuzz/corpus/encoded_rkyv fuzz/seeds/encoded_rkyv -- \
//!     -max_total_time=300 -max_len=4096 -malloc_limit_mb=2
//! ```
#![no_main]

use commy::encoded::{EncodedAligned, Rkyv};
use libfuzzer_sys::fuzz_target;

mod encoded;

fuzz_target!(|data: &[u8]| {
    encoded::decode::<Rkyv>(data);
    let mut field = Box::new(EncodedAligned::<encoded::Record, Rkyv, 65_536>::new());
    if field.set_bytes(data).is_ok()
        && let Ok(archived) = field.access()
    {
        let _: usize = archived.text.as_str().chars().count();
    }
});
