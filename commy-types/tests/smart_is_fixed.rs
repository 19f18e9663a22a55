//! A smart container is a fixed one: the same schema, the same bytes, the same changed ranges.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::std_instead_of_core, reason = "a test has the standard library")]

use commy_types::{Changes, FixedString, FixedVec, Image, Mappable, SmartString, SmartVec};
use proptest::prelude::*;

/// Two images of one size, each with an encoding after the other.
struct Pair {
    fixed: Vec<u8>,
    smart: Vec<u8>,
}

impl Pair {
    fn new<F: Mappable, S: Mappable>() -> Self {
        assert_eq!((size_of::<F>(), align_of::<F>()), (size_of::<S>(), align_of::<S>()));
        assert_eq!(F::SCHEMA, S::SCHEMA);
        assert_eq!(F::FINGERPRINT, S::FINGERPRINT);
        assert_eq!((F::NEEDS_CHECK, F::PLAIN), (S::NEEDS_CHECK, S::PLAIN));
        Self { fixed: vec![0; size_of::<F>()], smart: vec![0; size_of::<S>()] }
    }

    fn encode<F: Mappable, S: Mappable>(&mut self, fixed: &F, smart: &S) {
        let (mut one, mut other) = (Changes::new(), Changes::new());
        fixed.encode(0, &mut Image::new(&mut self.fixed, &mut one));
        smart.encode(0, &mut Image::new(&mut self.smart, &mut other));
        assert_eq!(self.fixed, self.smart);
        assert_eq!(one.as_slice(), other.as_slice());
        assert_eq!(F::check(&self.smart), S::check(&self.fixed));
    }
}

fn text() -> impl Strategy<Value = String> {
    let ch = prop::sample::select(&['a', 'b', 'ß', '😀'][..]);
    prop::collection::vec(ch, 0..250).prop_map(|chars| chars.into_iter().collect())
}

proptest! {
    #[test]
    fn of_text(texts in prop::collection::vec(text(), 1..12), bad in any::<[u8; 1032]>()) {
        let mut pair = Pair::new::<FixedString<1024>, SmartString>();
        for text in texts {
            pair.encode(
                &FixedString::<1024>::from_str_truncated(&text),
                &SmartString::<1024>::from_str_truncated(&text),
            );
        }
        prop_assert_eq!(<FixedString<1024>>::check(&bad), <SmartString>::check(&bad));
        pair.encode(&bytemuck::cast::<_, FixedString<1024>>(bad), &bytemuck::cast::<_, SmartString>(bad));
    }

    #[test]
    fn of_elements(lists in prop::collection::vec(prop::collection::vec(0..3u32, 0..40), 1..12)) {
        let mut numbers = Pair::new::<FixedVec<u32, 40>, SmartVec<u32, 40>>();
        let mut wide = Pair::new::<FixedVec<u128, 40>, SmartVec<u128, 40>>();
        let mut nested =
            Pair::new::<FixedVec<FixedString<5>, 40>, SmartVec<SmartString<5>, 40>>();
        for list in lists {
            numbers.encode(
                &FixedVec::<u32, 40>::try_from(list.as_slice()).unwrap(),
                &SmartVec::<u32, 40>::try_from(list.as_slice()).unwrap(),
            );
            let values = || list.iter().map(|number| u128::from(*number) << 90);
            wide.encode(
                &FixedVec::<u128, 40>::from_iter(values()),
                &SmartVec::<u128, 40>::from_iter(values()),
            );
            let names = || list.iter().map(|number| "abcde".split_at(*number as usize).0);
            nested.encode(
                &FixedVec::<FixedString<5>, 40>::from_iter(names().map(FixedString::<5>::literal)),
                &SmartVec::<SmartString<5>, 40>::from_iter(names().map(SmartString::<5>::literal)),
            );
        }
    }
}
