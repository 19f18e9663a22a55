//! A reader is another user, who may read all files and write none; then also the files; then also the
//! directories.

use crate::libraries::{Library, Shape};
use crate::place::Place;
use crate::process::{Answer, Other, PATIENCE};
use crate::record::Facts;

/// A user who owns nothing.
const NOBODY: u32 = 65_534;

pub fn measure(library: &Library, facts: &mut Facts) {
    let place = Place::new(library);
    let mut writer = Other::writer(library, &place, 1).unwrap();
    writer.publishes(9).unwrap();
    let steps = [
        ("nothing writable", 0o644, 0o755),
        ("files writable", 0o666, 0o755),
        ("files and directories writable", 0o666, 0o777),
    ];
    for (name, of_files, of_directories) in steps {
        place.permit(of_files, of_directories);
        let answer = Other::reader(library, &place, Shape::Same, Some(NOBODY)).reads(PATIENCE);
        let fact = format!("another user, {name}");
        match answer {
            Answer::Whole(10) => {
                facts.say(&fact, "reads");
                return;
            }
            Answer::Whole(_) | Answer::Mixed => facts.say(&fact, "wrong values"),
            Answer::Error(text) => {
                facts.say(&fact, "error");
                facts.say(&format!("{fact}: says"), &text);
            }
            Answer::Stuck => facts.say(&fact, "stuck"),
            Answer::Crash(text) => facts.say(&fact, &format!("crash: {text}")),
        }
    }
}
