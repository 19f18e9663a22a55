//! Fields and elements of more than 256 KiB are passed by value nowhere: who calls an accessor that
//! would do so is told what to call instead. Who only declares them may do so.

use std::fs;
use std::path::Path;
use std::process::Command;

/// A library that declares large fields, and reads and writes them in place.
const LIBRARY: &str = r#"
use commy::encoded::{Encoded, Json};
use commy::{FixedOption, FixedString, FixedVec, Mappable, create_reader, create_writer};

#[derive(Clone, Copy, Mappable)]
#[repr(C)]
pub struct Inner {
    pub pixels: [u32; 100_000],
}

#[create_writer(filename = "frame.bin")]
#[create_reader(filename = "frame.bin")]
pub struct Frame {
    pub pixels: [u32; 1 << 20],
    pub samples: FixedVec<u32, 1_000_000>,
    pub text: FixedString<1_000_000>,
    pub inner: Inner,
    pub rows: [[u32; 100_000]; 4],
    pub columns: FixedVec<[u32; 100_000], 4>,
    #[commy(pod, id = "bytes")]
    pub bytes: [u64; 100_000],
    pub halls: FixedVec<Inner, 2>,
    pub maybe: FixedOption<Inner>,
    pub serialized: Encoded<String, Json, 300_000>,
    pub just_small: [u8; 256 * 1024],
    pub just_large: [u8; 256 * 1024 + 1],
}

pub fn in_place(path: &std::path::Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut writer = FrameWriter::create_at(path)?;
    writer.set_pixels_at(3, 4);
    writer.set_samples(&[1, 2])?;
    writer.push_samples(3)?;
    writer.set_text("abc")?;
    writer.set_just_small([7; 256 * 1024]);
    writer.update(|frame| frame.rows[1][0] = 5);
    let reader = FrameReader::open_at(path)?;
    let mut pixels: Box<[u32; 1 << 20]> = vec![0; 1 << 20].try_into().map_err(|_| "length")?;
    reader.pixels_read_into(&mut pixels)?;
    let mut samples = Vec::new();
    reader.samples_read_into(&mut samples)?;
    assert_eq!((pixels[3], samples), (4, vec![1, 2, 3]));
    assert_eq!(reader.text_with(str::len)?, 3);
    assert_eq!(reader.samples_at(1)?, Some(2));
    assert_eq!(reader.rows_with_first()?, 5);
    assert_eq!(reader.just_small()?[9], 7);
    // What the messages name.
    let inner = reader.get_boxed(|frame| &frame.inner)?;
    writer.assign(|frame| &mut frame.inner, &inner);
    writer.batch(|batch| batch.assign(|frame| &mut frame.bytes, &inner_bytes()));
    let mut row: Box<[u32; 100_000]> = vec![6; 100_000].try_into().map_err(|_| "length")?;
    writer.set_rows_range(2, std::slice::from_ref(&*row));
    writer.set_pixels_from(&pixels);
    writer.try_update(|frame| frame.columns.extend_from_slice(std::slice::from_ref(&*row)))?;
    writer.set_serialized(&"a text".to_owned())?;
    row.fill(0);
    reader.columns_range_into(0, std::slice::from_mut(&mut *row))?;
    assert_eq!(row[99_999], 6);
    let mut serialized = reader.get_boxed(|frame| &frame.serialized)?;
    reader.get_into(|frame| &frame.serialized, &mut serialized)?;
    assert_eq!(serialized.decode()?, "a text");
    Ok(())
}

fn inner_bytes() -> Box<[u64; 100_000]> {
    vec![3; 100_000].try_into().unwrap_or_else(|_| unreachable!())
}

impl FrameReader {
    fn rows_with_first(&self) -> Result<u32, commy::ReadError> {
        self.snapshot_boxed().map(|frame| frame.rows[1][0])
    }
}
"#;

/// Two packages in a directory: the library, and a program that uses it.
struct Packages {
    directory: tempfile::TempDir,
    /// The name of the program: tests have one target directory, and run at the same time.
    program: &'static str,
}

impl Packages {
    fn new(program: &'static str) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let packages = Self { directory, program };
        let commy = Path::new(env!("CARGO_MANIFEST_DIR")).join("commy");
        let manifest = |name: &str, more: &str| {
            format!(
                "[package]\nname = \"{name}\"\nedition = \"2024\"\n[dependencies]\n\
                 commy = {{ path = {commy:?}, features = [\"async\", \"json\"] }}\n{more}"
            )
        };
        packages.write(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"declares\", \"uses\"]\n",
        );
        packages.write("declares/Cargo.toml", &manifest("declares", ""));
        packages.write("declares/src/lib.rs", LIBRARY);
        packages.write(
            "uses/Cargo.toml",
            &manifest(program, "declares = { path = \"../declares\" }\n"),
        );
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/consumer/Cargo.lock");
        fs::copy(lock, packages.directory.path().join("Cargo.lock")).expect("a lock file");
        packages
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.directory.path().join(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        fs::write(path, text).expect("a file");
    }

    /// Puts `statements` into the program, and builds and runs it; the compiler's words if it is
    /// refused.
    fn run(&self, statements: &str, profile: &[&str]) -> Result<(), String> {
        let main = format!(
            "use declares::*;\n\
             fn main() -> Result<(), Box<dyn std::error::Error>> {{\n\
             let path = std::path::PathBuf::from(std::env::args_os().nth(1).ok_or(\"a path\")?);\n\
             in_place(&path)?;\n\
             let (mut writer, reader) = (FrameWriter::create_at(&path)?, FrameReader::open_at(&path)?);\n\
             {statements}\n\
             let _ = (&mut writer, &reader);\n\
             Ok(())\n}}\n"
        );
        self.write("uses/src/main.rs", &main);
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["run", "--quiet", "--package", self.program])
            .args(profile)
            .arg("--target-dir")
            .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("consumer"))
            .arg("--manifest-path")
            .arg(self.directory.path().join("Cargo.toml"))
            .arg("--")
            .arg(self.directory.path().join("frame.bin"))
            .output()
            .expect("cargo runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(said) }
    }
}

/// Optimized too: the compiler then looks into functions that nobody calls.
#[test]
fn a_crate_that_declares_large_fields_compiles_as_long_as_they_stay_in_place() {
    let packages = Packages::new("large-in-place");
    for profile in [&[][..], &["--release"]] {
        packages.run("", profile).unwrap_or_else(|said| panic!("{profile:?}:\n{said}"));
    }
}

#[test]
fn passing_a_large_field_by_value_is_refused_with_the_name_of_its_twin() {
    let packages = Packages::new("large-by-value");
    let getters = "its getters `<field>_read_into`, `<field>_with` and `<field>_range_into`";
    let by_path = "`get_into(|record| &record.field, &mut value)` does so for every field";
    let set = "`assign(|record| &mut record.field, &value)` takes it by reference";
    let setters = "as `set_<field>_from` and `set_<field>_range` do for arrays and elements";
    let element = "`<field>_range_into` and `<field>_read_into` keep it off the stack";
    let added = "`extend_from_slice` takes it by reference";
    for (statements, twin) in [
        ("let _ = reader.pixels();", getters),
        ("let _ = reader.samples();", getters),
        ("let _ = reader.text();", getters),
        ("let _ = reader.just_large();", getters),
        ("let _ = reader.inner();", by_path),
        ("let _ = reader.bytes();", by_path),
        ("let _ = reader.maybe();", by_path),
        ("let _ = reader.serialized();", by_path),
        ("let _ = reader.read(|view| view.pixels().map(drop));", by_path),
        ("let _ = reader.get_by(|frame| &frame.inner.pixels);", by_path),
        ("let _ = reader.get_by(|frame| &frame.rows[1]);", by_path),
        ("let _ = reader.get_by(|frame| frame);", by_path),
        ("let _ = reader.read(|view| view.get_by(|it| &it.inner).map(drop));", by_path),
        ("let _ = reader.rows_at(1);", element),
        ("let _ = reader.columns_at(1);", element),
        ("let _ = reader.read(|view| view.rows_at(1).map(drop));", element),
        ("let _ = reader.columns_get(1, |column| column);", element),
        ("let _ = reader.halls_get(1, |hall| &hall.pixels);", element),
        ("let _ = reader.read(|view| view.rows_get(1, |row| row).map(drop));", element),
        ("writer.set_pixels([0; 1 << 20]);", set),
        ("let inner = writer.get().inner; writer.set_inner(inner);", set),
        ("writer.set_maybe(None);", set),
        ("writer.batch(|batch| batch.set_bytes([0; 100_000]));", set),
        ("writer.set_bytes([0; 100_000]);", setters),
        ("writer.set_rows_at(1, [0; 100_000]);", setters),
        ("writer.batch(|batch| batch.set_rows_at(1, [0; 100_000]));", setters),
        ("writer.set(|frame| &mut frame.pixels, [0; 1 << 20]);", set),
        ("writer.batch(|batch| batch.set(|f| &mut f.pixels, [0; 1 << 20]));", set),
        ("writer.set_pod(|frame| &mut frame.bytes, [0; 100_000]);", set),
        ("writer.batch(|batch| batch.set_pod(|f| &mut f.bytes, [0; 100_000]));", set),
        ("let _ = writer.push_columns([0; 100_000]);", added),
        ("let _ = writer.batch(|batch| batch.push_columns([0; 100_000]));", added),
        ("let _ = writer.push(|frame| &mut frame.columns, [0; 100_000]);", added),
        ("let _ = writer.batch(|b| b.push(|f| &mut f.columns, [0; 100_000]));", added),
        ("let _ = reader.snapshot();", "`snapshot_into`, `snapshot_boxed` and `cached`"),
        ("let _ = reader.read(|view| view.snapshot().map(drop));", "`snapshot_boxed` and `cached`"),
        ("let _ = reader.changes();", "as `on_change` does"),
        ("let _ = reader.stream();", "`on_change` keeps it off the stack"),
        ("let _ = reader.follow();", "`on_follow` keeps it off the stack"),
        ("let _ = FrameReader::options().follow();", "`on_follow` keeps it off the stack"),
        ("let _ = reader.follow_stream();", "`on_follow` keeps it off the stack"),
        (
            "let frame = reader.snapshot_boxed()?; let _ = FrameWriter::create_with(*frame);",
            "`create`, and then `publish(&value)`",
        ),
        (
            "let frame = reader.snapshot_boxed()?;
             let _ = FrameWriter::options().path(&path).create_with(*frame);",
            "`create`, and then `publish(&value)`",
        ),
    ] {
        let said = packages.run(statements, &[]).expect_err(statements);
        assert_eq!(said.matches("error[E0080]").count(), 1, "{statements}:\n{said}");
        let is_moved_often = ["stream", "follow"].iter().any(|call| statements.contains(call));
        let limit = if is_moved_often { "64 KiB" } else { "256 KiB" };
        let limit = format!("of more than {limit}");
        assert!(said.contains(&limit) && said.contains(twin), "{statements}:\n{said}");
    }
}
