//! A record with maps and sets of fixed size, and one value of it.
#![allow(dead_code, unreachable_pub, reason = "a module of several tests")]

use commy::{
    FixedMap, FixedOption, FixedSet, FixedString, FixedVec, Mappable, create_reader, create_writer,
};

/// A key of two parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Mappable)]
#[repr(C)]
pub struct Place {
    pub row: u8,
    pub column: u32,
}

/// One field of each kind. A golden file holds it, so it stays as it is.
#[create_writer(filename = "keyed_kinds.bin")]
#[create_reader(filename = "keyed_kinds.bin")]
#[derive(Debug, PartialEq)]
pub struct KeyedKinds {
    pub before: u8,
    pub prices: FixedMap<FixedString<5>, f64, 4>,
    pub cells: FixedMap<Place, FixedOption<bool>, 3>,
    pub wide: FixedMap<u8, u128, 2>,
    pub tags: FixedSet<FixedString<3>, 3>,
    pub numbers: FixedSet<i16, 5>,
    pub nested: FixedVec<FixedMap<char, FixedSet<u8, 2>, 2>, 2>,
    pub empty: FixedMap<u16, u16, 1>,
}

/// The value, in which no two fields are alike.
pub fn example() -> KeyedKinds {
    let place = |row, column| Place { row, column };
    let inner = FixedSet::try_from([9, 8]).unwrap();
    KeyedKinds {
        before: 3,
        prices: [("b", 0.5), ("ä", 1.5), ("a", 2.5)]
            .map(|(key, value)| (key.parse().unwrap(), value))
            .try_into()
            .unwrap(),
        cells: FixedMap::try_from([
            (place(2, 1), FixedOption::some(true)),
            (place(1, 70_000), FixedOption::none()),
        ])
        .unwrap(),
        wide: FixedMap::try_from([(7, u128::MAX)]).unwrap(),
        tags: FixedSet::try_from(["x".parse().unwrap(), "".parse().unwrap()]).unwrap(),
        numbers: FixedSet::try_from([300, -1, 0]).unwrap(),
        nested: FixedVec::try_from([FixedMap::try_from([('€', inner)]).unwrap()]).unwrap(),
        empty: FixedMap::new(),
    }
}

/// The value as JSON: a map whose keys are texts is an object, any other one a list of pairs.
pub const EXAMPLE: &str = concat!(
    r#"{"before":3,"prices":{"a":2.5,"b":0.5,"ä":1.5},"cells":[[{"row":1,"column":70000},null],"#,
    r#"[{"row":2,"column":1},true]],"wide":[[7,340282366920938463463374607431768211455]],"#,
    r#""tags":["","x"],"numbers":[-1,0,300],"nested":[[["€",[8,9]]]],"empty":[]}"#,
);
