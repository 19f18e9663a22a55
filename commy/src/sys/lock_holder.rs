//! Which process has a file locked, as the kernel lists it in `/proc/locks`.
//!
//! ```text
//! 7: FLOCK  ADVISORY  WRITE 4127 00:1a:12345 0 EOF
//! 7: -> FLOCK  ADVISORY  WRITE 4130 00:1a:12345 0 EOF      waits for it
//! 8: OFDLCK ADVISORY  WRITE -1 fe:00:99 0 EOF              has no process
//! ```
//!
//! The number is that of the process which took the lock. The kernel shows 0, or leaves the line out,
//! where that process has no number in this namespace. It goes on to show the number of a process
//! that has ended, if a forked child has the file still open. So who is named is looked at.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::Identity;

/// The kernel's list.
const LOCKS: &str = "/proc/locks";
/// As much of it is read: some fifty thousand locks.
const LONGEST: u64 = 1 << 22;

/// The process that has the file at `path` locked as a whole and for itself alone (`flock`), if the
/// system tells. It is what was true at some time during the call.
///
/// Asking makes the kernel hold up all that lock or unlock files for the moment of its answer: for a
/// look now and then.
pub(crate) fn lock_holder(path: &Path) -> Option<u32> {
    let metadata = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file)?;
    let file = super::identity(&metadata);
    let mut list = Vec::new();
    File::open(LOCKS).ok()?.take(LONGEST).read_to_end(&mut list).ok()?;
    holder_in(&list, file).filter(|pid| has_open(*pid, file))
}

/// The one process that `list` says has the file locked; `None` if it names none, or several.
fn holder_in(list: &[u8], file: Identity) -> Option<u32> {
    let mut holders = list.split(|byte| *byte == b'\n').filter_map(|line| holder(line, file));
    let first = holders.next()?;
    holders.all(|other| other == first).then_some(first)
}

/// Who has the file locked, if the line says that.
fn holder(line: &[u8], file: Identity) -> Option<u32> {
    let mut words = core::str::from_utf8(line).ok()?.split_ascii_whitespace();
    words.next()?.strip_suffix(':')?;
    // Those that wait have an arrow here.
    if (words.next()?, words.next()?, words.next()?) != ("FLOCK", "ADVISORY", "WRITE") {
        return None;
    }
    let pid = words.next()?.parse().ok().filter(|pid| *pid != 0)?;
    let mut place = words.next()?.split(':');
    let mut number = |radix| u64::from_str_radix(place.next()?, radix).ok();
    let (major, minor, inode) = (number(16)?, number(16)?, number(10)?);
    let device = libc::makedev(u32::try_from(major).ok()?, u32::try_from(minor).ok()?);
    (place.next().is_none() && Identity { device, inode } == file).then_some(pid)
}

/// Whether the process is there and has the file open, as far as this user may look: what others have
/// open is the kernel's word alone.
fn has_open(pid: u32, file: Identity) -> bool {
    match fs::read_dir(format!("/proc/{pid}/fd")) {
        Ok(open) => open.flatten().any(|open| {
            // Through the link, which leads to what is open, whatever it is called now.
            let metadata = fs::metadata(open.path());
            metadata.is_ok_and(|it| it.ino() == file.inode && super::identity(&it) == file)
        }),
        Err(error) => error.kind() == io::ErrorKind::PermissionDenied,
    }
}

#[cfg(test)]
mod tests {
    use std::process;

    use super::*;

    const FILE: Identity = Identity { device: libc::makedev(0, 0x1a), inode: 12345 };

    #[test]
    fn the_holder_is_found_among_other_locks() {
        let list = b"1: POSIX  ADVISORY  WRITE 1 00:1a:12345 0 EOF\n\
            2: FLOCK  ADVISORY  WRITE 2 00:1b:12345 0 EOF\n\
            3: FLOCK  ADVISORY  WRITE 3 00:1a:12346 0 EOF\n\
            4: FLOCK  ADVISORY  READ 4 00:1a:12345 0 EOF\n\
            5: FLOCK  ADVISORY  WRITE 4127 00:1a:12345 0 EOF\n\
            5: -> FLOCK  ADVISORY  WRITE 6 00:1a:12345 0 EOF\n\
            7: OFDLCK ADVISORY  WRITE -1 00:1a:12345 0 EOF\n";
        assert_eq!(holder_in(list, FILE), Some(4127));
    }

    #[test]
    fn what_names_nobody_is_no_answer() {
        for line in [
            "",
            "5:",
            "5: FLOCK  ADVISORY  WRITE",
            "5: FLOCK  ADVISORY  WRITE 0 00:1a:12345 0 EOF",
            "5: FLOCK  ADVISORY  WRITE -1 00:1a:12345 0 EOF",
            "5: FLOCK  ADVISORY  WRITE 99999999999 00:1a:12345 0 EOF",
            "5: FLOCK  ADVISORY  WRITE 7 <none>:0 0 EOF",
            "5: FLOCK  ADVISORY  WRITE 7 00:1a 0 EOF",
            "5: FLOCK  ADVISORY  WRITE 7 00:1a:12345:1 0 EOF",
            "5: FLOCK  ADVISORY  WRITE 7 1ffffffff:1a:12345 0 EOF",
            "5 FLOCK  ADVISORY  WRITE 7 00:1a:12345 0 EOF",
            "5: FLOCK  MANDATORY  WRITE 7 00:1a:12345 0 EOF",
            "5: -> FLOCK  ADVISORY  WRITE 7 00:1a:12345 0 EOF",
            // Two that both have it alone: one of them is a guess.
            "5: FLOCK  ADVISORY  WRITE 7 00:1a:12345 0 EOF\n6: FLOCK  ADVISORY  WRITE 8 00:1a:12345 0 EOF",
        ] {
            assert_eq!(holder_in(line.as_bytes(), FILE), None, "{line}");
        }
        assert_eq!(holder_in(b"5: FLOCK \xff", FILE), None);
    }

    #[test]
    fn this_process_is_named_while_it_has_a_lock() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(lock_holder(file.path()), None);
        file.as_file().lock_shared().unwrap();
        assert_eq!(lock_holder(file.path()), None);
        file.as_file().lock().unwrap();
        // Where the list names nobody, as within some containers, there is no answer.
        let holder = lock_holder(file.path());
        if holder.is_none() {
            eprintln!("skipped: {LOCKS} does not name this process");
            return;
        }
        assert_eq!(holder, Some(process::id()));
        file.as_file().unlock().unwrap();
        assert_eq!(lock_holder(file.path()), None);
        assert_eq!(lock_holder(Path::new("/nowhere/at/all")), None);
    }

    #[test]
    fn a_process_that_has_ended_or_has_not_the_file_is_not_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let identity = super::super::identity(&file.as_file().metadata().unwrap());
        assert!(has_open(process::id(), identity));
        let mut child = process::Command::new("true").spawn().unwrap();
        let gone = child.id();
        child.wait().unwrap();
        assert!(!has_open(gone, identity));
        drop(file);
        assert!(!has_open(process::id(), identity));
    }
}
