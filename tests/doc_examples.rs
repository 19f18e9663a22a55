//! Examples in the documentation say what a program writes that depends on commy alone.
//!
//! Containers are documented in commy-types, and shown by commy. A hidden first line of each example there,
//! `use commy_types as commy`, lets it run where it stands.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const HIDDEN: &str = "# use commy_types as commy;";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs" || e == "md") {
            found.push(path);
        }
    }
}

/// The examples of a source or page, with the number of the line before each.
fn examples<'a>(file: &Path, text: &'a str) -> Vec<(usize, Vec<&'a str>)> {
    let is_page = file.extension().is_some_and(|e| e == "md");
    let mut found = Vec::new();
    let mut open: Option<(usize, Vec<&str>)> = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let documented = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"));
        let Some(line) = documented.or(is_page.then_some(line)) else {
            open = None;
            continue;
        };
        let line = line.strip_prefix(' ').unwrap_or(line);
        if line.starts_with("```") {
            match open.take() {
                Some(example) => found.push(example),
                None => open = Some((number + 1, Vec::new())),
            }
        } else if let Some((_, lines)) = &mut open {
            lines.push(line);
        }
    }
    found
}

/// The names behind a path in these lines: `use commy::{A, b::C}` and `commy::D` have A, b and D.
fn names<'a>(lines: impl Iterator<Item = &'a str>, path: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in lines {
        for rest in line.split(path).skip(1) {
            let list = match rest.strip_prefix('{') {
                Some(list) => list.split('}').next().unwrap_or(list),
                None => {
                    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(rest)
                }
            };
            let names =
                list.split(',').map(|name| name.trim().split([':', ' ']).next().unwrap_or(name));
            found.extend(names.filter(|name| !name.is_empty()).map(str::to_owned));
        }
    }
    found
}

/// What a list `pub use path::{...};` gives out, with attributes before it, or without.
fn given_out(text: &str, path: &str, hidden: bool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let start = format!("pub use {path}");
    let mut before = "";
    for item in text.split_inclusive('\n').scan(0, |at, line| {
        let here = *at;
        *at += line.len();
        Some((here, line))
    }) {
        let (at, line) = item;
        if line.starts_with(&start) {
            let item = text[at..].split(';').next().expect("an item");
            let list = item.rsplit("::").next().expect("a name");
            let list = item.split_once('{').map_or(list, |(_, list)| list);
            if (before == "#[doc(hidden)]") == hidden {
                let names = list.trim_end_matches('}').split(',').map(str::trim);
                found.extend(names.filter(|name| !name.is_empty()).map(str::to_owned));
            }
        }
        before = line.trim_end();
    }
    found
}

#[test]
fn no_shown_line_names_the_crate_of_the_containers() {
    let types = fs::read_to_string(root().join("commy-types/src/lib.rs")).expect("lib.rs");
    // What no page shows: parts that generated code uses.
    let mut inner = given_out(&types, "crate::", true);
    assert!(inner.contains("FieldPlace") && !inner.contains("FixedVec"), "{inner:?}");
    // What only the pages of commy-types show.
    inner.insert("schema".into());
    let mut files = Vec::new();
    for directory in ["commy/src", "commy/docs", "commy-macros/src", "commy-types/src"] {
        sources(&root().join(directory), &mut files);
    }
    files.push(root().join("README.md"));
    let mut seen = 0;
    // Its own page is for who depends on it.
    for file in files.iter().filter(|file| !file.ends_with("commy-types/src/lib.rs")) {
        let text = fs::read_to_string(file).expect("a source in UTF-8");
        for (line, example) in examples(file, &text) {
            seen += 1;
            let shown = example.iter().filter(|line| !line.starts_with("# "));
            let wrong = shown.clone().any(|line| line.contains("commy_types"));
            let of_inner =
                names(shown.copied(), "commy_types::").iter().any(|name| inner.contains(name));
            assert!(!wrong || of_inner, "{}:{line} shows commy_types", file.display());
        }
    }
    assert!(seen > 300, "{seen} examples");
}

#[test]
fn what_examples_of_containers_name_is_given_out_by_commy() {
    let commy = fs::read_to_string(root().join("commy/src/lib.rs")).expect("lib.rs");
    let given = given_out(&commy, "commy_types::", false);
    assert!(given.contains("FixedVec") && given.contains("string"), "{given:?}");
    let mut files = Vec::new();
    sources(&root().join("commy-types/src"), &mut files);
    let mut seen = 0;
    for file in files {
        let text = fs::read_to_string(&file).expect("a source in UTF-8");
        for (line, example) in examples(&file, &text) {
            if !example.contains(&HIDDEN) {
                continue;
            }
            seen += 1;
            let named = names(example.iter().copied(), "commy::");
            let missing: Vec<_> = named.difference(&given).collect();
            assert!(missing.is_empty(), "{}:{line}: commy has no {missing:?}", file.display());
        }
    }
    assert!(seen > 100, "{seen} examples");
}
