//! No accessor hides a method of the runtime: the macros refuse fields that would make one.

use std::fs;
use std::path::{Path, PathBuf};

/// All source files of the runtime.
fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The names of all public methods in blocks that begin with `head`.
fn methods(head: &str) -> Vec<String> {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("commy/src"), &mut files);
    let mut names = Vec::new();
    for file in files {
        let source = fs::read_to_string(file).expect("a source file");
        for block in source.split(head).skip(1) {
            let block = block.split("\n}\n").next().unwrap_or_default();
            let lines = block.lines().map(str::trim_start);
            let signatures = lines.filter_map(|line| {
                let rest = line.strip_prefix("pub ")?;
                let rest = ["const ", "unsafe ", "async "]
                    .iter()
                    .fold(rest, |rest, word| rest.strip_prefix(word).unwrap_or(rest));
                rest.strip_prefix("fn ")
            });
            names.extend(
                signatures
                    .filter_map(|signature| signature.split(['(', '<']).next().map(str::to_owned)),
            );
        }
    }
    names
}

/// The names that the macros refuse.
fn refused() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("commy-macros/src/check.rs");
    fs::read_to_string(path).expect("the rules of the macros")
}

#[test]
fn every_method_of_the_reader_is_refused_as_a_field() {
    let (methods, refused) = (methods("impl<T: Record> Reader<T> {"), refused());
    assert!(methods.iter().any(|name| name == "snapshot"), "found only {methods:?}");
    for name in methods {
        assert!(refused.contains(&format!("\"{name}\"")), "`{name}` is not in READER_METHODS");
    }
}

#[test]
fn every_method_of_the_writer_that_looks_like_a_setter_is_refused() {
    let refused = refused();
    for head in ["impl<T: Record> Writer<T> {", "impl<'a, T: Mappable> Batch<'a, T> {"] {
        let methods = methods(head);
        assert!(methods.iter().any(|name| name == "set_pod"), "found only {methods:?}");
        for name in methods {
            let is_setter = name.starts_with("set_") || name.starts_with("push_");
            assert!(
                !is_setter || refused.contains(&format!("\"{name}\"")),
                "`{name}` is not in WRITER_METHODS"
            );
        }
    }
}

/// What the generated types would be called without `name`.
mod own_names {
    use commy::{create_reader, create_writer};

    pub(crate) struct StationWriter;
    pub(crate) struct StationReader(pub(crate) u8);
    pub(crate) enum StationBatch {}

    /// A record beside types of those names.
    #[create_writer(filename = "station.bin", name = "StationOut")]
    #[create_reader(filename = "station.bin", name = "StationIn")]
    pub(crate) struct Station {
        pub(crate) number: u32,
    }
}

#[test]
fn generated_types_have_the_names_that_are_given() -> Result<(), Box<dyn core::error::Error>> {
    use own_names::{
        Station, StationIn, StationOut, StationOutBatch, StationReader, StationWriter,
    };

    let directory = tempfile::tempdir()?;
    let path = directory.path().join("station.bin");
    let mut writer: StationOut = StationOut::create_at(&path)?;
    writer.batch(|batch: &mut StationOutBatch<'_>| batch.set_number(3));
    let reader: StationIn = StationIn::open_at(&path)?;
    assert_eq!(reader.number()?, 3);
    assert!(format!("{writer:?}").starts_with("StationOut {"));
    assert!(Station::reader().is_err());
    assert_eq!((StationReader(1).0, size_of::<StationWriter>()), (1, 0));
    assert_eq!(size_of::<own_names::StationBatch>(), 0);
    Ok(())
}
