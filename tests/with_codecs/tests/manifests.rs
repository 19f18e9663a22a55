//! The manifest beside this says of commy what commy's own says.

use std::fs;
use std::path::Path;

fn read(manifest: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(manifest);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A table of a manifest: its entries without comments, with paths as seen from the top.
fn table(manifest: &str, head: &str) -> Vec<String> {
    let text = read(manifest);
    let lines = text.lines().skip_while(|line| *line != head).skip(1);
    let entries = lines.take_while(|line| !line.starts_with('['));
    let entries = entries.filter(|line| !line.is_empty() && !line.starts_with('#'));
    // Which features are on is what the two differ in.
    let entries = entries.filter(|line| !line.starts_with("default = "));
    let entries: Vec<_> = entries.map(|line| line.replace("../", "")).collect();
    assert!(!entries.is_empty(), "{manifest} has no {head}");
    entries
}

#[test]
fn the_tests_compile_commy_as_its_own_manifest_says() {
    let text = read("../../commy/Cargo.toml");
    let tables = text.lines().filter(|line| line.starts_with('['));
    let tables: Vec<_> =
        tables.filter(|head| *head == "[features]" || head.ends_with("dependencies]")).collect();
    assert!(tables.len() >= 5, "{tables:?}");
    for head in tables {
        assert_eq!(table("Cargo.toml", head), table("../../commy/Cargo.toml", head), "{head}");
    }
}
