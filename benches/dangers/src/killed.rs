//! A writer that does nothing but publish is killed; then readers ask, and another writer goes on.

use core::time::Duration;
use std::thread;

use crate::chance::Chance;
use crate::libraries::{Library, Shape};
use crate::place::Place;
use crate::process::{Answer, BRIEF, Other, Progress};
use crate::record::Facts;

/// Where the second writer begins to count.
const SECOND: u64 = 1 << 40;

pub fn measure(library: &Library, kills: u64, facts: &mut Facts) {
    let mut chance = Chance::new(1);
    for _ in 0..kills {
        let place = Place::new(library);
        let mut writer = Other::writer(library, &place, 1)
            .unwrap_or_else(|said| panic!("the writer of {}: {said}", library.name));
        let mut before = Other::reader(library, &place, Shape::Same, None);
        assert!(
            matches!(before.reads(BRIEF), Answer::Whole(1)),
            "{} does not give what was published",
            library.name
        );
        writer.publishes_on();
        // At no fixed place of its loop.
        thread::sleep(Duration::from_micros(2000 + chance.below(3000)));
        drop(writer);
        let (began, ended) = Progress::open(&place.progress()).last();
        facts.count("kills");
        if began != ended {
            facts.count("kills inside a publish");
        }
        let mut after = Other::reader(library, &place, Shape::Same, None);
        for (reader, name) in [(&mut before, "reader from before"), (&mut after, "new reader")] {
            let answer = reader.reads(BRIEF);
            let what = match &answer {
                Answer::Whole(serial) if *serial == began || *serial == ended => "last",
                Answer::Whole(_) => "older",
                Answer::Mixed => "mixed",
                Answer::Error(text) => {
                    facts.say(&format!("{name}: says"), text);
                    "error"
                }
                Answer::Stuck => "stuck",
                Answer::Crash(text) => {
                    facts.say(&format!("{name}: crash says"), text);
                    "crash"
                }
            };
            facts.count(&format!("{name}: {what}"));
        }
        drop(after);
        goes_on(library, &place, before, facts);
    }
}

/// Whether a second writer publishes, and who sees that.
fn goes_on(library: &Library, place: &Place, mut before: Other, facts: &mut Facts) {
    let goes_on = Other::writer(library, place, SECOND);
    let mut second = match goes_on.and_then(|mut second| second.publishes(4).map(|()| second)) {
        Ok(second) => second,
        Err(said) => {
            facts.count("next writer: refused");
            facts.say("next writer: says", &said);
            return;
        }
    };
    let mut reader = Other::reader(library, place, Shape::Same, None);
    let is_seen = |reader: &mut Other| reader.reads(BRIEF) == Answer::Whole(SECOND + 4);
    facts.count(match is_seen(&mut reader) {
        true => "next writer: goes on",
        false => "next writer: is not read",
    });
    facts.count(match is_seen(&mut before) {
        true => "reader from before: follows",
        false => "reader from before: must open again",
    });
    let _ = second.publishes(1);
}
