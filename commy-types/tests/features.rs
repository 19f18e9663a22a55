//! The optional features: what they promise about the containers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![cfg(any(feature = "serde", feature = "arbitrary", feature = "zeroize"))]

use commy_types::{FixedDeque, FixedMap, FixedOption, FixedSet, FixedString, FixedVec};

#[cfg(feature = "serde")]
mod serde {
    use super::*;
    use serde_json::{from_str, to_string};

    #[test]
    fn wire_forms_are_those_of_string_vec_and_option() {
        let text = "\"Zürich\"\n😀";
        let json = to_string(text).unwrap();
        assert_eq!(to_string(&FixedString::<32>::literal(text)).unwrap(), json);
        assert_eq!(from_str::<FixedString<32>>(&json).unwrap(), text);

        let values = [Some(1.5), None];
        let json = to_string(&values).unwrap();
        let values = values.map(FixedOption::from);
        assert_eq!(to_string(&FixedVec::<_, 4>::literal(&values)).unwrap(), json);
        assert_eq!(from_str::<FixedVec<FixedOption<f64>, 4>>(&json).unwrap(), values);

        let mut latest = FixedDeque::<u8, 2>::new();
        latest.extend_over([1, 2, 3]);
        assert_eq!(to_string(&latest).unwrap(), "[2,3]");
        assert_eq!(from_str::<FixedDeque<u8, 2>>("[2,3]").unwrap(), latest);
    }

    #[test]
    fn wire_forms_of_maps_and_sets_are_those_of_std() {
        let map = std::collections::BTreeMap::from([("b".to_owned(), 1), ("a".to_owned(), 2)]);
        let json = to_string(&map).unwrap();
        let read: FixedMap<FixedString<4>, u32, 4> = from_str(&json).unwrap();
        assert_eq!(to_string(&read).unwrap(), json);
        assert_eq!(read["a"], 2);
        let set: FixedSet<u8, 3> = from_str("[3,1,3,2,1]").unwrap();
        assert_eq!(to_string(&set).unwrap(), "[1,2,3]");
        let error = from_str::<FixedSet<u8, 2>>("[3,1,3,2]").unwrap_err().to_string();
        let expected = "invalid length 3, expected a sequence of at most 2 different elements";
        assert!(error.starts_with(expected), "{error}");
        let error = from_str::<FixedMap<FixedString<1>, u8, 1>>("{\"a\":1,\"b\":2}").unwrap_err();
        let expected = "invalid length 2, expected a map of at most 1 entries";
        assert!(error.to_string().starts_with(expected), "{error}");
    }

    #[test]
    fn too_much_is_an_error_that_names_the_capacity() {
        let message = |error: serde_json::Error| error.to_string();
        let error = message(from_str::<FixedString<4>>("\"hello\"").unwrap_err());
        assert!(
            error.starts_with("invalid length 5, expected a string of at most 4 bytes"),
            "{error}"
        );
        let error = message(from_str::<FixedVec<u8, 2>>("[1,2,3,4]").unwrap_err());
        assert!(error.starts_with("invalid length 3, expected a sequence of at most 2"), "{error}");
        let error = message(from_str::<FixedDeque<u8, 2>>("[1,2,3,4]").unwrap_err());
        assert!(error.starts_with("invalid length 3, expected a sequence of at most 2"), "{error}");
        let error = message(from_str::<FixedString<4>>("7").unwrap_err());
        assert!(error.contains("expected a string of at most 4 bytes"), "{error}");
    }
}

#[cfg(feature = "arbitrary")]
mod arbitrary {
    use super::*;
    use ::arbitrary::{Arbitrary, Unstructured};

    /// Bytes without an obvious pattern.
    fn bytes() -> Vec<u8> {
        (0..4096u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
    }

    #[test]
    fn maps_and_sets_fit_and_differ() {
        let bytes = bytes();
        let mut data = Unstructured::new(&bytes);
        let mut distinct = std::collections::HashSet::new();
        for _ in 0..64 {
            let value = <(FixedMap<u8, u8, 3>, FixedSet<u8, 3>)>::arbitrary(&mut data).unwrap();
            assert!(value.0.keys().is_sorted() && value.1.iter().is_sorted());
            distinct.insert(value);
        }
        assert!(distinct.len() > 8, "only {} different values", distinct.len());
    }

    #[test]
    fn values_fit_and_differ() {
        type Value =
            (FixedString<5>, FixedVec<FixedOption<bool>, 3>, FixedVec<u8, 3>, FixedDeque<u8, 9>);
        let bytes = bytes();
        let mut data = Unstructured::new(&bytes);
        let mut distinct = std::collections::HashSet::new();
        for _ in 0..64 {
            let value = Value::arbitrary(&mut data).unwrap();
            assert!(value.0.len() <= 5 && value.1.len() <= 3 && value.2.len() <= 3);
            distinct.insert(value);
        }
        assert!(distinct.len() > 8, "only {} different values", distinct.len());
        let some = distinct.iter().any(|value| value.1.iter().any(FixedOption::is_some));
        assert!(some && distinct.iter().any(|value| value.2.is_full()));
    }
}

#[cfg(feature = "zeroize")]
mod zeroize {
    use super::*;
    use ::zeroize::Zeroize;

    #[test]
    fn nothing_is_left_of_an_erased_value() {
        let erased = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);

        let mut text = FixedString::<8>::literal("secret");
        text.zeroize();
        assert!(text.is_empty() && erased(bytemuck::bytes_of(&text)));

        // Also what is not in use: a cast can leave bytes there.
        let mut vec: FixedVec<u8, 4> = bytemuck::cast([1u8, 0, 0, 0, 0, 0, 0, 0, 7, 7, 7, 7]);
        vec.zeroize();
        assert!(vec.is_empty() && erased(bytemuck::bytes_of(&vec)));

        let mut deque: FixedDeque<u8, 4> = bytemuck::cast([1u8, 0, 0, 0, 2, 0, 0, 0, 7, 7, 7, 7]);
        deque.zeroize();
        assert!(deque.is_empty() && erased(bytemuck::bytes_of(&deque)));
        let mut map = FixedMap::<u8, u8, 3>::try_from([(7, 8), (9, 10)]).unwrap();
        let mut set = FixedSet::<u8, 3>::try_from([7, 8]).unwrap();
        map.zeroize();
        set.zeroize();
        assert!(map.is_empty() && set.is_empty());

        let mut option = FixedOption::some(9u64);
        option.zeroize();
        assert!(option.is_none() && erased(bytemuck::bytes_of(&option)));
    }
}
