//! Whether bytes are ASCII, which most text is.
//!
//! That of the standard library goes byte by byte through what is left of its blocks. Here the last
//! block overlaps the one before it, so that no byte is looked at alone.

/// The bytes that are looked at together.
const BLOCK: usize = 32;

/// The highest bit of each byte: none of them is set in ASCII.
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Returns whether all of `bytes` are ASCII.
///
/// Out of line: what is asked for is in registers, and whoever asks has the better of these.
#[inline(never)]
pub(crate) const fn is_ascii(bytes: &[u8]) -> bool {
    let high = match bytes.len() {
        0..4 => of_few(bytes),
        4..8 => ends_of_four(bytes),
        8..16 => ends_of_eight(bytes),
        16..BLOCK => ends_of_sixteen(bytes),
        BLOCK.. => return are_blocks_ascii(bytes),
    };
    high & HIGH == 0
}

/// The same for at least a block.
#[inline]
const fn are_blocks_ascii(bytes: &[u8]) -> bool {
    let (mut blocks, _) = bytes.as_chunks::<BLOCK>();
    while let [block, rest @ ..] = blocks {
        if of_block(block) & HIGH != 0 {
            return false;
        }
        blocks = rest;
    }
    match bytes.last_chunk() {
        Some(last) => of_block(last) & HIGH == 0,
        None => false,
    }
}

/// All bytes of a block on top of each other.
#[inline]
const fn of_block(block: &[u8; BLOCK]) -> u64 {
    let (words, _) = block.as_chunks::<8>();
    match words {
        [a, b, c, d] => word(a) | word(b) | word(c) | word(d),
        _ => HIGH,
    }
}

/// Both ends of at least 16 bytes, and at most twice as many.
#[inline]
const fn ends_of_sixteen(bytes: &[u8]) -> u64 {
    match (bytes.first_chunk::<16>(), bytes.last_chunk::<16>()) {
        (Some(first), Some(last)) => ends_of_eight(first) | ends_of_eight(last),
        _ => HIGH,
    }
}

#[inline]
const fn ends_of_eight(bytes: &[u8]) -> u64 {
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => word(first) | word(last),
        _ => HIGH,
    }
}

#[inline]
const fn ends_of_four(bytes: &[u8]) -> u64 {
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => {
            (u32::from_ne_bytes(*first) | u32::from_ne_bytes(*last)) as u64
        }
        _ => HIGH,
    }
}

/// At most three bytes.
#[inline]
const fn of_few(bytes: &[u8]) -> u64 {
    match bytes {
        [] => 0,
        [a] => *a as u64,
        [a, b] => (*a | *b) as u64,
        [a, b, c] => (*a | *b | *c) as u64,
        _ => HIGH,
    }
}

#[inline]
const fn word(bytes: &[u8; 8]) -> u64 {
    u64::from_ne_bytes(*bytes)
}

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::vec;

    use super::*;

    #[test]
    fn every_place_of_every_length_is_looked_at() {
        for len in 0..200 {
            let mut bytes = vec![b'a'; len];
            assert!(is_ascii(&bytes), "{len} bytes");
            for at in 0..len {
                for other in [0x80, 0xff] {
                    bytes[at] = other;
                    assert!(!is_ascii(&bytes), "byte {at} of {len}");
                }
                bytes[at] = 0x7f;
            }
        }
    }
}
