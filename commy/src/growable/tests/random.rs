//! What models are driven by.

/// The same numbers for the same seed.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub(super) fn below(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        let mixed = (self.0 ^ self.0 >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
        (mixed >> 32) % below
    }

    pub(super) fn len(&mut self) -> usize {
        let below = [4, 20, 300, 5000, 40_000][self.below(5) as usize];
        self.below(below) as usize
    }

    pub(super) fn text(&mut self) -> String {
        let letter = ["a", "ß", "€", "🦀"][self.below(4) as usize];
        letter.repeat(self.len() / letter.len())
    }

    /// A number below one of these.
    pub(super) fn up_to(&mut self, below: [u64; 3]) -> usize {
        let below = below[self.below(3) as usize];
        self.below(below) as usize
    }
}
