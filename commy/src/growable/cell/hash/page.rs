//! What `docs/format.md` says of hash maps, and the constants of the code.

use std::fs;
use std::path::Path;

use super::layout::{
    AT_SLOTS, AT_TAGS, FAN_OUT, INNER, LARGEST_VALUE, LAST_DEPTH, MOST_ENTRIES, MOST_TAG_WORDS,
    NODE,
};
use crate::growable::cell::LARGEST_KEY;
use crate::growable::snap::BLOCK_HEADER;

#[test]
fn the_page_has_the_numbers_of_the_code() {
    // From the manifest of this crate, or from the one at the top, whose tests these are, too.
    let mut places = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let text =
        places.find_map(|place| fs::read_to_string(place.join("docs/format.md")).ok()).unwrap();
    let section =
        text.split("\n## ").find(|section| section.starts_with("Hash maps and sets\n")).unwrap();
    let rows = section.lines().filter_map(|line| {
        let mut cells = line.split('|').skip(1).map(str::trim);
        Some((cells.next()?.parse().ok()?, cells.next()?))
    });
    let expected = [
        (0, "block header"),
        (BLOCK_HEADER, "length, words of tags, and depth"),
        (BLOCK_HEADER + AT_TAGS, "tags"),
        (NODE, "end of a full leaf"),
        (0, "block header"),
        (BLOCK_HEADER, "unused"),
        (BLOCK_HEADER + AT_SLOTS, "slots"),
        (BLOCK_HEADER + INNER, "end"),
        (MOST_ENTRIES, "most entries of a leaf"),
        (MOST_TAG_WORDS, "most words of tags"),
        (FAN_OUT, "slots of an inner node"),
        (LAST_DEPTH, "the last depth"),
        (LARGEST_KEY, "bytes of the longest key"),
        (LARGEST_VALUE, "bytes of the longest value"),
    ];
    assert_eq!(rows.collect::<Vec<_>>(), expected);
}
