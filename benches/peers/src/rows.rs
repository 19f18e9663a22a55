//! The rows of the bench `compare`: which call each of them times, what changes between two publishes,
//! and what it may take.
//!
//! What is measured under a name that is not here ends the bench, so that no row can leave out what it
//! is. A row that takes another way through commy than the one named here is a fault of the bench.

use core::fmt;

/// The sizes of the rows, the smallest first.
pub const SIZES: [&str; 8] = ["8 B", "40 B", "64 B", "128 B", "1 KiB", "8 KiB", "1 MiB", "6 MB"];
/// The sizes at which others are at work on the other core.
pub const IN_COMPANY: [&str; 3] = ["64 B", "8 KiB", "1 MiB"];
/// The sizes of values that programs pass around by value.
pub const BY_VALUE: [&str; 4] = ["8 B", "40 B", "64 B", "128 B"];

/// What a row is about.
#[derive(Debug, Clone)]
pub struct Row {
    /// What criterion calls the group.
    pub name: String,
    /// The call of commy; others do what is nearest to it.
    pub call: &'static str,
    /// What differs from one publish to the next; reads say who publishes meanwhile.
    pub changes: &'static str,
    /// What commy may take.
    pub wanted: Vec<Wanted>,
    /// What it took on a processor without AVX-512 before the limits were set: see [`ZEN_3`].
    pub before: Option<&'static str>,
}

/// Where the numbers in `Row::before` are from.
pub const ZEN_3: &str = "nanoseconds of commy, where not said otherwise, on an AMD Zen 3 with AVX2 and 2 \
cores, medians of `cargo bench -p commy-peers --bench compare` on a quiet machine, before these limits \
were set";

/// A limit.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub most: f64,
    pub of: Operand,
}

/// What a limit is a multiple of.
#[derive(Debug, Clone)]
pub enum Operand {
    /// What another library takes in the same row.
    Library(&'static str),
    /// What another library takes in another row.
    LibraryIn(&'static str, String),
    /// What commy takes in another row.
    Row(String),
    /// One nanosecond.
    Nanosecond,
}

impl Wanted {
    fn of(library: &'static str, most: f64) -> Self {
        Self { most, of: Operand::Library(library) }
    }

    fn of_row(row: &str, most: f64) -> Self {
        Self { most, of: Operand::Row(row.to_owned()) }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = self.most;
        match &self.of {
            Operand::Library(library) => write!(f, "{most}x {library}"),
            Operand::LibraryIn(library, row) => write!(f, "{most}x {library} of \"{row}\""),
            Operand::Row(row) => write!(f, "{most}x \"{row}\""),
            Operand::Nanosecond => write!(f, "{most} ns"),
        }
    }
}

/// All rows, in the order of the tables.
#[must_use]
pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    publishes(&mut rows);
    snapshots(&mut rows);
    in_company(&mut rows);
    realistic(&mut rows);
    texts(&mut rows);
    numbers(&mut rows);
    for slots in SLOTS {
        rows.push(row(format!("publish 8 KiB, all, in {slots} slots"), "publish", ALL));
    }
    large(&mut rows);
    rows.push(row("open to first read 64 B", "open_at, a getter", "nothing"));
    rows
}

fn row(name: impl Into<String>, call: &'static str, changes: &'static str) -> Row {
    Row { name: name.into(), call, changes, wanted: Vec::new(), before: None }
}

impl Row {
    fn wanted(mut self, wanted: impl IntoIterator<Item = Wanted>) -> Self {
        self.wanted.extend(wanted);
        self
    }

    const fn before(mut self, before: &'static str) -> Self {
        self.before = Some(before);
        self
    }
}

/// How many slots a publish of 8 KiB is measured with.
pub const SLOTS: [u32; 4] = [2, 3, 4, 8];

const ALL: &str = "all";
const TWO: &str = "first and last word";
const NOTHING: &str = "nothing";

fn publishes(rows: &mut Vec<Row>) {
    for size in SIZES {
        if size != "8 B" && size != "6 MB" {
            let two = row(format!("publish {size}, two words"), "publish_changed", TWO);
            rows.push(match size {
                "64 B" => two
                    .wanted([Wanted::of("iceoryx2", 0.7), Wanted::of("memcpy", 1.5)])
                    .before("18.2"),
                "1 KiB" => two
                    .wanted([Wanted::of("iceoryx2", 1.0), Wanted::of("memcpy", 2.0)])
                    .before("130"),
                "8 KiB" => two.wanted([Wanted::of("memcpy", 1.5)]).before("446"),
                _ => two,
            });
        }
        let all = row(format!("publish {size}, all"), "publish", ALL);
        rows.push(match size {
            "8 B" => all.wanted([Wanted::of("iceoryx2", 1.0)]).before("6.8"),
            "40 B" => all.wanted([Wanted::of("subetha-cxc", 1.0)]).before("8 to 13"),
            "64 B" => all.wanted([Wanted::of("iceoryx2", 0.7), Wanted::of("memcpy", 1.5)]),
            "128 B" => all.wanted([Wanted::of("ringfire", 0.8)]).before("20 to 28"),
            "1 KiB" => all.wanted([Wanted::of("iceoryx2", 1.0), Wanted::of("memcpy", 2.0)]),
            "8 KiB" => all.wanted([Wanted::of("memcpy", 1.5)]),
            "1 MiB" => all.before("2.6x to 3.0x memcpy"),
            "6 MB" => all.wanted([Wanted::of("memcpy", 1.6)]).before("3.6x to 3.8x memcpy"),
            _ => all,
        });
    }
}

fn snapshots(rows: &mut Vec<Row>) {
    for size in SIZES {
        let into = row(format!("snapshot {size}"), "snapshot_into", NOTHING);
        let memcpy = Wanted::of("memcpy", 1.3);
        rows.push(match size {
            "8 B" => into.wanted([memcpy]).before("2.7"),
            "64 B" => into.wanted([memcpy]).before("4.4"),
            _ => into,
        });
        if BY_VALUE.contains(&size) {
            let by_value = row(format!("snapshot {size}, by value"), "snapshot", NOTHING)
                .wanted([Wanted::of_row(&format!("snapshot {size}"), 1.2)]);
            rows.push(match size {
                "8 B" | "64 B" => by_value.before("5.9 to 9.3"),
                "40 B" => by_value.wanted([Wanted::of("subetha-cxc", 1.0)]).before("8 to 9"),
                "128 B" => by_value.wanted([Wanted::of("ringfire", 0.8)]).before("12 to 25"),
                _ => by_value,
            });
        }
    }
}

fn in_company(rows: &mut Vec<Row>) {
    const CALL: &str = "snapshot_into";
    for size in IN_COMPANY {
        rows.push(row(format!("publish {size} beside a reader"), "publish_changed", TWO));
        rows.push(row(format!("snapshot {size} beside a reader"), CALL, NOTHING));
        for speed in ["flat out", "1 MHz", "1 kHz"] {
            rows.push(row(format!("snapshot {size} beside a writer, {speed}"), CALL, TWO));
        }
    }
}

fn realistic(rows: &mut Vec<Row>) {
    let iceoryx2 = || [Wanted::of("iceoryx2", 1.0)];
    rows.push(
        row("publish realistic, two fields", "publish_changed", "title and a number")
            .wanted(iceoryx2()),
    );
    rows.push(row("publish realistic, all", "publish", ALL).wanted(iceoryx2()).before("159"));
    rows.push(row("update of realistic", "update", "three numbers"));
    rows.push(row("try_update of realistic", "try_update", "a number in the vector"));
    rows.push(
        row("snapshot realistic", "snapshot_into", NOTHING)
            .wanted([Wanted::of("memcpy", 2.0)])
            .before("98"),
    );
    rows.push(
        row("snapshot realistic, by value", "snapshot", NOTHING)
            .wanted([Wanted::of_row("snapshot realistic", 1.2)]),
    );
    rows.push(row("cached realistic", "cached().refresh", NOTHING));
    rows.push(row("set the title of realistic", "set_title", "the title"));
}

fn texts(rows: &mut Vec<Row>) {
    for len in [10, 1000] {
        rows.push(row(format!("set a SmartString of {len} bytes"), "set_description", "the text"));
        let calls = [
            ("by value", "description"),
            ("by a closure", "description_with"),
            ("into a String", "description_read_into"),
        ];
        for (how, call) in calls {
            let read = row(format!("read a SmartString of {len} bytes, {how}"), call, NOTHING);
            let read = match len {
                10 => read.wanted([Wanted { most: 10.0, of: Operand::Nanosecond }]),
                _ => read,
            };
            let is_known = len == 10 && how == "by value";
            rows.push(if is_known { read.before("103") } else { read });
        }
    }
}

fn numbers(rows: &mut Vec<Row>) {
    for size in IN_COMPANY {
        let field = row(format!("one field of {size}"), "number", NOTHING)
            .wanted([Wanted::of_row("snapshot 8 B", 1.2)]);
        rows.push(if size == "64 B" { field.before("3.8") } else { field });
    }
    for size in IN_COMPANY {
        rows.push(row(format!("set one f64 in {size}"), "set_number", "the number"));
    }
}

fn large(rows: &mut Vec<Row>) {
    let memcpy = Operand::LibraryIn("memcpy", String::from("publish 6 MB, all"));
    rows.push(
        row("set a frame of 6 MB, by reference", "set_pixels_from", ALL)
            .wanted([Wanted { most: 1.6, of: memcpy }])
            .before("9x to 15x memcpy"),
    );
    rows.push(row("set a frame of 6 MB, by update", "update", ALL).before("9x to 15x memcpy"));
    rows.push(row("push onto a vector of 10^6", "push_rows", "one element more").before("21 ms"));
    rows.push(
        row("change a cell of 48 MB, by update", "update", "one number").before("3 to 125 ms"),
    );
    rows.push(row("change a cell of 48 MB, by its path", "set", "one number"));
    rows.push(row("read a cell of 48 MB, by its path", "get_by", "nothing"));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::report::LIBRARIES;

    #[test]
    fn names_are_unique_and_limits_are_of_what_is_measured() {
        let rows = rows();
        let names: BTreeSet<_> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names.len(), rows.len());
        for row in &rows {
            assert!(!row.call.is_empty() && !row.changes.is_empty(), "{}", row.name);
            for wanted in &row.wanted {
                match &wanted.of {
                    Operand::Library(library) => assert!(LIBRARIES.contains(library)),
                    Operand::LibraryIn(library, other) => {
                        assert!(LIBRARIES.contains(library) && names.contains(other.as_str()));
                    }
                    Operand::Row(other) => assert!(names.contains(other.as_str()), "{other}"),
                    Operand::Nanosecond => {}
                }
            }
        }
    }
}
