//! What `docs/format.md` says of lists, and the constants of the code.

use std::fs;
use std::path::Path;

use super::layout::{AT_ITEMS, FAN_OUT, ITEMS, LARGEST_ITEM, MAX_LEVEL, NODE};
use crate::growable::snap::BLOCK_HEADER;

#[test]
fn the_page_has_the_numbers_of_the_code() {
    // From the manifest of this crate, or from the one at the top, whose tests these are, too.
    let mut places = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let text =
        places.find_map(|place| fs::read_to_string(place.join("docs/format.md")).ok()).unwrap();
    let section = text.split("\n## ").find(|section| section.starts_with("Lists\n")).unwrap();
    let rows = section.lines().filter_map(|line| {
        let mut cells = line.split('|').skip(1).map(str::trim);
        Some((cells.next()?.parse().ok()?, cells.next()?))
    });
    let expected = [
        (0, "block header"),
        (BLOCK_HEADER, "items ever written"),
        (BLOCK_HEADER + AT_ITEMS, "items"),
        (NODE, "end of a full node"),
        (ITEMS, "bytes of items in a full node"),
        (FAN_OUT, "addresses in a full inner node"),
        (LARGEST_ITEM, "bytes of the longest element"),
        (MAX_LEVEL as usize, "the highest level"),
    ];
    assert_eq!(rows.collect::<Vec<_>>(), expected);
}
