//! A file in the runtime directory is found by both ends, whatever the current directory is; and
//! nobody else can plant one there.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use core::time::Duration;
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, thread};

use commy::{CreateError, OpenError, RuntimeDirError, create_reader, create_writer};

#[create_writer(filename = "lamp.bin")]
#[create_reader(filename = "lamp.bin")]
struct Lamp {
    level: u64,
}

#[create_writer(filename = "page.bin", growable)]
#[create_reader(filename = "page.bin", growable)]
struct Page {
    text: String,
}

const VARIABLES: [&str; 3] = ["COMMY_DIR", "RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"];
/// What a role is to find: a path, or an error.
const EXPECTED: &str = "COMMY_TEST_EXPECTED";

/// Runs `role` with these variables and no others of commy's, in a directory of its own; tells whether
/// it was content.
fn run(role: &str, directory: &Path, variables: &[(&str, OsString)]) -> bool {
    let mut role = Command::new(env::current_exe().unwrap())
        .args(["--exact", role, "--ignored", "--nocapture", "--quiet"])
        .current_dir(directory)
        .env_clear()
        .env(support::PATH, directory)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    role.wait().unwrap().success()
}

/// Writes and reads by all four kinds of options, and looks where the files are.
#[test]
#[ignore = "a role of the tests below"]
fn both_ends() {
    let Some(here) = support::role_path() else { return };
    let expected = PathBuf::from(env::var_os(EXPECTED).unwrap());
    assert_eq!(commy::runtime_dir().unwrap(), expected);
    let missing = LampReader::options().runtime_dir().open();
    assert!(matches!(missing, Err(OpenError::NotFound { .. })));
    let lamp = LampWriter::options().runtime_dir().create_with(Lamp { level: 7 }).unwrap();
    let mut page = PageWriter::options().runtime_dir().create_wait(Duration::ZERO).unwrap();
    page.set_text("one").unwrap();
    let expected = fs::canonicalize(expected).unwrap();
    let in_place = |path: &Path, name: &str| {
        assert_eq!(fs::canonicalize(path).unwrap(), expected.join(name));
    };
    in_place(lamp.file().path(), "lamp.bin");
    in_place(page.file().path(), "page.bin");
    let reader = LampReader::options().runtime_dir().open().unwrap();
    assert_eq!(reader.level().unwrap(), 7);
    in_place(reader.file().path(), "lamp.bin");
    let reader = PageReader::options().runtime_dir().open_wait(Duration::ZERO).unwrap();
    assert_eq!(reader.text().unwrap(), "one");
    // A relative path is there, too, in whatever order it is said; an absolute one is where it is.
    let other = LampWriter::options().path("other.bin").runtime_dir().create().unwrap();
    in_place(other.file().path(), "other.bin");
    let reader = LampReader::options().runtime_dir().path("other.bin").open().unwrap();
    in_place(reader.file().path(), "other.bin");
    let absolute = here.join("absolute.bin");
    let lamp = LampWriter::options().runtime_dir().path(&absolute).create().unwrap();
    assert_eq!(lamp.file().path(), absolute);
    for name in ["lamp.bin", "page.bin", "other.bin"] {
        assert!(
            here == expected || !here.join(name).exists(),
            "{name} is in the current directory"
        );
    }
    drop((lamp, page, other));
    for name in ["lamp.bin", "page.bin", "other.bin"] {
        fs::remove_file(expected.join(name)).unwrap();
        fs::remove_file(expected.join(format!("{name}.lock"))).unwrap();
    }
}

#[test]
fn both_ends_find_the_directory_that_a_variable_names() {
    for at in 0..VARIABLES.len() {
        let (here, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        // Those behind it are set, too, and do not count.
        let named = place.path().as_os_str().to_owned();
        let mut variables = vec![(VARIABLES[at], named.clone()), (EXPECTED, named)];
        variables.extend(VARIABLES[at + 1..].iter().map(|name| (*name, "/nowhere".into())));
        assert!(run("both_ends", here.path(), &variables), "{}", VARIABLES[at]);
    }
}

#[test]
fn a_relative_commy_dir_is_relative_to_the_current_directory_once() {
    let here = tempfile::tempdir().unwrap();
    fs::create_dir(here.path().join("live")).unwrap();
    let variables = [("COMMY_DIR", "live".into()), (EXPECTED, "live".into())];
    assert!(run("both_ends", here.path(), &variables));
}

/// The directory of this user in `/dev/shm`, under a name space of mounts of its own.
#[test]
#[ignore = "a role of the test below"]
fn own_directory() {
    let Some(here) = support::role_path() else { return };
    // Whose a file is that this process has just made.
    let probe = here.join("probe");
    fs::write(&probe, "").unwrap();
    let user = fs::metadata(&probe).unwrap().uid();
    fs::remove_file(&probe).unwrap();
    let own = PathBuf::from(format!("/dev/shm/commy-{user}"));
    assert_eq!(commy::runtime_dir().unwrap(), own);
    // Readers make none.
    let missing = LampReader::options().runtime_dir().open();
    assert!(matches!(missing, Err(OpenError::NotFound { .. })));
    assert!(!own.exists());
    // Two at once: one makes it, both have it.
    thread::scope(|scope| {
        for name in ["a.bin", "b.bin"] {
            scope.spawn(move || {
                drop(LampWriter::options().runtime_dir().path(name).create().unwrap());
            });
        }
    });
    let metadata = fs::symlink_metadata(&own).unwrap();
    assert!(metadata.is_dir() && metadata.mode() & 0o7777 == 0o700);
    assert!(own.join("a.bin").exists() && own.join("b.bin").exists());
    // What others may enter is refused, on both ends, and nothing is made there.
    fs::set_permissions(&own, Permissions::from_mode(0o755)).unwrap();
    refused(|error| matches!(error, RuntimeDirError::Mode { found: 0o755, expected: "0700", .. }));
    fs::remove_dir_all(&own).unwrap();
    // A link to a directory in which somebody has planted a file.
    let planted = here.join("planted");
    fs::DirBuilder::new().mode(0o700).create(&planted).unwrap();
    drop(LampWriter::create_at(planted.join("lamp.bin")).unwrap());
    symlink(&planted, &own).unwrap();
    refused(|error| {
        matches!(error, RuntimeDirError::NotDirectory { found: "a symbolic link", .. })
    });
    fs::remove_file(&own).unwrap();
    // One of another user's.
    fs::DirBuilder::new().mode(0o700).create(&own).unwrap();
    if std::os::unix::fs::chown(&own, Some(12345), None).is_ok() {
        refused(|error| matches!(error, RuntimeDirError::NotOwner { found: 12345, .. }));
    }
    fs::remove_dir(&own).unwrap();
}

fn refused(expected: fn(&RuntimeDirError) -> bool) {
    assert!(expected(&commy::runtime_dir().unwrap_err()));
    match LampReader::options().runtime_dir().open() {
        Err(OpenError::RuntimeDir(error)) => assert!(expected(&error), "{error}"),
        other => panic!("{other:?}"),
    }
    match LampWriter::options().runtime_dir().create() {
        Err(CreateError::RuntimeDir(error)) => assert!(expected(&error), "{error}"),
        other => panic!("{other:?}"),
    }
    let wait = PageWriter::options().runtime_dir().create_wait(Duration::MAX);
    assert!(matches!(wait, Err(CreateError::RuntimeDir(error)) if expected(&error)));
    let wait = PageReader::options().runtime_dir().open_wait(Duration::MAX);
    assert!(matches!(wait, Err(OpenError::RuntimeDir(error)) if expected(&error)));
}

/// In a name space of mounts of its own, so that `/dev/shm` is nobody else's.
#[test]
fn without_a_variable_it_is_a_directory_of_this_user_in_memory() {
    let here = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o mode=1777 tmpfs /dev/shm && exec \"$0\" \"$@\"";
    let unshared = |command: &mut Command| {
        command.args(["--mount", "sh", "-c"]).stdin(Stdio::null()).stdout(Stdio::null());
    };
    let mut probe = Command::new("unshare");
    unshared(&mut probe);
    let probed = probe.args([script, "true"]).stderr(Stdio::null()).status();
    if !probed.is_ok_and(|status| status.success()) {
        eprintln!("skipped: only root can mount a file system");
        return;
    }
    let mut role = Command::new("unshare");
    unshared(&mut role);
    role.arg(script).arg(env::current_exe().unwrap());
    role.args(["--exact", "own_directory", "--ignored", "--nocapture", "--quiet"]);
    for name in VARIABLES {
        role.env_remove(name);
    }
    let status = role.current_dir(here.path()).env(support::PATH, here.path()).status();
    assert!(status.unwrap().success());
}
