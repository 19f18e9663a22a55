//! What the checks of the containers accept and refuse.
#![allow(clippy::single_range_in_vec_init, reason = "a list of one changed range is meant")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

use commy_types::{
    FixedDeque, FixedMap, FixedOption, FixedSet, FixedString, FixedVec, Image, Invalid,
    InvalidReason, Mappable, SmartString, Touched,
};

/// A length or tag, then these bytes.
fn stored(len: u64, data: &[u8]) -> Vec<u8> {
    [&len.to_le_bytes(), data].concat()
}

fn refusal<T: Mappable>(bytes: &[u8]) -> (usize, InvalidReason) {
    let Invalid { offset, reason, .. } = T::check(bytes).unwrap_err();
    (offset, reason)
}

#[test]
fn a_length_above_the_capacity_is_refused() {
    let reason = |found| (0, InvalidReason::Length { found, capacity: 3 });
    for found in [4, 1 << 32, u64::MAX] {
        assert_eq!(refusal::<FixedString<3>>(&stored(found, b"abc")), reason(found));
        assert_eq!(refusal::<FixedVec<u8, 3>>(&stored(found, b"abc")), reason(found));
    }
    assert!(<FixedString<3>>::check(&stored(3, b"abc")).is_ok());
    assert!(<FixedVec<u8, 3>>::check(&stored(3, b"abc")).is_ok());
}

/// A deque: head and length, then its cells.
fn ring(head: u32, len: u32, cells: &[u8]) -> Vec<u8> {
    [&head.to_le_bytes(), &len.to_le_bytes(), cells].concat()
}

#[test]
fn a_head_that_is_no_cell_and_a_length_above_the_capacity_are_refused() {
    let check = |head, len| FixedDeque::<bool, 3>::check(&ring(head, len, &[0; 3]));
    for head in 0..3 {
        assert!((1..=3).all(|len| check(head, len).is_ok()));
    }
    assert!(check(0, 0).is_ok());
    let refused = |head, len| check(head, len).unwrap_err().reason;
    for found in [3, 4, u32::MAX] {
        assert_eq!(refused(found, 1), InvalidReason::Head { found, capacity: 3 });
        assert_eq!(refused(found, 0), InvalidReason::Head { found, capacity: 0 });
    }
    for found in [4, u32::MAX] {
        assert_eq!(refused(0, found), InvalidReason::Length { found: found.into(), capacity: 3 });
    }
}

#[test]
fn of_a_deque_every_cell_is_checked_wherever_its_elements_begin() {
    let check = |cells| FixedDeque::<bool, 3>::check(&ring(2, 2, cells));
    assert!(check(&[1, 0, 1]).is_ok());
    let refused = |cells| refusal::<FixedDeque<bool, 3>>(&ring(2, 2, cells));
    assert_eq!(refused(&[2, 0, 1]), (8, InvalidReason::Bool { found: 2 }));
    assert_eq!(refused(&[1, 0, 2]), (10, InvalidReason::Bool { found: 2 }));
    assert_eq!(refused(&[1, 1, 1]), (9, InvalidReason::Tail));
    assert!(FixedDeque::<u8, 3>::check(&ring(2, 2, &[1, 1, 1])).is_ok(), "any byte is a u8");
    for len in 0..11 {
        assert!(FixedDeque::<bool, 3>::check(&ring(2, 2, &[1, 0, 1])[..len]).is_err());
    }
}

#[test]
fn text_that_is_not_utf8_is_refused_with_its_place() {
    let reason = (8, InvalidReason::Utf8 { valid_up_to: 1 });
    assert_eq!(refusal::<FixedString<4>>(&stored(3, b"a\xffcd")), reason);
    assert_eq!(refusal::<FixedString<4>>(&stored(2, b"a\xc3\xbcd")), reason); // cut inside `ü`
    assert!(<FixedString<4>>::check(&stored(3, b"a\xc3\xbc\xff")).is_ok(), "beyond the text");
}

/// Long text may be checked by other means than short text: what std says holds for both.
#[test]
fn text_of_any_length_is_accepted_and_refused_where_std_does() {
    let text = "Grüße, Быстрая лиса, 狐, 🦊 ".repeat(40);
    let text = text.as_bytes();
    for len in 0..1000 {
        let used = &text[..len];
        for bad_at in [None, Some(0), Some(len / 2), len.checked_sub(1), Some(63), Some(64)] {
            let mut data = [0; 1000];
            data[..len].copy_from_slice(used);
            if let Some(at) = bad_at {
                data[at] = 0xf8; // starts no character
            }
            let found = <FixedString<1000>>::check(&stored(len as u64, &data));
            let expected = core::str::from_utf8(&data[..len]);
            assert_eq!(
                found.map_err(|invalid| invalid.reason),
                expected
                    .map(drop)
                    .map_err(|error| { InvalidReason::Utf8 { valid_up_to: error.valid_up_to() } }),
                "{len} bytes, {bad_at:?}"
            );
        }
    }
}

#[test]
fn a_bad_element_is_refused_with_its_offset() {
    let reason = (9, InvalidReason::Bool { found: 2 });
    assert_eq!(refusal::<FixedVec<bool, 3>>(&stored(2, &[1, 2, 0])), reason);
    assert!(<FixedVec<bool, 3>>::check(&stored(2, &[1, 0, 0])).is_ok());
}

#[test]
fn an_unused_cell_is_a_value_too() {
    // A `bool` of 2 is undefined behaviour wherever it is, so the check covers the whole array.
    assert_eq!(refusal::<FixedVec<bool, 3>>(&stored(1, &[1, 0, 2])), (9, InvalidReason::Tail));
    assert_eq!(refusal::<FixedVec<bool, 3>>(&stored(0, &[0, 0, 2])), (8, InvalidReason::Tail));
    assert_eq!(refusal::<FixedOption<bool>>(&stored(0, &[2])), (8, InvalidReason::Tail));
    assert!(<FixedVec<u8, 3>>::check(&stored(1, &[1, 0, 2])).is_ok(), "any byte is a u8");
    assert!(<FixedOption<u8>>::check(&stored(0, &[2])).is_ok(), "any byte is a u8");
}

#[test]
fn an_option_has_the_tags_0_and_1() {
    let found = 2;
    assert_eq!(
        refusal::<FixedOption<u8>>(&stored(2, &[0])),
        (0, InvalidReason::OptionTag { found })
    );
    assert_eq!(
        refusal::<FixedOption<bool>>(&stored(1, &[3])),
        (8, InvalidReason::Bool { found: 3 })
    );
    assert!(<FixedOption<bool>>::check(&stored(1, &[1])).is_ok());
}

#[test]
fn a_fault_deep_inside_keeps_its_offset() {
    type Nested = FixedVec<FixedOption<FixedString<8>>, 2>;
    let mut value = Nested::new();
    value.push(FixedOption::none()).unwrap();
    value.push(FixedOption::some("ok".parse().unwrap())).unwrap();
    let mut bytes = vec![0; size_of::<Nested>()];
    value.encode(0, &mut Image::new(&mut bytes, &mut Touched::new()));
    assert!(Nested::check(&bytes).is_ok());
    // The second element's text starts after two prefixes and one whole element.
    let text = 8 + 24 + 8 + 8;
    assert_eq!(&bytes[text..text + 2], b"ok");
    bytes[text + 1] = 0xff;
    assert_eq!(refusal::<Nested>(&bytes), (text, InvalidReason::Utf8 { valid_up_to: 1 }));
    bytes[text - 8] = 9;
    let (offset, reason) = refusal::<Nested>(&bytes);
    assert_eq!((offset, reason), (text - 8, InvalidReason::Length { found: 9, capacity: 8 }));
}

#[test]
fn keys_that_do_not_ascend_are_refused_with_their_number() {
    type Map = FixedMap<u8, bool, 3>;
    let map = |count: u64, keys: [u8; 3], values: [u8; 3]| stored(count, &[keys, values].concat());
    assert!(Map::check(&map(3, [1, 2, 9], [0, 1, 0])).is_ok());
    assert!(Map::check(&map(2, [1, 2, 0], [0, 1, 0])).is_ok());
    let order = (10, InvalidReason::KeyOrder { index: 2 });
    assert_eq!(refusal::<Map>(&map(3, [1, 9, 2], [0; 3])), order);
    assert_eq!(refusal::<FixedSet<u8, 3>>(&stored(3, &[1, 9, 2])), order);
    let twice = (9, InvalidReason::KeyTwice { index: 1 });
    assert_eq!(refusal::<Map>(&map(3, [1, 1, 2], [0; 3])), twice);
    assert_eq!(refusal::<FixedSet<u8, 3>>(&stored(2, &[1, 1, 0])), twice);
    // What is not in use may be anything where anything is a value.
    assert!(Map::check(&map(2, [1, 2, 0], [0; 3])).is_ok());
    assert!(<FixedSet<u8, 3>>::check(&stored(2, &[1, 2, 0])).is_ok());
    assert_eq!(refusal::<Map>(&map(1, [1, 0, 0], [1, 0, 1])), (12, InvalidReason::Tail));
    assert_eq!(
        refusal::<Map>(&map(2, [1, 2, 0], [1, 7, 0])),
        (12, InvalidReason::Bool { found: 7 })
    );
    let length = InvalidReason::Length { found: 4, capacity: 3 };
    assert_eq!(refusal::<Map>(&map(4, [1, 2, 3], [0; 3])), (0, length));
    assert_eq!(refusal::<FixedSet<u8, 3>>(&stored(4, &[1, 2, 3])), (0, length));
    for len in 0..14 {
        assert!(Map::check(&map(3, [1, 2, 9], [0; 3])[..len]).is_err(), "{len} bytes");
    }
}

#[test]
fn a_key_that_is_no_value_is_refused_before_it_is_compared() {
    type Map = FixedMap<FixedString<2>, u64, 2>;
    let mut bytes = vec![0; size_of::<Map>()];
    let map = Map::try_from([("a".parse().unwrap(), 1), ("b".parse().unwrap(), 2)]).unwrap();
    map.encode(0, &mut Image::untracked(&mut bytes));
    assert!(Map::check(&bytes).is_ok());
    bytes[8 + 10 + 8] = 0xff;
    assert_eq!(refusal::<Map>(&bytes), (26, InvalidReason::Utf8 { valid_up_to: 0 }));
}

#[test]
fn bytes_that_end_early_are_an_error_and_no_panic() {
    for len in 0..12 {
        let bytes = &stored(1, b"abcd")[..len];
        assert!(<FixedString<4>>::check(bytes).is_err(), "{len} bytes");
        assert!(<FixedVec<bool, 4>>::check(bytes).is_err(), "{len} bytes");
        assert!(<FixedVec<bool, 4>>::check(&vec![0; len]).is_ok() == (len >= 8), "{len} bytes");
        assert!(<FixedOption<char>>::check(bytes).is_err(), "{len} bytes");
    }
}

#[test]
fn padding_is_zero_in_the_image_whatever_is_in_memory() {
    let mut bytes = [0u8; 32];
    let wide = FixedVec::<u128, 1>::literal(&[u128::MAX]);
    wide.encode(0, &mut Image::new(&mut bytes, &mut Touched::new()));
    assert_eq!(bytes[..8], 1u64.to_le_bytes());
    // No padding where the target aligns u128 to 8.
    let data = align_of::<u128>().max(8);
    assert!(bytes[8..data].iter().all(|byte| *byte == 0), "the padding before the data");
    assert_eq!(bytes[data..data + 16], [0xff; 16]);

    let mut bytes = [0u8; 32];
    let wide = FixedOption::some(u128::MAX);
    wide.encode(0, &mut Image::new(&mut bytes, &mut Touched::new()));
    assert_eq!(bytes[0], 1);
    assert!(bytes[8..data].iter().all(|byte| *byte == 0), "the padding before the value");
    assert_eq!(bytes[data..data + 16], [0xff; 16]);
}

#[test]
fn a_cast_value_is_encoded_as_what_it_shows() {
    // A length above the capacity, bytes that are no text, and a tag that is neither 0 nor 1.
    let text: FixedString<4> = bytemuck::pod_read_unaligned(&stored(9, b"a\xffcd"));
    assert_eq!(text, "a");
    let vec: FixedVec<u8, 4> = bytemuck::pod_read_unaligned(&stored(9, b"abcd"));
    assert_eq!(vec, b"abcd");
    let option: FixedOption<u8> = bytemuck::pod_read_unaligned(&stored(9, b"a"));
    assert!(option.is_none());

    let mut bytes = [0u8; 33];
    let mut touched = Touched::new();
    let mut image = Image::new(&mut bytes, &mut touched);
    text.encode(0, &mut image);
    vec.encode(12, &mut image);
    option.encode(24, &mut image);
    assert_eq!(bytes[..12], *stored(1, b"a\0\0\0"));
    assert_eq!(bytes[12..24], *stored(4, b"abcd"));
    assert_eq!(bytes[24..], [0; 9]);
}

#[test]
fn encoding_short_text_leaves_the_rest_of_a_long_field_alone() {
    let mut bytes = vec![0; size_of::<SmartString>()];
    let mut encode = |text: &str| {
        let mut touched = Touched::new();
        let text: SmartString = text.parse().unwrap();
        text.encode(0, &mut Image::new(&mut bytes, &mut touched));
        touched
    };
    assert_eq!(encode("warm").as_slice(), [0..12]);
    assert!(encode("warm").is_empty());
    assert_eq!(encode("worm").as_slice(), [8..12]);
    assert_eq!(encode(&"x".repeat(300)).as_slice().last().unwrap().end, 308);
    assert_eq!(encode("w").as_slice().last().unwrap().end, 308, "what was used is cleared");
}
