//! Programs outside the workspace that have commy as their only dependency.
//!
//! `tests/consumer` knows it as `commy`, its member `renamed` under another name; `strict` denies
//! every lint there is. All are built with all warnings denied, and run; so are crates of older
//! editions, and crates in which the names that generated code uses mean something else.

use std::path::Path;
use std::process::Command;

fn run(package: &str, greeting: &str) {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/consumer/Cargo.toml");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("consumer");
    let files = tempfile::tempdir().expect("a temporary directory");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["run", "--quiet", "--package", package, "--manifest-path", manifest])
        .arg("--target-dir")
        .arg(target)
        .arg("--")
        .arg(files.path())
        .output()
        .expect("cargo runs");
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{package} failed:\n{complained}");
    assert!(said.contains(greeting), "{package} said {said:?}");
}

#[test]
fn a_program_needs_no_other_dependency() {
    run("consumer", "consumer: all right");
}

#[test]
fn commy_may_have_another_name() {
    run("consumer-renamed", "renamed: all right");
}

#[test]
fn no_lint_speaks_of_generated_code() {
    run("consumer-strict", "strict: all right");
    // The lints of clippy, too, where it is installed.
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/consumer/Cargo.toml");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("consumer");
    let cargo = || Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    if !cargo().args(["clippy", "--version"]).output().expect("cargo runs").status.success() {
        eprintln!("skipped: clippy is not installed");
        return;
    }
    let output = cargo()
        .args(["clippy", "--quiet", "--package", "consumer-strict", "--manifest-path", manifest])
        .arg("--target-dir")
        .arg(target)
        .output()
        .expect("cargo runs");
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complained.is_empty(), "clippy says:\n{complained}");
}

#[test]
fn documentation_shows_the_types_that_were_written() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/consumer/Cargo.toml");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("consumer");
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["doc", "--quiet", "--no-deps", "--package", "consumer-strict"])
        .args(["--manifest-path", manifest, "--target-dir"])
        .arg(&target)
        .output()
        .expect("cargo runs");
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complained.is_empty(), "rustdoc says:\n{complained}");
    // These have fields of which only the compiler can tell whether they have a size.
    for item in ["Way", "Ways", "WaysWriter", "WaysBatch", "WaysReader"] {
        let page = target.join(format!("doc/consumer_strict/struct.{item}.html"));
        let page = std::fs::read_to_string(page).expect("the page is there");
        assert!(page.contains(item));
        for name in
            ["KnownSize", "SizedRecord", "__Record", "__Sized", "__Writer", "__Batch", "__SCHEMA"]
        {
            assert!(!page.contains(name), "{name} in the documentation of {item}");
        }
    }
    for item in [
        "struct.GrownWriter",
        "struct.GrownReader",
        "type.GrownView",
        "struct.TradeRef",
        "struct.TradeMut",
        "struct.CoupleView",
        "enum.HappeningRef",
    ] {
        let page = target.join(format!("doc/consumer_strict/{item}.html"));
        let page = std::fs::read_to_string(page).expect("the page is there");
        assert!(page.contains("text") || page.contains("who") || page.contains("field_0"));
        for name in [
            "__T",
            "__C",
            "__FITS",
            "__Written",
            "__LAYOUT",
            "Fitting",
            "Placed",
            "Seconds",
            "__By",
        ] {
            assert!(!page.contains(name), "{name} in the documentation of {item}");
        }
    }
}

#[test]
fn a_crate_that_calls_itself_core_misleads_no_expansion() {
    run("consumer-false-core", "consumer-false-core: all right");
}

#[test]
fn a_dependency_that_is_called_core_misleads_no_expansion() {
    run("consumer-dependency-core", "consumer-dependency-core: all right");
}

#[test]
fn names_of_the_users_are_in_nobodys_way() {
    run("consumer-names", "names: all right");
}

#[test]
fn older_editions_will_do() {
    run("consumer-edition-2015", "edition_2015: all right");
    run("consumer-edition-2018", "consumer-edition-2018: all right");
    run("consumer-edition-2021", "consumer-edition-2021: all right");
}
