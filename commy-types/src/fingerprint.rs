//! The 128-bit hash of the canonical schema line, by which two programs know that they agree.
//!
//! FNV-1a, because it is a few lines in a const function and in any other language.

use core::fmt;

/// The FNV-1a hash (128 bit) of a record's canonical schema line, its newline included.
///
/// It is computed at compile time. It tells programs apart that disagree by mistake; it is no
/// defence against a file made on purpose, whose sizes are checked besides. FNV-1a is defined at
/// <http://www.isthe.com/chongo/tech/comp/fnv/>.
///
/// # Examples
///
/// ```
/// # use commy_types as commy;
/// use commy::{Fingerprint, Mappable};
///
/// assert_eq!(Fingerprint::of_text(b""), Fingerprint(0x6c62272e07bb014262b821756295c58d));
/// assert_ne!(<[u32; 2]>::FINGERPRINT, <[u32; 3]>::FINGERPRINT);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub u128);

impl Fingerprint {
    const OFFSET_BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

    /// The hash of no bytes.
    pub(crate) const EMPTY: Self = Self(Self::OFFSET_BASIS);

    /// The fingerprint of a canonical schema line read from a file.
    #[must_use]
    pub const fn of_text(line: &[u8]) -> Self {
        Self::EMPTY.fed(line)
    }

    /// The hash after some more bytes.
    ///
    /// The compiler interprets this for every byte of every schema, so it is written for few steps
    /// and not for a fast processor.
    pub(crate) const fn fed(self, mut bytes: &[u8]) -> Self {
        let mut hash = self.0;
        while let [a, b, c, d, rest @ ..] = bytes {
            hash = (hash ^ *a as u128).wrapping_mul(Self::PRIME);
            hash = (hash ^ *b as u128).wrapping_mul(Self::PRIME);
            hash = (hash ^ *c as u128).wrapping_mul(Self::PRIME);
            hash = (hash ^ *d as u128).wrapping_mul(Self::PRIME);
            bytes = rest;
        }
        while let [byte, rest @ ..] = bytes {
            hash = (hash ^ *byte as u128).wrapping_mul(Self::PRIME);
            bytes = rest;
        }
        Self(hash)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_published_test_vectors() {
        assert_eq!(Fingerprint::of_text(b"a").0, 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
        assert_eq!(Fingerprint::of_text(b"foobar").0, 0x343e_1662_793c_64bf_6f0d_3597_ba44_6f18);
    }
}
