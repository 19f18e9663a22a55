//! Numbers as the bytes of a record have them, whatever type the schema tells.

use super::types::{Form, Scalar};

impl Scalar {
    /// The number in bytes of this type, which are in the order of this machine.
    pub(crate) fn number_in(self, bytes: &[u8]) -> i128 {
        let is_negative = |highest: Option<&u8>| {
            self.form == Form::Signed && highest.is_some_and(|byte| *byte >= 0x80)
        };
        let fill = |is_negative| if is_negative { [0xff; 16] } else { [0; 16] };
        if cfg!(target_endian = "little") {
            let mut wide = fill(is_negative(bytes.last()));
            wide.iter_mut().zip(bytes).for_each(|(wide, byte)| *wide = *byte);
            i128::from_le_bytes(wide)
        } else {
            let mut wide = fill(is_negative(bytes.first()));
            wide.iter_mut().rev().zip(bytes.iter().rev()).for_each(|(wide, byte)| *wide = *byte);
            i128::from_be_bytes(wide)
        }
    }
}

/// A length or a tag, which is little-endian on every machine: of at most eight bytes that count.
pub(crate) fn length_in(bytes: &[u8]) -> u64 {
    let mut wide = [0; 8];
    wide.iter_mut().zip(bytes).for_each(|(wide, byte)| *wide = *byte);
    u64::from_le_bytes(wide)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_in_the_order_of_the_machine_and_lengths_in_one() {
        let number = |name, bytes: &[u8]| Scalar::named(name).unwrap().number_in(bytes);
        assert_eq!(number("u16", &0x8001_u16.to_ne_bytes()), 0x8001);
        assert_eq!(number("i16", &(-2_i16).to_ne_bytes()), -2);
        assert_eq!(number("i64", &i64::MIN.to_ne_bytes()), i128::from(i64::MIN));
        assert_eq!(number("i128", &i128::MIN.to_ne_bytes()), i128::MIN);
        assert_eq!(number("char", &u32::from('ß').to_ne_bytes()), 0xdf);
        assert_eq!(number("bool", &[1]), 1);
        for bytes in [&[2, 1][..], &[2, 1, 0, 0, 0, 0, 0, 0], &[2, 1, 0, 0, 0, 0, 0, 0, 9]] {
            assert_eq!(length_in(bytes), 0x102);
        }
    }
}
