//! A reader declares the struct with two of its fields exchanged: the same size, and the same name or another
//! one.

use crate::libraries::{Library, Shape};
use crate::place::Place;
use crate::process::{Answer, Other, PATIENCE};
use crate::record::Facts;

pub fn measure(library: &Library, facts: &mut Facts) {
    let place = Place::new(library);
    let mut writer = Other::writer(library, &place, 1).unwrap();
    writer.publishes(9).unwrap();
    let control = Other::reader(library, &place, Shape::Same, None).reads(PATIENCE);
    assert_eq!(control, Answer::Whole(10), "{}", library.name);
    for (shape, name) in [(Shape::Changed, "same name"), (Shape::Renamed, "another name")] {
        let answer = Other::reader(library, &place, shape, None).reads(PATIENCE);
        let fact = format!("another struct, {name}");
        match answer {
            Answer::Whole(10) => facts.say(&fact, "right values"),
            Answer::Whole(_) | Answer::Mixed => facts.say(&fact, "wrong values"),
            Answer::Error(text) => {
                facts.say(&fact, "refused");
                facts.say(&format!("{fact}: says"), &text);
            }
            Answer::Stuck => facts.say(&fact, "stuck"),
            Answer::Crash(text) => facts.say(&fact, &format!("crash: {text}")),
        }
    }
}
