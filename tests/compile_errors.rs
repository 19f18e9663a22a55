//! What the macros refuse, and the words they refuse it with.
//!
//! Each file in `tests/ui` is a program that must not compile. Beside it lies what the compiler
//! says, word for word. That depends on the compiler, so the words that are commy's are also
//! promised in the program itself, and one test looks for these alone.

use std::fs;
use std::path::PathBuf;

/// The release whose messages are stored; others word and order their parts differently.
const PINNED: &str = "1.95.";

fn cases() -> Vec<PathBuf> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ui");
    let entries = fs::read_dir(directory).expect("tests/ui is there");
    let paths = entries.map(|entry| entry.expect("an entry of tests/ui").path());
    let mut cases: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|e| e == "rs")).collect();
    cases.sort();
    assert!(!cases.is_empty(), "no case in {directory}");
    cases
}

fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = std::process::Command::new(rustc).arg("--version").output();
    String::from_utf8(output.expect("rustc runs").stdout).expect("a version in UTF-8")
}

#[test]
fn refused_programs_get_the_stored_messages() {
    let compiler = compiler();
    if !compiler.contains(&format!("rustc {PINNED}")) {
        eprintln!("skipped: the messages of rustc {PINNED}x are stored, this is {compiler}");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

#[test]
fn stored_messages_hold_what_each_case_promises() {
    for case in cases() {
        let name = case.display();
        let program = fs::read_to_string(&case).expect("the case is readable");
        let stored = fs::read_to_string(case.with_extension("stderr"))
            .unwrap_or_else(|_| panic!("{name} has no stored messages"));
        let promises: Vec<_> =
            program.lines().filter_map(|line| line.strip_prefix("//! promise: ")).collect();
        assert!(!promises.is_empty(), "{name} promises nothing");
        for promise in promises {
            if let Some(count) = promise.strip_prefix("errors: ") {
                let errors = stored.lines().filter(|line| line.starts_with("error")).count();
                assert_eq!(errors.to_string(), count, "errors in {name}");
            } else {
                assert!(stored.contains(promise), "{name} promises: {promise}");
            }
        }
    }
}
