//! Runs the reader in Python.
#![allow(dead_code, unreachable_pub, reason = "a module of several tests")]
#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use std::io;
use std::path::Path;
use std::process::Command;

/// What the script prints; `None` where there is no Python.
pub fn python(arguments: &[&str], paths: &[&Path], rest: &[&str]) -> Option<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/second_reader.py");
    let mut python = Command::new("python3");
    match python.arg(script).args(arguments).args(paths).args(rest).output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Some(String::from_utf8(output.stdout).unwrap().trim_end().to_owned())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            eprintln!("skipped: no python3 on this machine");
            None
        }
        Err(error) => panic!("{error}"),
    }
}
