//! Who may import whom: the table of layers in ARCHITECTURE.md, compared with the code.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What each module imports, by their names.
type Imports = BTreeMap<String, BTreeSet<String>>;

fn root() -> PathBuf {
    // The tests are a package of their own beside `commy/`.
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// The rows of the table: the modules in their order, and what they may use.
fn table(text: &str) -> Vec<(String, BTreeSet<String>)> {
    let names = |cell: &str| -> BTreeSet<String> {
        let quoted = cell.split('`').skip(1).step_by(2);
        quoted.map(str::to_string).collect()
    };
    let rows = text.lines().skip_while(|line| !line.starts_with("| layer | module |"));
    let rows = rows.skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split('|').collect();
        let module = names(cells[1]).pop_first().unwrap();
        (module, names(cells.last().unwrap()))
    })
    .collect()
}

/// The modules that a source file names behind `crate::`, in code that is not only for tests.
fn imports(source: &str) -> BTreeSet<String> {
    let code = source.split("\nmod tests {").next().unwrap();
    let lines = code.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    let code: String = lines.map(|line| format!("{line} ")).collect();
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let behind = &code[at + "crate::".len()..];
        let name = |text: &str| -> String {
            text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
        };
        match behind.strip_prefix('{') {
            Some(list) => found.extend(top_level(list).iter().map(|part| name(part))),
            None => found.extend([name(behind)]),
        }
    }
    found
}

/// The parts of a list of imports up to its brace, which may hold lists of their own.
fn top_level(list: &str) -> Vec<String> {
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for c in list.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => parts.push(String::new()),
            '{' => depth += 1,
            '}' => depth -= 1,
            _ if depth == 0 && !c.is_whitespace() => parts.last_mut().unwrap().push(c),
            _ => {}
        }
    }
    parts
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            // Models and tests look at whatever they test.
            if !["model", "tests"].contains(&name) {
                sources(&path, found);
            }
        } else if name.ends_with(".rs") && !["model.rs", "tests.rs", "rows.rs"].contains(&name) {
            found.push(path);
        }
    }
}

/// What the modules of the crate at `directory` import of each other.
fn imported(directory: &Path, modules: &BTreeSet<String>) -> Imports {
    let mut all = Vec::new();
    sources(directory, &mut all);
    let mut imported = Imports::new();
    for path in all {
        let within = path.strip_prefix(directory).unwrap();
        let module = within.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if module == "lib" {
            continue;
        }
        let used = imports(&fs::read_to_string(&path).unwrap());
        let used = used.intersection(modules).filter(|used| *used != module).cloned();
        imported.entry(module.to_string()).or_default().extend(used);
    }
    imported
}

/// What is wrong with a crate that imports this, by the table.
fn complaints(table: &[(String, BTreeSet<String>)], imported: &Imports) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut below = BTreeSet::new();
    for (module, may_use) in table {
        let uses = imported.get(module).cloned().unwrap_or_default();
        for used in uses.difference(may_use) {
            complaints.push(format!("`{module}` imports `{used}`, and the table does not say so"));
        }
        for unused in may_use.difference(&uses) {
            complaints.push(format!("`{module}` may use `{unused}`, and does not"));
        }
        for used in uses.difference(&below) {
            complaints.push(format!("`{module}` imports `{used}`, which is not below it"));
        }
        below.insert(module.clone());
    }
    for module in imported.keys().filter(|module| !below.contains(*module)) {
        complaints.push(format!("`{module}` has no row in the table"));
    }
    complaints
}

#[test]
fn modules_import_what_the_table_of_layers_says_and_only_from_below() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let table = table(&text);
    let modules = table.iter().map(|(module, _)| module.clone()).collect();
    let mut imported = imported(&root().join("commy/src"), &modules);
    // Every module that there is has a row.
    for entry in fs::read_dir(root().join("commy/src")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.trim_end_matches(".rs").to_string();
        if module != "lib" {
            imported.entry(module).or_default();
        }
    }
    let complaints = complaints(&table, &imported);
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn the_comparison_finds_what_is_wrong() {
    let text = "\
| layer | module | what it does | may use |
|--:|---|---|---|
| 1 | `low` | `none` | |
| 2 | `mid` | x | `low` |
| 3 | `top` | x | `low`, `mid` |

| other | table |
";
    let table = table(text);
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect();
    assert_eq!(table[2], ("top".into(), set(&["low", "mid"])));
    let of = |low: &[&str], mid: &[&str], top: &[&str]| {
        let imported = [("low", low), ("mid", mid), ("top", top)];
        imported.map(|(name, uses)| (name.to_string(), set(uses))).into()
    };
    let count = |imported: Imports| complaints(&table, &imported).len();
    assert_eq!(count(of(&[], &["low"], &["low", "mid"])), 0);
    assert_eq!(count(of(&["top"], &["low"], &["low", "mid"])), 2, "upwards and not in the table");
    assert_eq!(count(of(&[], &[], &["low", "mid"])), 1, "not used");
    let mut more = of(&[], &["low"], &["low", "mid"]);
    more.insert("new".into(), set(&[]));
    assert_eq!(count(more), 1, "no row");
}

#[test]
fn imports_are_found_however_they_are_written() {
    let source = "\
use crate::one::{self, X};
use crate::{two, three::{a, b}, four::c};
// crate::comment
/// [`crate::docs`]
fn f() { crate::five::g(); }
#[cfg(test)]
mod tests {
    use crate::six;
}
";
    let expected = ["five", "four", "one", "three", "two"].map(str::to_string);
    assert_eq!(imports(source), expected.into());
}
