//! What `docs/format.md` says of ordered maps, and the constants of the code.

use std::fs;
use std::path::Path;

use super::layout::{AT_KEYS, LARGEST_VALUE, MAX_LEVEL, NODE};
use crate::growable::cell::{AT_PREFIX_LEN as AT_LEN, LARGEST_KEY, MAX_PREFIX};
use crate::growable::snap::BLOCK_HEADER;

#[test]
fn the_page_has_the_numbers_of_the_code() {
    // From the manifest of this crate, or from the one at the top, whose tests these are, too.
    let mut places = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let text =
        places.find_map(|place| fs::read_to_string(place.join("docs/format.md")).ok()).unwrap();
    let mut sections = text.split("\n## ");
    let section = sections.find(|section| section.starts_with("Ordered maps and sets\n")).unwrap();
    let rows = section.lines().filter_map(|line| {
        let mut cells = line.split('|').skip(1).map(str::trim);
        Some((cells.next()?.parse().ok()?, cells.next()?))
    });
    let expected = [
        (0, "block header"),
        (BLOCK_HEADER, "places in use"),
        (BLOCK_HEADER + 4, "level of the node"),
        (BLOCK_HEADER + AT_LEN, "bytes of the prefix"),
        (BLOCK_HEADER + AT_LEN + 1, "unused"),
        (BLOCK_HEADER + AT_KEYS, "keys"),
        (NODE, "end of a node"),
        (LARGEST_KEY, "bytes of the longest key"),
        (LARGEST_VALUE, "bytes of the longest value"),
        (MAX_PREFIX, "bytes of the longest prefix"),
        (MAX_LEVEL, "the highest level"),
    ];
    assert_eq!(rows.collect::<Vec<_>>(), expected);
}
