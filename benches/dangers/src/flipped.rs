//! A byte of the files is another one while the writer idles; then a reader opens them and reads.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use crate::chance::Chance;
use crate::libraries::{Library, Shape};
use crate::place::Place;
use crate::process::{Answer, Other, PATIENCE};
use crate::record::Facts;
use crate::value::{REST, word};

/// The serial number that is read.
const LAST: u64 = 20;

pub fn measure(library: &Library, flips: u64, facts: &mut Facts) {
    let mut chance = Chance::new(2);
    for round in 0..2 * flips {
        // Anywhere, and where a word of the latest value lies.
        let (name, is_value) =
            if round < flips { ("byte", false) } else { ("byte of the value", true) };
        let place = Place::new(library);
        let mut writer = Other::writer(library, &place, 1).unwrap();
        writer.publishes(LAST - 1).unwrap();
        let (path, offset) =
            if is_value { of_value(&place, &mut chance) } else { anywhere(&place, &mut chance) };
        let file = File::options().read(true).write(true).open(&path).unwrap();
        let mut byte = [0];
        file.read_exact_at(&mut byte, offset).unwrap();
        let other = byte[0] ^ (1 << chance.below(8));
        file.write_all_at(&[other], offset).unwrap();
        let what = match Other::reader(library, &place, Shape::Same, None).reads(PATIENCE) {
            Answer::Whole(LAST) => "same",
            Answer::Whole(_) => "older",
            Answer::Mixed => "wrong",
            Answer::Error(text) => {
                facts.say(&format!("{name}: says"), &text);
                "error"
            }
            Answer::Stuck => "stuck",
            Answer::Crash(text) => {
                facts.say(&format!("{name}: crash says"), &text);
                "crash"
            }
        };
        facts.count(&format!("{name}: {what}"));
    }
}

/// All bytes have the same chance.
fn anywhere(place: &Place, chance: &mut Chance) -> (PathBuf, u64) {
    let sizes: Vec<(PathBuf, u64)> = place
        .files_and_directories()
        .0
        .into_iter()
        .map(|path| (path.clone(), fs::metadata(path).unwrap().len()))
        .collect();
    let mut position = chance.below(sizes.iter().map(|(_, len)| len).sum());
    for (path, len) in sizes {
        if position < len {
            return (path, position);
        }
        position -= len;
    }
    unreachable!("the position is below the sum")
}

/// A byte of a word of the latest value, wherever that lies.
fn of_value(place: &Place, chance: &mut Chance) -> (PathBuf, u64) {
    loop {
        let mut found = Vec::new();
        let bytes = word(LAST, chance.below(REST as u64) as usize).to_ne_bytes();
        for path in place.files_and_directories().0 {
            let all = fs::read(&path).unwrap();
            let starts = all.windows(8).enumerate().filter(|(_, window)| **window == bytes);
            found.extend(starts.map(|(offset, _)| (path.clone(), offset as u64)));
        }
        if !found.is_empty() {
            let (path, offset) = found.swap_remove(chance.below(found.len() as u64) as usize);
            return (path, offset + chance.below(8));
        }
    }
}
