//! A record with a field of every kind but those in `more_kinds.rs`, and one value of it.
#![allow(dead_code, unreachable_pub, reason = "a module of several tests")]

use commy::{
    FixedOption, FixedString, FixedVec, Mappable, SmartString, create_reader, create_writer,
};

#[derive(Debug, Clone, Copy, Default, PartialEq, Mappable)]
#[repr(u8)]
pub enum Mode {
    #[default]
    Idle = 0,
    Auto = 1,
    Fault = 7,
}

#[derive(Debug, Clone, Copy, PartialEq, Mappable)]
#[repr(C)]
pub struct Point {
    pub x: f32,
    pub kind: Mode,
    pub y: f64,
}

/// One field of each kind. Golden files hold it, so it stays as it is.
#[create_writer(filename = "kinds.bin")]
#[create_reader(filename = "kinds.bin")]
#[derive(Debug, PartialEq)]
pub struct Kinds {
    pub small: i8,
    pub large: u128,
    pub negative: i128,
    pub ratio: f64,
    pub flag: bool,
    pub letter: char,
    pub name: FixedString<20>,
    pub text: SmartString<100>,
    pub points: FixedVec<Point, 3>,
    pub matrix: [[i16; 3]; 2],
    pub mode: Mode,
    pub none: FixedOption<u32>,
    pub some: FixedOption<Point>,
    pub words: FixedVec<FixedString<5>, 2>,
}

/// The value, in which no two fields are alike.
pub fn example() -> Kinds {
    let point = |x: f32, y: f64| Point { x, kind: Mode::Fault, y };
    Kinds {
        small: -5,
        large: u128::MAX,
        negative: -3,
        ratio: 0.1,
        flag: true,
        letter: '€',
        name: "Grüße \"x\"".parse().unwrap(),
        text: "long ".repeat(20).parse().unwrap(),
        points: FixedVec::try_from([point(1.5, 2.5), point(-1.0, 1e300)]).unwrap(),
        matrix: [[1, 2, 3], [-4, -5, -6]],
        mode: Mode::Auto,
        none: FixedOption::none(),
        some: FixedOption::some(point(0.25, 0.0)),
        words: FixedVec::try_from(["ab".parse().unwrap(), "".parse().unwrap()]).unwrap(),
    }
}

/// The value as JSON.
pub const EXAMPLE: &str = concat!(
    r#"{"small":-5,"large":340282366920938463463374607431768211455,"negative":-3,"ratio":0.1,"#,
    r#""flag":true,"letter":"€","name":"Grüße \"x\"","text":""#,
    "long long long long long long long long long long ",
    "long long long long long long long long long long ",
    r#"","points":[{"x":1.5,"kind":"Fault","y":2.5},{"x":-1.0,"kind":"Fault","y":1e+300}],"#,
    r#""matrix":[[1,2,3],[-4,-5,-6]],"mode":"Auto","none":null,"#,
    r#""some":{"x":0.25,"kind":"Fault","y":0.0},"words":["ab",""]}"#,
);
