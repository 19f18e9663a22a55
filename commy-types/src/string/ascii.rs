//! Whether bytes are ASCII, which most text is.
//!
//! That of the standard library goes byte by byte through what is left of its blocks. Here the rest is
//! a word, too, whose bytes behind the text do not count.

/// The bytes that are looked at together.
const BLOCK: usize = 32;

/// The highest bit of each byte: none of them is set in ASCII.
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Returns whether the first `len` of `bytes` are ASCII; if there are not so many, all of them.
///
/// The bytes behind these are nobody's text, but loaded with it: whole words that were just stored are
/// there at once, while one that lies across two of them would have to wait.
///
/// Out of line: what is asked for is in registers, and whoever asks has the better of these.
#[inline(never)]
pub(crate) const fn is_ascii(bytes: &[u8], len: usize) -> bool {
    let len = if len < bytes.len() { len } else { bytes.len() };
    let (used, behind) = bytes.split_at(len / 8 * 8);
    let (mut blocks, rest) = used.as_chunks::<BLOCK>();
    while let [block, others @ ..] = blocks {
        if of_block(block) & HIGH != 0 {
            return false;
        }
        blocks = others;
    }
    let high = match rest.as_chunks::<8>().0 {
        [] => 0,
        [a] => word(a),
        [a, b] => word(a) | word(b),
        [a, b, c, ..] => word(a) | word(b) | word(c),
    };
    (high | of_part(behind, len % 8)) & HIGH == 0
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

/// The first `len` of `bytes`, less than a word.
#[inline]
const fn of_part(bytes: &[u8], len: usize) -> u64 {
    match bytes.first_chunk() {
        Some(bytes) => u64::from_le_bytes(*bytes) & ((1 << (8 * len)) - 1),
        None => of_few(bytes.split_at(len).0),
    }
}

/// All of less than a word.
#[inline]
const fn of_few(mut bytes: &[u8]) -> u64 {
    let mut all = 0;
    while let [byte, rest @ ..] = bytes {
        all |= *byte;
        bytes = rest;
    }
    all as u64
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
    fn every_place_of_every_length_is_looked_at_and_none_behind_it() {
        for len in 0..150 {
            for behind in 0..20 {
                let mut bytes = vec![b'a'; len + behind];
                bytes[len..].fill(0xff);
                assert!(is_ascii(&bytes, len), "{len} of {} bytes", bytes.len());
                for at in 0..len {
                    for other in [0x80, 0xff] {
                        bytes[at] = other;
                        assert!(!is_ascii(&bytes, len), "byte {at} of {len}");
                    }
                    bytes[at] = 0x7f;
                }
            }
        }
        assert!(is_ascii(b"abc", 9) && !is_ascii(b"ab\xff", 9));
    }
}
