//! Fields and elements of more than 256 KiB are passed by value nowhere: who calls an accessor that
//! would do so is told what to call instead. Who only declares them may do so.

use std::fs;
use std::path::Path;
use std::process::Command;

/// A library that declares large fields, and reads and writes them in place.
const LIBRARY: &str = r#"
use commy::{FixedString, FixedVec, Mappable, create_reader, create_writer};

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
    Ok(())
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
                 commy = {{ path = {commy:?} }}\n{more}"
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
    for (statements, twin) in [
        ("let _ = reader.pixels();", "is not returned by value: its getters `<field>_read_into`"),
        ("let _ = reader.samples();", "`<field>_with` keep it off the stack"),
        ("let _ = reader.just_large();", "is not returned by value"),
        ("let _ = reader.inner();", "`snapshot_into` and `snapshot_boxed`"),
        ("let _ = reader.bytes();", "is not returned by value"),
        ("let _ = reader.read(|view| view.pixels().map(drop));", "is not returned by value"),
        ("let _ = reader.rows_at(1);", "an element of more than 256 KiB is not returned by value"),
        (
            "let _ = reader.columns_at(1);",
            "an element of more than 256 KiB is not returned by value",
        ),
        (
            "writer.set_pixels([0; 1 << 20]);",
            "with `update`, or the elements of a field with `set_<field>_at`",
        ),
        ("writer.batch(|batch| batch.set_bytes([0; 100_000]));", "is not set by value"),
        (
            "writer.set_rows_at(1, [0; 100_000]);",
            "an element of more than 256 KiB is not set by value",
        ),
        ("let _ = reader.snapshot();", "a record of more than 256 KiB is not returned by value"),
        ("let _ = reader.read(|view| view.snapshot().map(drop));", "`snapshot_boxed` and `cached`"),
        ("let _ = reader.changes();", "as `on_change` does"),
        (
            "let frame = reader.snapshot_boxed()?; let _ = FrameWriter::create_with(*frame);",
            "`create`, and then `publish(&value)`",
        ),
        ("writer.set(|frame| &mut frame.pixels, [0; 1 << 20]);", "is not set by value"),
        (
            "writer.batch(|batch| batch.set(|f| &mut f.pixels, [0; 1 << 20]));",
            "is not set by value",
        ),
        ("let _ = writer.push_columns([0; 100_000]);", "change it in place with `update`"),
        (
            "let _ = writer.batch(|batch| batch.push_columns([0; 100_000]));",
            "is not added by value",
        ),
    ] {
        let said = packages.run(statements, &[]).expect_err(statements);
        assert_eq!(said.matches("error[E0080]").count(), 1, "{statements}:\n{said}");
        assert!(said.contains("more than 256 KiB") && said.contains(twin), "{statements}:\n{said}");
    }
}
