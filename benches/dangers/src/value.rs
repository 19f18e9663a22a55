//! What is published: a record of which every word follows from its serial number.

/// The words behind the first two fields: 8 KiB in all.
pub const REST: usize = 1022;
/// The same where a library takes 52 bytes at most.
#[cfg(commy_subetha)]
pub const SMALL: usize = 3;

/// What a reader found in its fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub serial: u64,
    pub flow: f64,
    pub rest: Vec<u64>,
}

/// The second field.
#[expect(clippy::cast_precision_loss, reason = "serial numbers are small")]
pub const fn flow(serial: u64) -> f64 {
    serial as f64 / 2.0
}

/// A word of the third field; those of two serial numbers differ at each index.
pub const fn word(serial: u64, idx: usize) -> u64 {
    let start = serial.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    start.wrapping_add((idx as u64 + 1).wrapping_mul(0xd1b5_4a32_d192_ed03))
}

impl Found {
    /// The value with that serial number.
    pub fn of(serial: u64, len: usize) -> Self {
        Self { serial, flow: flow(serial), rest: (0..len).map(|idx| word(serial, idx)).collect() }
    }

    /// Whether all of it was published together.
    pub fn is_whole(&self) -> bool {
        let len = self.rest.len();
        #[cfg(commy_subetha)]
        let is_len = len == REST || len == SMALL;
        #[cfg(not(commy_subetha))]
        let is_len = len == REST;
        is_len && *self == Self::of(self.serial, len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_two_publishes_is_not_whole() {
        let (mut one, other) = (Found::of(7, REST), Found::of(8, REST));
        assert!(one.is_whole());
        *one.rest.last_mut().unwrap() = *other.rest.last().unwrap();
        assert!(!one.is_whole());
        assert!(!Found { serial: 8, ..Found::of(7, REST) }.is_whole());
        assert!(!Found { flow: 1.0, ..Found::of(7, REST) }.is_whole());
    }
}
