//! Writers in processes of their own, which can be killed: the test binary again, in a role.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "a module of several tests, each of which needs a part"
)]

use core::time::Duration;
use std::env;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::support::{TankWriter, tank};

const PATH: &str = "COMMY_TEST_WRITER";

/// What the role does: `#[test] #[ignore] fn writes() { writers::write(); }`. Nothing without a path.
pub fn write() {
    let Some(path) = env::var_os(PATH) else { return };
    let path = Path::new(&path);
    let _writer = TankWriter::options().path(path).create_with(tank()).expect("it can be written");
    fs::write(path.with_extension("ready"), "").expect("room");
    // Until it is killed; a parent that is gone kills nobody.
    thread::sleep(Duration::from_secs(120));
}

/// A live writer of the file at `path`, which has published.
pub fn alive(path: &Path) -> Child {
    let ready = path.with_extension("ready");
    let mut child = Command::new(env::current_exe().expect("a path"))
        .args(["--ignored", "--exact", "writes"])
        .env(PATH, path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    while !ready.exists() {
        assert!(child.try_wait().expect("it can be asked").is_none(), "the writer ended");
        thread::sleep(Duration::from_millis(2));
    }
    fs::remove_file(ready).expect("it is there");
    child
}

/// Leaves a file whose writer was killed.
pub fn killed(path: &Path) {
    kill(alive(path));
}

pub fn kill(mut child: Child) {
    child.kill().expect("it lives");
    child.wait().expect("it ends");
}
