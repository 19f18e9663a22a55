//! Platforms without a file of their own: what the standard library alone can do.
//!
//! Space is reserved by writing zeros, byte locks and the boot id are unsupported. The writer lock
//! on the side file works everywhere; whether a writer lives stays unknown.

use core::time::Duration;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process;
use std::thread;

use super::{ByteLock, FileSystem, Links, Rights};
use crate::sync::{AtomicU32, Ordering};

static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];

/// Reserves `len` bytes for a new file, which grows to that length.
pub(crate) fn reserve_new(file: &File, len: u64) -> io::Result<()> {
    let mut at = file.metadata()?.len();
    while at < len {
        let left = usize::try_from(len - at).unwrap_or(usize::MAX);
        let zeros = ZEROS.get(..left).unwrap_or(&ZEROS);
        write_at(file, zeros, at)?;
        at = at.saturating_add(zeros.len() as u64);
    }
    Ok(())
}

/// Makes a file that has at least `from` bytes `to` bytes long, unless it is longer.
pub(crate) fn reserve_more(file: &File, _from: u64, to: u64) -> io::Result<()> {
    reserve_new(file, to)
}

/// The limit of a process for the length of a file.
#[allow(dead_code, reason = "it is unknown here, so that nothing makes one")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this process may make files of at most {0} bytes")]
pub(crate) struct SizeLimit(pub(crate) u64);

/// Leaves holes as they are: nothing portable finds them.
pub(crate) fn reserve_holes(_: &File, _: u64) -> io::Result<()> {
    Ok(())
}

/// Leaves holes as they are, and what is around them.
pub(crate) fn reserve_around(_: &File, _: u64, _: &[(u64, u64)]) -> io::Result<()> {
    Ok(())
}

/// Leaves holes as they are: nobody here makes any, or finds them.
pub(crate) fn fill_range(_: &File, _: u64, _: u64) -> io::Result<()> {
    Ok(())
}

/// Holes are unsupported.
pub(crate) fn punch_range(_: &File, _: u64, _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Fences that another process executes are unsupported.
pub(crate) const fn allow_remote_fences() -> bool {
    false
}

/// Fences that another process executes are unsupported.
pub(crate) const fn fence_remotely() -> bool {
    false
}

/// Byte locks are unsupported.
pub(crate) fn try_lock_bytes(_: &File, _: u64, _: u64, _: ByteLock) -> io::Result<bool> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Byte locks are unsupported.
pub(crate) fn byte_locks(_: &File, _: u64, _: u64) -> io::Result<ByteLock> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Byte locks are unsupported.
pub(crate) fn locked_range(_: &File, _: u64, _: u64) -> io::Result<Option<(u64, u64)>> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Who has a file locked is unknown.
pub(crate) const fn lock_holder(_: &Path) -> Option<u32> {
    None
}

/// Opens a file that was seen to be regular.
pub(crate) fn open(path: &Path, rights: Rights, _: Links) -> io::Result<File> {
    OpenOptions::new().read(true).write(rights == Rights::ReadWrite).open(path)
}

/// Creates a file that does not exist yet, and opens it for reading and writing.
pub(crate) fn create_new(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    with_mode(&mut options, mode).open(path)
}

/// Opens the side file for locking, which may have to be created.
pub(crate) fn open_or_create(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    with_mode(&mut options, mode).open(path)
}

/// Reads exactly `bytes.len()` bytes at `at`.
pub(crate) fn read_at(mut file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(bytes)
}

/// Writes all of `bytes` at `at`.
pub(crate) fn write_at(mut file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(at))?;
    file.write_all(bytes)
}

/// Gives `from` the name `to`, which nobody may have taken: that is `AlreadyExists`.
pub(crate) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    // Unlike a rename, a new link never replaces anything.
    match std::fs::hard_link(from, to) {
        Ok(()) => std::fs::remove_file(from),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(_) => match std::fs::symlink_metadata(to) {
            Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(_) => std::fs::rename(from, to),
        },
    }
}

/// The boot id is unsupported, so slots count as of this boot for as long as the file is there.
pub(crate) fn boot_id() -> io::Result<Vec<u8>> {
    Ok(Vec::new())
}

/// Nothing is known of file systems.
pub(crate) fn file_system(_: &File) -> FileSystem {
    FileSystem::Other
}

/// The name of the file system that the file is on; nothing is known of it here.
#[cfg(feature = "dynamic")]
pub(crate) fn file_system_name(_: &File) -> Option<&'static str> {
    None
}

/// There are no handles: the time of creation has to do.
pub(crate) fn file_handle(_: &File) -> Option<(i32, Vec<u8>)> {
    None
}

/// Holes cannot be asked for.
pub(crate) fn holes(_: &File, _: u64) -> io::Result<Vec<(u64, u64)>> {
    Ok(Vec::new())
}

/// How much room there is, is unknown.
pub(crate) const fn has_room(_: &File, _: u64) -> bool {
    true
}

/// Nothing can be asked for.
pub(crate) fn forbid_copy_on_write(_: &File) {}

/// A mapping that stays as long as it is: addresses cannot be reserved.
#[derive(Debug)]
pub(crate) struct Mapping(memmap2::MmapRaw);

impl Mapping {
    /// Maps `len` bytes of `file` from byte `at` on.
    pub(crate) fn new(
        file: &File,
        at: u64,
        len: usize,
        _reserved: usize,
        rights: Rights,
    ) -> io::Result<Self> {
        let mut options = memmap2::MmapOptions::new();
        options.offset(at).len(len);
        Ok(Self(match rights {
            Rights::Read => options.map_raw_read_only(file)?,
            Rights::ReadWrite => options.map_raw(file)?,
        }))
    }

    /// Unsupported.
    pub(crate) fn extend(&self, _: &File, _: u64, _: usize, _: usize) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Where it begins.
    pub(crate) fn start(&self) -> *mut u8 {
        self.0.as_mut_ptr()
    }

    /// Pages cannot be asked for.
    pub(crate) fn populate(&self, _: usize, _: usize) -> io::Result<()> {
        Err(io::ErrorKind::InvalidInput.into())
    }

    /// Writes what has changed to the disk and waits for it.
    pub(crate) fn flush(&self, _: usize) -> io::Result<()> {
        self.0.flush()
    }
}

/// Pages are prepared for stores by nothing but a store.
pub(crate) const fn prefault_for_stores(_: *mut u8, _: usize) -> bool {
    false
}

/// How often a sleeper looks at the word.
const LOOK: Duration = Duration::from_millis(2);

/// Sleeps while `word` holds `expected` until `timeout` is over; may end early for no reason.
pub(crate) fn sleep_while(word: &AtomicU32, expected: u32, timeout: Duration) {
    if word.load(Ordering::Relaxed) == expected {
        thread::sleep(timeout.min(LOOK));
    }
}

/// Sleepers look for themselves.
pub(crate) fn wake_all(_: &AtomicU32) {}

/// Knows by its process id whether this is a forked child.
#[derive(Debug)]
pub(crate) struct ForkGuard {
    pid: u32,
}

impl ForkGuard {
    /// A guard for the calling process.
    pub(crate) fn new() -> Self {
        Self { pid: process::id() }
    }

    /// Returns whether this process is a child forked after the guard was made.
    pub(crate) fn in_child(&self) -> bool {
        process::id() != self.pid
    }
}

pub(crate) use self::family::*;

#[cfg(unix)]
mod family {
    use std::fs::OpenOptions;
    use std::os::unix::fs::OpenOptionsExt;

    pub(super) fn with_mode(options: &mut OpenOptions, mode: u32) -> &mut OpenOptions {
        options.mode(mode)
    }

    /// The user whose rights this process has; the standard library does not tell.
    pub(crate) fn effective_user() -> Option<u32> {
        None
    }
}

#[cfg(not(unix))]
mod family {
    use core::time::Duration;
    use std::fs::{File, Metadata, OpenOptions};
    use std::io;
    use std::path::Path;
    use std::time::SystemTime;

    use super::super::Identity;

    pub(super) fn with_mode(options: &mut OpenOptions, _: u32) -> &mut OpenOptions {
        options
    }

    /// Directories have no permission bits.
    pub(crate) fn make_private_directory(_: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The standard library opens no directories here.
    pub(crate) fn sync_directory(_: &Path) -> io::Result<()> {
        Ok(())
    }

    /// There are no permission bits.
    pub(crate) fn set_mode(_: &File, _: u32) -> io::Result<()> {
        Ok(())
    }

    /// There are no permission bits.
    pub(crate) fn mode(_: &Metadata) -> Option<u32> {
        None
    }

    /// Owners are unknown.
    pub(crate) fn owner(_: &Metadata) -> Option<u32> {
        None
    }

    /// Users are unknown.
    pub(crate) fn effective_user() -> Option<u32> {
        None
    }

    /// The time of creation stands for the file: it is kept by a rename and new for a copy.
    pub(crate) fn identity(metadata: &Metadata) -> Identity {
        let age = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).ok();
        let created = metadata.created().ok().and_then(age).unwrap_or(Duration::ZERO);
        Identity { device: created.as_secs(), inode: u64::from(created.subsec_nanos()) }
    }

    /// Room that is a file's own is unknown.
    pub(crate) fn allocated(_: &Metadata) -> Option<u64> {
        None
    }

    /// Counts of names are unknown; a file that can be asked has one.
    pub(crate) fn link_count(_: &Metadata) -> u64 {
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserved_file_has_its_length_and_is_zero() {
        let file = tempfile::tempfile().unwrap();
        reserve_new(&file, 100_000).unwrap();
        assert_eq!(file.metadata().unwrap().len(), 100_000);
        write_at(&file, b"end", 99_997).unwrap();
        let mut bytes = [1; 5];
        read_at(&file, &mut bytes, 99_995).unwrap();
        assert_eq!(&bytes, b"\0\0end");
        reserve_holes(&file, 100_000).unwrap();
        assert_eq!(file.metadata().unwrap().len(), 100_000);
    }

    #[test]
    fn a_name_that_is_taken_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        create_new(&at("new"), 0o600).unwrap();
        rename_new(&at("new"), &at("first")).unwrap();
        assert!(!at("new").exists());
        create_new(&at("new"), 0o600).unwrap();
        let taken = rename_new(&at("new"), &at("first")).unwrap_err();
        assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
        assert!(at("new").exists());
    }

    #[test]
    fn what_the_platform_does_not_know_is_unsupported() {
        let file = tempfile::tempfile().unwrap();
        let kind = |error: io::Error| error.kind();
        let locked = try_lock_bytes(&file, 0, 1, ByteLock::Exclusive);
        assert_eq!(locked.map_err(kind), Err(io::ErrorKind::Unsupported));
        assert_eq!(byte_locks(&file, 0, 1).map_err(kind), Err(io::ErrorKind::Unsupported));
        assert_eq!(locked_range(&file, 0, 1).map_err(kind), Err(io::ErrorKind::Unsupported));
    }

    #[test]
    fn a_sleep_is_as_long_as_its_time_or_a_look_and_no_busy_loop() {
        let word = AtomicU32::new(0);
        let lasts = |expected, timeout| {
            let started = std::time::Instant::now();
            sleep_while(&word, expected, timeout);
            started.elapsed()
        };
        assert!(lasts(0, Duration::MAX) >= LOOK);
        let short = Duration::from_micros(300);
        assert!(lasts(0, short) >= short);
        wake_all(&word);
    }

    #[test]
    fn a_process_is_no_child_of_its_own() {
        assert!(!ForkGuard::new().in_child());
    }
}
