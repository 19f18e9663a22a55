//! `docs/format.md` and the constants of the code say the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::checkpoint::{AT as AREA, AT_OF_GROWABLE as AREA_OF_GROWABLE};
use super::control::{CONTROL_LEN, HalfWord, SLEEPERS, WAIT_LEN, Word};
use super::header::{AT as HEADER, HEADER_LEN, Header};
use super::heap::{BlockHeader, Class, Kind, SizeClass};
use super::layout::SLOT_HEAD;
use super::schema::{Schema, Verdict, relations};
use super::{ROOT_PREFIX, locks};

/// The directory with the page of the format: above this crate, or where the manifest at the top is.
fn root() -> std::path::PathBuf {
    let mut places = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    places.find(|place| place.join("docs/format.md").is_file()).unwrap().into()
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
        ("latest", Word::Latest.offset()),
        ("birth", Word::Birth.offset()),
        ("handle", Word::Handle.offset()),
        ("kernel", Word::Kernel.offset()),
        ("number", Word::Number.offset()),
        ("voucher", Word::Voucher.offset()),
        ("state", Word::State.offset()),
        ("steady", Word::Steady.offset()),
        ("file length", Word::FileLen.offset()),
        ("clean generation", Word::CleanGeneration.offset()),
        ("clean checksum", Word::CleanChecksum.offset()),
        ("wake", HalfWord::Wake.offset()),
        ("ringing", HalfWord::Ringing.offset()),
        ("reclaimed", Word::Reclaimed.offset()),
        ("evicted", Word::Evicted.offset()),
        ("oldest pin", Word::OldestPin.offset()),
        ("length at oldest pin", Word::LenAtOldestPin.offset()),
        ("durable", Word::Durable.offset()),
        ("synced", Word::Synced.offset()),
    ];
    let control: Vec<_> = words.map(|(name, at)| (name, at as u64)).into();
    let end = [("reserved", 1064), ("end", CONTROL_LEN as u64)];
    section("Control", &[control.as_slice(), &end].concat());
    section("Wait page", &[("sleepers", SLEEPERS as u64), ("end", WAIT_LEN as u64)]);
    section("Slot", &[("sequence", 0), ("time", 8), ("payload", SLOT_HEAD as u64)]);
    let prefix = [("heap length", 0), ("prefix reserved", 8), ("fields", ROOT_PREFIX as u64)];
    section("Growable record", &prefix);
    let all_but = |class, kind, birth| BlockHeader::new(birth, class, kind).unwrap().word();
    let smallest = Class::from_number(0).unwrap();
    let (leaf, inner) = (Kind::from_number(1).unwrap(), Kind::from_number(2).unwrap());
    let first = all_but(smallest, leaf, 1);
    let bit = |word: u64| u64::from((word ^ first).trailing_zeros());
    section(
        "Block header",
        &[
            ("kind", bit(all_but(smallest, inner, 1))),
            ("class", bit(all_but(Class::from_number(1).unwrap(), leaf, 1))),
            ("birth", bit(all_but(smallest, leaf, 2)).min(first.ilog2().into())),
        ],
    );
    let kinds: Vec<_> = (0..64).filter(|number| Kind::from_number(*number).is_some()).collect();
    let sizes = (0..23).map(|number| SizeClass::from_number(number).unwrap().bytes().to_string());
    let sizes: Vec<_> = sizes.collect();
    let classes: Vec<_> = sizes.iter().map(String::as_str).zip(0..).collect();
    section("Size classes", &classes);
    let area: Vec<_> = AREA.iter().map(|(name, at)| (*name, *at as u64)).collect();
    section("Checkpoint file", &area);
    let area: Vec<_> = AREA_OF_GROWABLE.iter().map(|(name, at)| (*name, *at as u64)).collect();
    section("Checkpoint file of a growable record", &area);
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
    // Compared where lists and maps are.
    assert!(page.remove("Lists").is_some());
    assert!(page.remove("Hash maps and sets").is_some());
    assert!(page.remove("Ordered maps and sets").is_some());
    let on_page = page.remove("Kinds of blocks").unwrap();
    assert_eq!(on_page.iter().map(|(_, kind)| *kind).collect::<Vec<_>>(), kinds);
    assert_eq!(page, BTreeMap::new(), "offsets that nothing is compared with");
}

/// The schema texts of the golden files.
fn golden_schemas() -> Vec<Vec<u8>> {
    let entries = fs::read_dir(root().join("tests/golden")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let files = paths.filter(|path| path.extension().is_some_and(|name| name == "commy"));
    let schema = |path| {
        let bytes = fs::read(path).unwrap();
        let header = Header::decode(bytes[..HEADER_LEN].try_into().unwrap()).unwrap();
        let (start, len) = (header.schema as usize, header.schema_len as usize);
        bytes[start..start + len].to_vec()
    };
    let schemas: Vec<_> = files.map(schema).collect();
    assert!(schemas.len() >= 3);
    schemas
}

/// What is checked when a schema is read must let pass what is written.
#[test]
fn the_schemas_of_golden_files_are_read_and_equal_themselves() {
    for text in golden_schemas() {
        let schema = Schema::parse(&text).unwrap();
        assert!(!schema.notes.name.is_empty() && !schema.notes.package.is_empty());
        let relations = relations(&schema, &schema);
        assert!(relations.len() > 10);
        assert!(relations.iter().all(|relation| relation.verdict() == Verdict::Exact));
    }
}

#[test]
fn damaged_schemas_are_compared_without_harm() {
    let texts = golden_schemas();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let good: Vec<_> = texts.iter().map(|text| Schema::parse(text).unwrap()).collect();
    let mut compared = 0;
    for _ in 0..3000 {
        let mut text = texts[random(texts.len())].clone();
        // A part of it in another place, or another digit, which is what often leaves JSON.
        for _ in 0..=random(3) {
            let at = random(text.len());
            match text[at] {
                byte if byte.is_ascii_digit() => text[at] = b'0' + random(10) as u8,
                byte if byte.is_ascii_lowercase() => text[at] = b'a' + random(26) as u8,
                _ => {
                    let len = random(40).min(text.len() - at);
                    let part = text[at..at + len].to_vec();
                    text.splice(at..at, part);
                }
            }
        }
        let Ok(damaged) = Schema::parse(&text) else { continue };
        compared += 1;
        for schema in &good {
            for (file, program) in [(&damaged, schema), (schema, &damaged)] {
                for relation in relations(file, program) {
                    assert!(!relation.to_string().contains(char::is_control));
                }
            }
        }
    }
    assert!(compared > 300, "only {compared} were readable");
}

#[test]
fn a_generation_is_pinned_by_a_byte_of_its_own_up_to_the_last_one_of_a_file() {
    assert_eq!(locks::pin_byte(0), Some(locks::PIN_BASE));
    assert_eq!(locks::pin_byte(7), Some(locks::PIN_BASE + 7));
    assert_eq!(locks::pin_byte(locks::LAST_PIN), Some(i64::MAX.unsigned_abs()));
    for generation in [locks::LAST_PIN + 1, 1 << 63, u64::MAX] {
        assert_eq!(locks::pin_byte(generation), None);
    }
    // The page says which byte that is, and which generation is the last.
    let text = fs::read_to_string(root().join("docs/format.md")).unwrap();
    let row = "| 2^62 + 64 | pins | reserved, with all bytes behind it: byte 2^62 + 64 + g";
    assert!(text.contains(row) && text.contains("2^62 - 65"), "{row}");
}
