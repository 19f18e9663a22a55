//! What a crash, another struct, a flipped byte and a reader without write permission do to each library: the
//! table of what `benches/dangers` has recorded.
//!
//! That program is a workspace of its own, so this module knows its record and nothing else of it.

use core::fmt::Write as _;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The facts about one library, by their names.
type Facts = BTreeMap<String, String>;

/// What was recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dangers {
    run: Facts,
    /// In the order of the table.
    libraries: Vec<(String, Facts)>,
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../dangers/recorded.tsv")
}

impl Dangers {
    /// Reads the record.
    #[must_use]
    pub fn recorded() -> Self {
        Self::parse(&fs::read_to_string(path()).unwrap()).unwrap()
    }

    /// Lines of library, fact and value; those without a library are about the run.
    fn parse(text: &str) -> Option<Self> {
        let mut dangers = Self::default();
        for line in text.lines() {
            let [library, fact, value] = line.split('\t').collect::<Vec<_>>().try_into().ok()?;
            let facts = match dangers.libraries.iter_mut().find(|(known, _)| known == library) {
                _ if library.is_empty() => &mut dangers.run,
                Some((_, facts)) => facts,
                None => {
                    dangers.libraries.push((library.to_owned(), Facts::new()));
                    &mut dangers.libraries.last_mut()?.1
                }
            };
            if facts.insert(fact.to_owned(), value.to_owned()).is_some() {
                return None;
            }
        }
        Some(dangers)
    }

    /// The table, and what it was measured with.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::from(
            "| library | readers after `kill -9` | the next writer | another struct | a flipped bit anywhere | \
             a flipped bit of the value | a reader that may not write |\n|---|---|---|---|---|---|---|",
        );
        for (library, facts) in &self.libraries {
            let _ = write!(
                text,
                "\n| {library} {} | {} | {} | {} | {} | {} | {} |",
                facts.get("version").map_or("", String::as_str),
                readers(facts),
                next_writer(facts),
                another(facts),
                flipped(facts, "byte: "),
                flipped(facts, "byte of the value: "),
                read_only(facts),
            );
        }
        let of_run = |fact: &str| self.run.get(fact).map_or("?", String::as_str);
        let _ = write!(
            text,
            "\n\n{}, {}. For each library {} kills, {} flips anywhere and as many in the value.",
            of_run("date"),
            of_run("kernel"),
            of_run("kills"),
            of_run("flips"),
        );
        text
    }
}

/// A number that was counted, or none.
fn number(facts: &Facts, fact: &str) -> u64 {
    facts.get(fact).map_or(0, |value| value.parse().unwrap())
}

/// The parts that were counted at all, in words.
fn parts(facts: &Facts, names: &[(&str, &str)]) -> String {
    let counted = names.iter().map(|(fact, words)| (number(facts, fact), *words));
    let counted: Vec<_> = counted.filter(|(count, _)| *count > 0).collect();
    match counted.as_slice() {
        [] => String::from("not measured"),
        [(_, words)] => format!("all {words}"),
        more => {
            let more: Vec<_> =
                more.iter().map(|(count, words)| format!("{count} {words}")).collect();
            more.join(", ")
        }
    }
}

fn readers(facts: &Facts) -> String {
    let of = |reader: &str| {
        let fact = |what: &str| format!("{reader}: {what}");
        let facts_and_words = [
            ("last", "the last value"),
            ("older", "an older one"),
            ("mixed", "**torn**"),
            ("error", "an error"),
            ("stuck", "**stuck**"),
            ("crash", "**a crash**"),
        ];
        let names: Vec<_> =
            facts_and_words.iter().map(|(what, words)| (fact(what), *words)).collect();
        let names: Vec<_> = names.iter().map(|(fact, words)| (fact.as_str(), *words)).collect();
        parts(facts, &names)
    };
    let (before, new) = (of("reader from before"), of("new reader"));
    if before == new { before } else { format!("open before: {before}; new: {new}") }
}

fn next_writer(facts: &Facts) -> String {
    let goes_on = parts(
        facts,
        &[
            ("next writer: goes on", "goes on"),
            ("next writer: is not read", "**is not read**"),
            ("next writer: refused", "**refused**"),
        ],
    );
    let goes_on = goes_on.strip_prefix("all ").unwrap_or(&goes_on);
    let follow = number(facts, "reader from before: follows");
    match number(facts, "reader from before: must open again") {
        0 => goes_on.to_owned(),
        _ if follow == 0 => format!("{goes_on}; open readers must open again"),
        again => {
            format!("{goes_on}; open readers must open again in {again} of {}", again + follow)
        }
    }
}

fn another(facts: &Facts) -> String {
    let of = |name: &str| {
        let found = facts.get(&format!("another struct, {name}"));
        match found.map(String::as_str) {
            Some("wrong values") => "**wrong values**",
            Some(found) => found,
            None => "not measured",
        }
    };
    match (of("same name"), of("another name")) {
        (same, another) if same == another => same.to_owned(),
        (same, another) => format!("{same}; if its name differs, {another}"),
    }
}

fn flipped(facts: &Facts, prefix: &str) -> String {
    let names = [
        ("error", "error"),
        ("same", "same value"),
        ("older", "older value"),
        ("wrong", "**wrong value**"),
        ("stuck", "**stuck**"),
        ("crash", "**crash**"),
    ];
    let names = names.map(|(what, words)| (format!("{prefix}{what}"), words));
    let names: Vec<_> = names.iter().map(|(fact, words)| (fact.as_str(), *words)).collect();
    parts(facts, &names)
}

fn read_only(facts: &Facts) -> String {
    let of = |name: &str| facts.get(&format!("another user, {name}")).map_or("", String::as_str);
    if of("nothing writable") == "reads" {
        return String::from("reads");
    }
    if of("nothing writable").is_empty() {
        return String::from("not measured");
    }
    if of("files writable") == "reads" {
        return String::from("no: must write the files");
    }
    if of("files and directories writable") == "reads" {
        return String::from("no: must write the files, and create some");
    }
    String::from("no, nor if it may write all of them")
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = "\tdate\t2026-01-02\n\tkernel\tlinux 6\n\tkills\t4\n\tflips\t3\n\
        one\tversion\t1.2\none\tnew reader: last\t4\none\treader from before: last\t4\n\
        one\tnext writer: goes on\t4\none\treader from before: follows\t4\n\
        one\tanother struct, same name\trefused\none\tanother struct, another name\trefused\n\
        one\tbyte: same\t2\none\tbyte: error\t1\none\tbyte of the value: wrong\t3\n\
        one\tanother user, nothing writable\treads\n\
        two\tversion\t0.1\ntwo\tnew reader: stuck\t1\ntwo\tnew reader: last\t3\n\
        two\treader from before: last\t4\ntwo\tnext writer: refused\t4\n\
        two\tanother struct, same name\twrong values\ntwo\tanother struct, another name\trefused\n\
        two\tanother user, nothing writable\terror\ntwo\tanother user, files writable\treads\n";

    #[test]
    fn a_row_says_what_was_counted() {
        let table = Dangers::parse(RECORD).unwrap().table();
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            rows[0],
            "| one 1.2 | all the last value | goes on | refused | 1 error, 2 same value | all **wrong value** | \
             reads |"
        );
        assert_eq!(
            rows[1],
            "| two 0.1 | open before: all the last value; new: 3 the last value, 1 **stuck** | **refused** | \
             **wrong values**; if its name differs, refused | not measured | not measured | \
             no: must write the files |"
        );
    }

    #[test]
    fn a_line_of_other_parts_or_a_fact_said_twice_is_no_record() {
        assert_eq!(Dangers::parse("one\tversion\n"), None);
        assert_eq!(Dangers::parse("one\tversion\t1\none\tversion\t2\n"), None);
    }
}
