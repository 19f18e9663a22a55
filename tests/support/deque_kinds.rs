//! A record with fixed deques, and one value of it.
#![allow(dead_code, unreachable_pub, reason = "a module of several tests")]

use commy::{FixedDeque, FixedString, FixedVec, Mappable, create_reader, create_writer};

#[derive(Debug, Clone, Copy, PartialEq, Mappable)]
#[repr(C)]
pub struct Reading {
    pub time: u32,
    pub level: f64,
    pub valid: bool,
}

/// A golden file holds it, so it stays as it is.
#[create_writer(filename = "deque_kinds.bin")]
#[create_reader(filename = "deque_kinds.bin")]
#[derive(Debug, PartialEq)]
pub struct DequeKinds {
    pub before: u8,
    pub around: FixedDeque<u16, 4>,
    pub readings: FixedDeque<Reading, 3>,
    pub lines: FixedDeque<FixedString<6>, 2>,
    pub empty: FixedDeque<bool, 5>,
    pub wide: FixedDeque<u128, 2>,
    pub nested: FixedVec<FixedDeque<i8, 2>, 2>,
}

/// The value: some of the deques reach around their end.
pub fn example() -> DequeKinds {
    let reading = |time: u32| Reading { time, level: f64::from(time) / 4.0, valid: time % 2 == 1 };
    let mut example = DequeKinds {
        before: 3,
        around: FixedDeque::new(),
        readings: (1..=2).map(reading).collect(),
        lines: FixedDeque::new(),
        empty: FixedDeque::new(),
        wide: FixedDeque::literal(&[1, u128::MAX]),
        nested: FixedVec::new(),
    };
    example.around.extend_over(1..=6);
    example.readings.push_front(reading(0)).unwrap();
    example.lines.extend_over(["one", "two", "three"].map(|line| line.parse().unwrap()));
    example.wide.rotate_left(1);
    example.nested.push(FixedDeque::literal(&[-1, 1])).unwrap();
    example.nested.push(FixedDeque::new()).unwrap();
    example
}

/// The value as JSON, the oldest elements first.
pub const EXAMPLE: &str = concat!(
    r#"{"before":3,"around":[3,4,5,6],"readings":[{"time":0,"level":0.0,"valid":false},"#,
    r#"{"time":1,"level":0.25,"valid":true},{"time":2,"level":0.5,"valid":false}],"#,
    r#""lines":["two","three"],"empty":[],"wide":[340282366920938463463374607431768211455,1],"#,
    r#""nested":[[-1,1],[]]}"#,
);
