//! File systems of a test's own, in a mount namespace that ends with the process that made it.
#![allow(dead_code, unreachable_pub, reason = "a module of several tests")]

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, io};

use crate::support;

/// Starts `role` in a mount namespace of its own; `None`, and a word about it, where that cannot be.
pub fn start(role: &str, path: &Path) -> Option<support::Reaped> {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let unshare = || {
        let mut unshare = Command::new("unshare");
        unshare.args(["--mount", "--propagation", "private"]);
        unshare
    };
    let can_mount = || unshare().arg("true").stderr(Stdio::null()).status();
    if !is_root || !can_mount().is_ok_and(|status| status.success()) {
        eprintln!("skipped: only root can mount, and not in every container");
        return None;
    }
    let child = unshare()
        .arg(env::current_exe().unwrap())
        .args(["--exact", role, "--ignored", "--nocapture", "--quiet"])
        .env(support::PATH, path)
        .stdin(Stdio::piped())
        // The test harness says much that nobody reads.
        .stdout(Stdio::null())
        .spawn();
    Some(support::Reaped(child.unwrap()))
}

/// Runs `role` to its end, which must be a good one.
pub fn succeeds(role: &str, path: &Path) {
    if let Some(mut child) = start(role, path) {
        let status = child.0.wait().unwrap();
        assert!(status.success(), "{role}: {status}");
    }
}

/// Mounts as `mount` does with these arguments; false, and a word about it, where it does not.
pub fn mount(arguments: &[&str], at: &Path) -> bool {
    fs::create_dir_all(at).unwrap();
    is_done(Command::new("mount").args(arguments).arg(at))
}

pub fn unmount(at: &Path) {
    assert!(Command::new("umount").arg(at).status().unwrap().success());
}

/// Makes a file system of this kind in a file of so many MiB beside `at`, and mounts it there.
pub fn mount_image(kind: &str, mebibytes: u64, at: &Path) -> bool {
    let image = at.with_extension(kind);
    File::create(&image).unwrap().set_len(mebibytes << 20).unwrap();
    let make = format!("mkfs.{kind}");
    is_done(Command::new(make).arg("-q").arg(&image).stdout(Stdio::null()))
        && mount(&["-o", "loop", image.to_str().unwrap()], at)
}

fn is_done(command: &mut Command) -> bool {
    let is_done = command.status().is_ok_and(|status| status.success());
    if !is_done {
        eprintln!("skipped: not possible here: {command:?}");
    }
    is_done
}

/// Lies over the boot id, as a container has it.
pub fn fake_boot_id(directory: &Path) {
    let fake = directory.join("boot_id");
    fs::write(&fake, "6f0c1a52-0000-4000-8000-c0ffee000000\n").unwrap();
    let id = Path::new("/proc/sys/kernel/random/boot_id");
    assert!(Command::new("mount").arg("--bind").arg(&fake).arg(id).status().unwrap().success());
    assert_eq!(fs::read(fake).unwrap(), fs::read(id).unwrap());
}

/// Takes all the room that is left there, and makes it lasting.
pub fn fill(directory: &Path) -> PathBuf {
    let path = directory.join("filler");
    let mut file = File::create(&path).unwrap();
    for len in [1 << 20, 4096, 512] {
        loop {
            match file.write_all(&vec![0xa5; len]).and_then(|()| file.sync_all()) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => panic!("{error}"),
            }
        }
    }
    path
}

/// Writes everything of the file to its disk, so that the next store to a page is a first one.
pub fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
