//! `commy ls`: which files there are.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use serde_json::{Value, json};
use support::{Ran, TankWriter, commy, is_harmless, parsed, place, tank};

#[test]
fn commy_files_are_listed_and_no_others() {
    let (_directory, at) = place();
    let _writer = TankWriter::options().path(at.join("live.bin")).create_with(tank()).unwrap();
    drop(TankWriter::options().path(at.join("closed.bin")).create_with(tank()).unwrap());
    fs::write(at.join("notes.txt"), "no commy file").unwrap();
    fs::write(at.join("empty"), "").unwrap();
    fs::create_dir(at.join("within")).unwrap();
    // Opening a pipe for reading would wait for ever.
    let made = std::process::Command::new("mkfifo").arg(at.join("pipe")).status().unwrap();
    assert!(made.success());
    symlink(at.join("nowhere"), at.join("dangling")).unwrap();
    symlink(at.join("live.bin"), at.join("link.bin")).unwrap();

    let told = commy(&at, &["ls", "."]).good();
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines.len(), 4, "{told}");
    assert_eq!(
        lines[0].split_whitespace().collect::<Vec<_>>(),
        ["file", "struct", "size", "generation", "rate", "age", "writer", "readers"]
    );
    assert!(lines[1].starts_with("closed.bin  Tank ") && lines[1].contains("closed"), "{told}");
    assert!(lines[2].starts_with("link.bin    Tank ") && lines[2].contains("alive"), "{told}");
    let own = std::process::id().to_string();
    assert!(lines[3].starts_with("live.bin    Tank ") && lines[3].contains(&own), "{told}");

    let told = commy(&at, &["ls", "--json", "."]).json();
    let names: Vec<_> =
        told["files"].as_array().unwrap().iter().map(|file| &file["file"]).collect();
    assert_eq!(names, ["closed.bin", "link.bin", "live.bin"]);
    let live = &told["files"][2];
    assert_eq!(live["writer"], json!({"status": "alive", "pid": std::process::id()}));
    assert_eq!((&live["generation"], &live["state"]), (&json!(1), &json!("live")));
    assert_eq!((&live["rate"], &told["files"][0]["rate"]), (&json!(0.0), &Value::Null));
    // A file can be named as well.
    assert_eq!(commy(&at, &["ls", "live.bin"]).good().lines().count(), 2);
}

#[test]
fn nothing_found_is_an_answer_and_an_absent_directory_is_none() {
    let (_directory, at) = place();
    let told = commy(&at, &["ls", "."]).failed(1);
    assert_eq!(told, "commy: no commy files in `.`\n");
    let told = parsed(&{
        let ran = commy(&at, &["ls", "--json", "."]);
        assert_eq!((ran.code, parsed(&ran.out)["files"].clone()), (Some(1), json!([])));
        ran.err
    });
    assert_eq!(told["kind"], json!("nothing_found"));
    let told = commy(&at, &["ls", "nowhere"]).failed(3);
    assert_eq!(told, "commy: no directory or file at `nowhere`\n");
    // What is there is listed nevertheless.
    let _writer = TankWriter::options().path(at.join("live.bin")).create_with(tank()).unwrap();
    let ran = commy(&at, &["ls", "nowhere", "."]);
    assert_eq!((ran.code, ran.out.lines().count()), (Some(3), 2));
}

#[test]
fn a_damaged_file_is_listed_with_what_is_wrong() {
    let (_directory, at) = place();
    drop(TankWriter::options().path(at.join("cut.bin")).create_with(tank()).unwrap());
    let bytes = fs::read(at.join("cut.bin")).unwrap();
    fs::write(at.join("cut.bin"), &bytes[..bytes.len() / 2]).unwrap();
    let told = commy(&at, &["ls", "."]).good();
    assert!(told.contains("cut.bin  damaged"), "{told}");
    let told = commy(&at, &["ls", ".", "--json"]).json();
    assert_eq!(told["unreadable"][0]["kind"], json!("damaged"));
    let told = commy(&at, &["ls", "cut.bin"]).failed(3);
    assert!(told.contains("is cut off"), "{told}");
}

/// A process may have so many files open, and no more.
#[test]
fn more_files_than_descriptors_are_listed() {
    let (_directory, at) = place();
    drop(TankWriter::options().path(at.join("0.bin")).create_with(tank()).unwrap());
    for number in 1..400 {
        fs::copy(at.join("0.bin"), at.join(format!("{number}.bin"))).unwrap();
    }
    let script = format!("ulimit -n 200; exec '{}' ls . --json", env!("CARGO_BIN_EXE_commy"));
    let output =
        std::process::Command::new("sh").args(["-c", &script]).current_dir(&at).output().unwrap();
    let told = Ran::of(&output).json();
    assert_eq!(told["files"].as_array().unwrap().len(), 400);
    assert_eq!(told["unreadable"], json!([]));
}

/// Where `options().runtime_dir()` puts files is where they are looked for.
#[test]
fn without_directories_it_looks_where_files_are_put() {
    let (_directory, at) = place();
    for name in ["chosen", "unit", "other_unit", "session", "here"] {
        fs::create_dir(at.join(name)).unwrap();
        let path = at.join(name).join("tank.bin");
        drop(TankWriter::options().path(path).create_with(tank()).unwrap());
    }
    // One directory of this user's own in the shared memory of the machine, and one that is open to others.
    let shared = |mode| {
        let directory =
            tempfile::Builder::new().prefix("commy-test-").tempdir_in("/dev/shm").unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(mode)).unwrap();
        drop(
            TankWriter::options()
                .path(directory.path().join("tank.bin"))
                .create_with(tank())
                .unwrap(),
        );
        directory
    };
    let (private, open) = (shared(0o700), shared(0o755));
    let units = format!("{}:{}", at.join("unit").display(), at.join("other_unit").display());
    let output = support::command(&at.join("here"))
        .args(["ls", "--json"])
        .env("COMMY_DIR", at.join("chosen"))
        .env("RUNTIME_DIRECTORY", units)
        .env("XDG_RUNTIME_DIR", at.join("session"))
        .output()
        .unwrap();
    let told = parsed(&Ran::of(&output).out);
    let files = told["files"].as_array().unwrap();
    let is_listed =
        |path: &std::path::Path| files.iter().any(|file| file["file"] == path.to_str().unwrap());
    for name in ["chosen", "unit", "other_unit", "session"] {
        assert!(is_listed(&at.join(name).join("tank.bin")), "{name}: {told}");
    }
    assert!(is_listed(std::path::Path::new("tank.bin")), "{told}");
    assert!(is_listed(&private.path().join("tank.bin")), "{told}");
    assert!(!is_listed(&open.path().join("tank.bin")), "{told}");
}

#[test]
fn names_are_escaped_and_few_columns_are_enough() {
    let (_directory, at) = place();
    let name = "\u{1b}[2J\n日本語.bin";
    let _writer = TankWriter::options().path(at.join(name)).create_with(tank()).unwrap();
    for width in ["0", "1", "2", "7", "20", "47", "48", "60", "80", "500"] {
        let told = commy(&at, &["ls", ".", "--width", width]).good();
        assert!(is_harmless(&told), "{told:?}");
        let columns = width.parse::<usize>().unwrap().max(1);
        for line in told.lines() {
            assert!(unicode_width::UnicodeWidthStr::width(line) <= columns, "{width}: {line:?}");
        }
    }
    assert!(commy(&at, &["ls", ".", "--width", "20"]).good().contains("writer alive"));
}

/// As root, which may become somebody else.
#[test]
fn files_of_others_are_counted_if_they_may_not_be_read() {
    use std::os::unix::process::CommandExt as _;

    if !rustix::process::getuid().is_root() {
        eprintln!("skipped: only root can become another user");
        return;
    }
    let (_directory, at) = place();
    fs::set_permissions(&at, fs::Permissions::from_mode(0o755)).unwrap();
    let program = at.join("commy");
    // By `cp`, because what is open for writing in another thread's child cannot be run.
    let copied =
        std::process::Command::new("cp").arg(env!("CARGO_BIN_EXE_commy")).arg(&program).status();
    assert!(copied.unwrap().success());
    let writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    fs::set_permissions(at.join("tank.bin"), fs::Permissions::from_mode(0o600)).unwrap();
    let as_nobody = |arguments: &[&str]| {
        let mut command = support::command_at(&program, &at);
        Ran::of(&command.args(arguments).uid(65534).gid(65534).output().unwrap())
    };
    let told = as_nobody(&["get", "tank.bin"]).failed(3);
    assert!(
        told.contains("no permission to read") && told.contains("try: ask the owner"),
        "{told}"
    );
    let told = as_nobody(&["ls", "."]).failed(1);
    // The file, and the one beside it that its writer locks.
    assert_eq!(told, "commy: no commy files in `.`; 2 of the files there may not be read\n");
    // What may be read is read, with its writer.
    fs::set_permissions(at.join("tank.bin"), fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(as_nobody(&["get", "tank.bin", "mode", "--require-writer"]).good(), "Auto\n");
    assert!(as_nobody(&["inspect", "tank.bin"]).good().contains("mode 0644 root"));
    drop(writer);
}
