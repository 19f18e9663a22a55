//! Arbitrary bytes as every container, and every method on them.
//!
//! This is the fuzz target `containers` with pseudo-random bytes, so that it runs everywhere. For
//! memory errors that do not show by themselves:
//!
//! ```text
//! cargo test -p commy-types --test any_bytes --no-run
//! COMMY_ANY_BYTES_CASES=200 valgrind --error-exitcode=1 <the printed executable>
//! cd fuzz && cargo +nightly fuzz run containers -- -max_total_time=300
//! ```
#![allow(
    clippy::nonminimal_bool,
    clippy::cmp_owned,
    clippy::eq_op,
    reason = "each form of a call and of a comparison is a case of its own"
)]
#![allow(clippy::std_instead_of_core, reason = "a test has the standard library")]
#![allow(clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/every_method.rs"]
mod every_method;

use every_method::every_method;

/// Marsaglia's xorshift64 with the shifts 13, 7, 17.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// Bytes that a container may be cast from. Uniformly random lengths would all be far above the
/// capacity, and uniformly random text would end at once, so both are mostly made plausible.
fn case(random: &mut Random) -> Vec<u8> {
    let len = random.below(1200);
    let mut bytes: Vec<u8> = (0..len).map(|_| random.next() as u8).collect();
    if random.below(8) > 0 && bytes.len() >= 8 {
        let stored = random.below(40);
        bytes[..8].copy_from_slice(&stored.to_le_bytes());
    }
    if random.below(4) > 0 {
        let text = ["a", "Zürich ", "€", "😀"];
        let mut plausible = Vec::new();
        while plausible.len() < bytes.len() {
            plausible.extend_from_slice(text[random.below(4) as usize].as_bytes());
        }
        let from = bytes.len().min(8);
        let end = bytes.len();
        bytes[from..].copy_from_slice(&plausible[..end - from]);
        if end > from && random.below(2) == 0 {
            let at = from + random.below((end - from) as u64) as usize;
            bytes[at] = random.next() as u8;
        }
    }
    bytes
}

#[test]
fn no_bytes_make_a_method_panic() {
    let cases = std::env::var("COMMY_ANY_BYTES_CASES").ok().and_then(|cases| cases.parse().ok());
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    every_method(&[]);
    for _ in 0..cases.unwrap_or(1000) {
        every_method(&case(&mut random));
    }
}
