//! `docs/format.md` and the constants of the code say the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::checkpoint::AT as AREA;
use super::control::{CONTROL_LEN, SLEEPERS, WAIT_LEN, Word};
use super::header::{AT as HEADER, HEADER_LEN};
use super::layout::SLOT_HEAD;
use super::locks;
use super::schema::Schema;

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The rows of the tables of the page: names and offsets, by section.
fn page() -> BTreeMap<String, Vec<(String, u64)>> {
    let text = fs::read_to_string(root().join("docs/format.md")).unwrap();
    let mut sections: BTreeMap<String, Vec<(String, u64)>> = BTreeMap::new();
    let mut section = String::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            section = name.into();
        }
        let mut cells = line.split('|').skip(1).map(str::trim);
        let (Some(offset), Some(name)) = (cells.next(), cells.next()) else { continue };
        // 2^62 + 3
        let mut sum = offset.split(" + ").map(|part| match part.strip_prefix("2^") {
            Some(power) => power.parse().map(|power: u32| 1 << power),
            None => part.parse::<u64>(),
        });
        if let Ok(offset) = sum.try_fold(0, |sum, part| part.map(|part| sum + part)) {
            sections.entry(section.clone()).or_default().push((name.into(), offset));
        }
    }
    sections
}

#[test]
fn the_page_has_the_offsets_of_the_code() {
    let mut page = page();
    let mut section = |name: &str, expected: &[(&str, u64)]| {
        let expected: Vec<_> = expected.iter().map(|(name, at)| (name.to_string(), *at)).collect();
        assert_eq!(page.remove(name).unwrap(), expected, "{name}");
    };
    let header: Vec<_> = HEADER.iter().map(|(name, at)| (*name, *at as u64)).collect();
    section("Header", &[header.as_slice(), &[("end", HEADER_LEN as u64)]].concat());
    let words = [
        ("latest", Word::Latest),
        ("birth", Word::Birth),
        ("handle", Word::Handle),
        ("kernel", Word::Kernel),
        ("number", Word::Number),
        ("voucher", Word::Voucher),
        ("state", Word::State),
        ("steady", Word::Steady),
        ("file length", Word::FileLen),
        ("clean generation", Word::CleanGeneration),
        ("clean checksum", Word::CleanChecksum),
        ("wake", Word::Wake),
        ("quiet", Word::Quiet),
    ];
    let control: Vec<_> = words.map(|(name, word)| (name, word.offset() as u64)).into();
    let end = [("reserved", 896), ("end", CONTROL_LEN as u64)];
    section("Control", &[control.as_slice(), &end].concat());
    section("Wait page", &[("sleepers", SLEEPERS as u64), ("end", WAIT_LEN as u64)]);
    section("Slot", &[("sequence", 0), ("reserved", 8), ("payload", SLOT_HEAD as u64)]);
    let area: Vec<_> = AREA.iter().map(|(name, at)| (*name, *at as u64)).collect();
    section("Checkpoint file", &area);
    section(
        "Locks",
        &[
            ("presence", locks::PRESENCE),
            ("presence beside a stranger", locks::PRESENCE_BESIDE_STRANGER),
            ("pending", locks::PENDING),
            ("vouched", locks::VOUCHED),
            ("pins", locks::PIN_BASE),
        ],
    );
    assert_eq!(page, BTreeMap::new(), "offsets that nothing is compared with");
}

/// What is checked when a schema is read must let pass what is written.
#[test]
fn the_schemas_of_golden_files_are_read() {
    let mut count = 0;
    for entry in fs::read_dir(root().join("tests/golden")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "commy") {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let front = bytes[..HEADER_LEN].try_into().unwrap();
        let header = super::header::Header::decode(front).unwrap();
        let (start, len) = (header.schema as usize, header.schema_len as usize);
        let schema = Schema::parse(&bytes[start..start + len]);
        let schema = schema.unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
        assert!(!schema.notes.name.is_empty() && !schema.notes.package.is_empty());
        count += 1;
    }
    assert!(count >= 3);
}
