//! Records of thousands of values compile: neither does the compiler take an evaluation for an
//! endless one, nor is a record too deep for it.

use core::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Builds and runs a program outside the workspace, whose source is `source`.
fn run(name: &str, source: &str) {
    let crate_ = tempfile::tempdir().expect("a temporary directory");
    let commy = Path::new(env!("CARGO_MANIFEST_DIR")).join("commy");
    let manifest = format!(
        "[workspace]\n[package]\nname = \"{name}\"\nedition = \"2024\"\n[dependencies]\ncommy = {{ path = {commy:?} }}\n"
    );
    fs::create_dir(crate_.path().join("src")).expect("a directory");
    fs::write(crate_.path().join("Cargo.toml"), manifest).expect("a manifest");
    fs::write(crate_.path().join("src/main.rs"), source).expect("a source");
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/consumer/Cargo.lock");
    fs::copy(lock, crate_.path().join("Cargo.lock")).expect("a lock file");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["run", "--quiet", "--manifest-path"])
        .arg(crate_.path().join("Cargo.toml"))
        .arg("--target-dir")
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("consumer"))
        .arg("--")
        .arg(crate_.path())
        .output()
        .expect("cargo runs");
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name} failed:\n{complained}");
    assert!(said.contains("all right"), "{name} said {said:?}");
}

/// A struct of `count` fields, whose types go round through `types`.
fn declare(above: &str, name: &str, (count, field): (usize, &str), types: &[&str]) -> String {
    let mut item = format!("{above}\npub struct {name} {{\n");
    for (index, ty) in types.iter().cycle().take(count).enumerate() {
        writeln!(item, "    pub {field}_{index}: {ty},").expect("a string takes all");
    }
    item + "}\n"
}

const RECORD: &str = "#[commy::create_writer(filename = \"large.bin\")]
#[commy::create_reader(filename = \"large.bin\")]";
const NESTED: &str = "#[derive(Clone, Copy, commy::Mappable)]\n#[repr(C)]";

#[test]
fn a_record_of_5600_nested_values_is_built_and_published() {
    let types = ["f32", "u32", "u8"];
    let mut source = String::from("#![forbid(unsafe_code)]\n");
    source += &declare(NESTED, "Sensor", (7, "tag_number"), &types);
    source += &declare(NESTED, "Machine", (10, "sensor"), &["Sensor"]);
    source += &declare(NESTED, "Line", (10, "machine"), &["Machine"]);
    source += &declare(RECORD, "Plant", (8, "line"), &["Line"]);
    source += "fn main() {
    let path = std::path::PathBuf::from(std::env::args_os().nth(1).unwrap()).join(\"large.bin\");
    let mut writer = PlantWriter::create_at(&path).unwrap();
    writer.update(|plant| plant.line_7.machine_9.sensor_9.tag_number_6 = 0.5);
    let line = PlantReader::open_at(&path).unwrap().line_7().unwrap();
    assert_eq!(line.machine_9.sensor_9.tag_number_6.to_bits(), 0.5_f32.to_bits());
    println!(\"all right\");
}
";
    run("large-nested", &source);
}

#[test]
fn a_record_of_2000_fields_is_built_and_published() {
    let types = ["u8", "u64", "bool", "f64", "commy::FixedString<16>", "[u8; 4]"];
    let mut source = String::from("#![forbid(unsafe_code)]\n");
    source += &declare(RECORD, "Wide", (2000, "field"), &types);
    source += "fn main() {
    let path = std::path::PathBuf::from(std::env::args_os().nth(1).unwrap()).join(\"large.bin\");
    let mut writer = WideWriter::create_at(&path).unwrap();
    writer.set_field_1997([1, 2, 3, 4]);
    writer.set_field_1994(true);
    let reader = WideReader::open_at(&path).unwrap();
    assert_eq!((reader.field_1997().unwrap(), reader.field_1994().unwrap()), ([1, 2, 3, 4], true));
    println!(\"all right\");
}
";
    run("large-wide", &source);
}
