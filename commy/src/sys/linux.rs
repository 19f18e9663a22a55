//! Linux: reserved space, files by path, the boot id.
#![allow(unsafe_code, reason = "the room for system calls that the standard library lacks")]

use core::ffi::c_int;
use core::mem::MaybeUninit;
use std::ffi::CString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use super::file_systems::{BTRFS, status};
use super::{Links, Rights};

/// Zeros written at once where a file system cannot reserve space.
static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];

/// Reserves `len` bytes for a new file, which grows to that length.
///
/// What does not fit is refused before anything is allocated: a reservation that fails half way
/// would take the last space from everybody else for a moment.
pub(crate) fn reserve_new(file: &File, len: u64) -> io::Result<()> {
    if !has_room(file, len) {
        return Err(io::Error::from_raw_os_error(libc::ENOSPC));
    }
    within_limit(len)?;
    if allocate(file, len, 0)? {
        return Ok(());
    }
    let from = file.metadata()?.len();
    write_zeros(file, from, len)
}

/// The limit for the length of a file that this process has to keep to (`RLIMIT_FSIZE`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this process may make files of at most {0} bytes (RLIMIT_FSIZE)")]
pub(crate) struct SizeLimit(pub(crate) u64);

/// Refuses to write a file up to `end` if this process must not: the kernel would end it by a
/// signal (`SIGXFSZ`).
fn within_limit(end: u64) -> io::Result<()> {
    let mut limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: 0 };
    // SAFETY: the call fills one structure, which the pointer is to. If it fails, there is no limit.
    unsafe { libc::getrlimit(libc::RLIMIT_FSIZE, &raw mut limit) };
    if limit.rlim_cur != libc::RLIM_INFINITY && end > limit.rlim_cur {
        let limit = SizeLimit(limit.rlim_cur);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, limit));
    }
    Ok(())
}

/// Reserves the holes among the first `len` bytes of a file that has at least this length, as a
/// copied file may have them, and what it shares with its copy; bytes that are there stay as they
/// are.
pub(crate) fn reserve_holes(file: &File, len: u64) -> io::Result<()> {
    // First: to unshare may fill holes too, but only where files share anything.
    let is_allocated = allocate(file, len, 0)?;
    // A store to a block that a reflink shares needs a new block, which a full disk does not have.
    allocate(file, len, libc::FALLOC_FL_UNSHARE_RANGE)?;
    if is_allocated { Ok(()) } else { write_into_holes(file, 0, len) }
}

/// Writes zeros into the holes from byte `from` of the file to `to`.
fn write_into_holes(file: &File, from: u64, to: u64) -> io::Result<()> {
    let mut at = from;
    while at < to {
        // A file system that knows no holes reports one at the end of the file only.
        let Some(hole) = seek(file, at, libc::SEEK_HOLE)? else { return Ok(()) };
        if hole >= to {
            return Ok(());
        }
        let end = seek(file, hole, libc::SEEK_DATA)?.unwrap_or(to).min(to);
        write_zeros(file, hole, end)?;
        at = end;
    }
    Ok(())
}

/// Makes a file that has at least `from` bytes `to` bytes long, unless it is longer, and reserves
/// what is behind `from`; bytes that are there stay as they are.
///
/// # Errors
///
/// `FileTooLarge` with [`SizeLimit`], `StorageFull`, and what else the system refuses. The file may be
/// longer than before then, by zeros.
pub(crate) fn reserve_more(file: &File, from: u64, to: u64) -> io::Result<()> {
    within_limit(to)?;
    let Some(added) = to.checked_sub(from).filter(|added| *added > 0) else { return Ok(()) };
    // What does not fit is refused before anything is taken from others, as for a new file.
    if !has_room(file, added) {
        return Err(io::Error::from_raw_os_error(libc::ENOSPC));
    }
    if allocate_from(file, from, added, 0)? {
        return Ok(());
    }
    // What an earlier try has left is zero; data of somebody's who died is not, and stays.
    let len = file.metadata()?.len();
    write_zeros(file, len.max(from), to)?;
    reserve_holes(file, to)
}

/// Reserves all but these holes of the first `len` bytes, which are there: what a file shares with
/// its copy becomes its own.
pub(crate) fn reserve_around(file: &File, len: u64, holes: &[(u64, u64)]) -> io::Result<()> {
    let mut at = 0;
    for (hole, end) in holes.iter().copied().chain([(len, len)]) {
        if let Some(data) = hole.min(len).checked_sub(at).filter(|data| *data > 0) {
            allocate_from(file, at, data, 0)?;
            allocate_from(file, at, data, libc::FALLOC_FL_UNSHARE_RANGE)?;
        }
        at = end;
    }
    Ok(())
}

/// Reserves `len` bytes behind `from`, within the file; bytes that are there stay as they are.
///
/// # Errors
///
/// `StorageFull`, and what else the system refuses.
pub(crate) fn fill_range(file: &File, from: u64, len: u64) -> io::Result<()> {
    if !has_room(file, len) {
        return Err(io::Error::from_raw_os_error(libc::ENOSPC));
    }
    if allocate_from(file, from, len, 0)? {
        return Ok(());
    }
    write_into_holes(file, from, from.saturating_add(len))
}

/// Gives the space of `len` bytes behind `from` back; they are zeros then.
///
/// # Errors
///
/// `Unsupported`, and what else the system refuses.
pub(crate) fn punch_range(file: &File, from: u64, len: u64) -> io::Result<()> {
    match allocate_from(file, from, len, libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE)? {
        true => Ok(()),
        false => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// Allocates space in this mode; false if the file system cannot.
fn allocate(file: &File, len: u64, mode: c_int) -> io::Result<bool> {
    allocate_from(file, 0, len, mode)
}

/// The same behind `from`.
fn allocate_from(file: &File, from: u64, len: u64, mode: c_int) -> io::Result<bool> {
    let (from, len) = (offset(from)?, offset(len)?);
    loop {
        // SAFETY: a system call on a descriptor that `file` keeps open; it touches no memory.
        if unsafe { libc::fallocate(file.as_raw_fd(), mode, from, len) } == 0 {
            return Ok(true);
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::EINTR) => {}
            Some(libc::EOPNOTSUPP | libc::ENOSYS) => return Ok(false),
            // A mode that this kernel does not know.
            Some(libc::EINVAL) if mode != 0 => return Ok(false),
            _ => return Err(error),
        }
    }
}

/// The holes among the first `len` bytes, each as its start and end; empty where they cannot be
/// asked for.
pub(crate) fn holes(file: &File, len: u64) -> io::Result<Vec<(u64, u64)>> {
    let mut holes = Vec::new();
    let mut at = 0;
    while at < len {
        let Some(hole) = seek(file, at, libc::SEEK_HOLE)?.filter(|hole| *hole < len) else { break };
        let end = seek(file, hole, libc::SEEK_DATA)?.unwrap_or(len).min(len);
        holes.push((hole, end));
        at = end.max(hole.saturating_add(1));
    }
    Ok(holes)
}

/// Asks that stores to this file, which is empty as yet, go to the blocks that it has, and not to
/// new ones that a full disk may not have. No error where nothing can be asked.
pub(crate) fn forbid_copy_on_write(file: &File) {
    /// As `linux/fs.h` has it; the C library's headers, and `libc`, do not.
    const FS_NOCOW_FL: c_int = 0x0080_0000;

    // Others give the bit another meaning, or none.
    if status(file).is_none_or(|status| i128::from(status.f_type) != BTRFS) {
        return;
    }
    let mut flags: c_int = 0;
    // SAFETY: the descriptor is open; the command writes one `int`, whatever its name says, to the
    // place that the pointer leads to.
    if unsafe { libc::ioctl(file.as_raw_fd(), libc::FS_IOC_GETFLAGS, &raw mut flags) } != 0 {
        return;
    }
    flags |= FS_NOCOW_FL;
    // SAFETY: as above; this command reads one `int`. What it says is left: the file is as good as
    // the file system can have it.
    let _ = unsafe { libc::ioctl(file.as_raw_fd(), libc::FS_IOC_SETFLAGS, &raw const flags) };
}

/// Whether the file system has so many bytes left, as far as it says.
pub(crate) fn has_room(file: &File, len: u64) -> bool {
    free_space(file).is_none_or(|free| free >= len)
}

/// The free bytes of the file system; `None` where it keeps no account of them.
fn free_space(file: &File) -> Option<u64> {
    let mut stat = MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: the descriptor is open, and the pointer is to writable room for one `statvfs`.
    if unsafe { libc::fstatvfs(file.as_raw_fd(), stat.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: the call above returned 0 and so filled the whole structure.
    let stat = unsafe { stat.assume_init() };
    if stat.f_blocks == 0 {
        return None;
    }
    // Blocks kept for root count as free: whether we may have them is for the allocation to say.
    Some(stat.f_bfree.saturating_mul(stat.f_frsize))
}

/// The next hole or data at or after `from`; `None` if there is none or it cannot be asked for.
fn seek(file: &File, from: u64, whence: c_int) -> io::Result<Option<u64>> {
    // SAFETY: a system call on a descriptor that `file` keeps open; it touches no memory. The
    // file position it moves is used by nobody: commy reads and writes at explicit offsets.
    let found = unsafe { libc::lseek(file.as_raw_fd(), offset(from)?, whence) };
    if let Ok(found) = u64::try_from(found) {
        return Ok(Some(found));
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::ENXIO | libc::EINVAL | libc::EOPNOTSUPP) => Ok(None),
        _ => Err(error),
    }
}

fn write_zeros(file: &File, from: u64, to: u64) -> io::Result<()> {
    let mut at = from;
    while at < to {
        let left = usize::try_from(to - at).unwrap_or(usize::MAX);
        let zeros = ZEROS.get(..left).unwrap_or(&ZEROS);
        write_at(file, zeros, at)?;
        at = at.saturating_add(zeros.len() as u64);
    }
    Ok(())
}

pub(super) fn offset(at: u64) -> io::Result<libc::off_t> {
    libc::off_t::try_from(at).map_err(|_| io::Error::from_raw_os_error(libc::EFBIG))
}

/// Opens a file that was seen to be regular; if it no longer is, the call still does not block.
pub(crate) fn open(path: &Path, rights: Rights, links: Links) -> io::Result<File> {
    let nofollow = match links {
        Links::Follow => 0,
        Links::Refuse => libc::O_NOFOLLOW,
    };
    OpenOptions::new()
        .read(true)
        .write(rights == Rights::ReadWrite)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | nofollow)
        .open(path)
}

/// Creates a file that does not exist yet, and opens it for reading and writing.
pub(crate) fn create_new(path: &Path, mode: u32) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(mode)
        .custom_flags(libc::O_NOFOLLOW)
        .open(path)
}

/// Opens the side file for locking, which may have to be created.
pub(crate) fn open_or_create(path: &Path, mode: u32) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(mode)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path)
}

/// Reads exactly `bytes.len()` bytes at `at`.
pub(crate) fn read_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    file.read_exact_at(bytes, at)
}

/// Writes all of `bytes` at `at`.
pub(crate) fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    within_limit(at.saturating_add(bytes.len() as u64))?;
    file.write_all_at(bytes, at)
}

/// Gives `from` the name `to`, which nobody may have taken: that is `AlreadyExists`.
pub(crate) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    let from_name = CString::new(from.as_os_str().as_bytes())?;
    let to_name = CString::new(to.as_os_str().as_bytes())?;
    // SAFETY: the system call takes two directory descriptors, of which AT_FDCWD is one, two
    // strings that end in a zero byte and live until it returns, and a number.
    let status = unsafe {
        libc::syscall(
            libc::SYS_renameat2,
            libc::AT_FDCWD,
            from_name.as_ptr(),
            libc::AT_FDCWD,
            to_name.as_ptr(),
            libc::RENAME_NOREPLACE,
        )
    };
    if status == 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        // The file system cannot do this in one step. Two steps leave a gap, which only a
        // creator that does not hold the same writer lock could use.
        Some(libc::EINVAL | libc::ENOSYS) => match std::fs::symlink_metadata(to) {
            Ok(_) => Err(io::Error::from_raw_os_error(libc::EEXIST)),
            Err(_) => std::fs::rename(from, to),
        },
        _ => Err(error),
    }
}

/// The user whose rights this process has.
pub(crate) fn effective_user() -> Option<u32> {
    // SAFETY: the call has no arguments and cannot fail.
    Some(unsafe { libc::geteuid() })
}

/// Prepares mapped pages for stores without changing a byte of them; false if the kernel does not
/// know how (before Linux 5.14). What else it refuses would end a process that tries by a store.
pub(crate) fn prefault_for_stores(address: *mut u8, len: usize) -> bool {
    loop {
        // SAFETY: the advice touches no byte of the range, nor its mapping: for pages that are not
        // mapped, or not for stores, it is refused.
        if unsafe { libc::madvise(address.cast(), len, libc::MADV_POPULATE_WRITE) } == 0 {
            return true;
        }
        match io::Error::last_os_error().raw_os_error() {
            Some(libc::EINTR) => {}
            Some(libc::EINVAL | libc::ENOSYS | libc::EPERM) => return false,
            _ => return true,
        }
    }
}

/// What differs from boot to boot and is the same for all processes until then.
pub(crate) fn boot_id() -> io::Result<Vec<u8>> {
    std::fs::read("/proc/sys/kernel/random/boot_id")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    const PAGE: u64 = 4096;

    fn allocated(file: &File) -> u64 {
        file.metadata().unwrap().blocks() * 512
    }

    #[test]
    fn reserved_space_is_allocated_and_not_only_promised() {
        let file = tempfile::tempfile().unwrap();
        reserve_new(&file, 100 * PAGE).unwrap();
        assert_eq!(file.metadata().unwrap().len(), 100 * PAGE);
        assert!(allocated(&file) >= 100 * PAGE);
    }

    #[test]
    fn holes_are_filled_and_data_stays() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(100 * PAGE).unwrap();
        write_at(&file, b"data", 50 * PAGE).unwrap();
        assert!(allocated(&file) < 100 * PAGE);
        reserve_holes(&file, 100 * PAGE).unwrap();
        assert!(allocated(&file) >= 100 * PAGE);
        let mut bytes = [0; 4];
        read_at(&file, &mut bytes, 50 * PAGE).unwrap();
        assert_eq!(&bytes, b"data");
    }

    #[test]
    fn what_is_punched_is_given_back_and_filled_again() {
        let file = tempfile::tempfile().unwrap();
        write_at(&file, &[7; 20 * PAGE as usize], 0).unwrap();
        if let Err(refused) = punch_range(&file, 4 * PAGE, 8 * PAGE) {
            eprintln!("skipped: no holes on the file system of temporary files: {refused}");
            return;
        }
        assert_eq!(holes(&file, 20 * PAGE).unwrap(), [(4 * PAGE, 12 * PAGE)]);
        assert_eq!(file.metadata().unwrap().len(), 20 * PAGE);
        let before = allocated(&file);
        reserve_around(&file, 20 * PAGE, &[(4 * PAGE, 12 * PAGE)]).unwrap();
        assert_eq!(allocated(&file), before);
        fill_range(&file, 5 * PAGE, 2 * PAGE).unwrap();
        assert_eq!(allocated(&file), before + 2 * PAGE);
        let mut bytes = vec![1; 20 * PAGE as usize];
        read_at(&file, &mut bytes, 0).unwrap();
        let is_punched = |at: usize| (4..12).contains(&(at / PAGE as usize));
        assert!(bytes.iter().enumerate().all(|(at, b)| *b == if is_punched(at) { 0 } else { 7 }));
        fill_range(&file, 0, 1 << 60).unwrap_err();
    }

    #[test]
    fn zeros_are_written_over_all_of_a_range_and_nothing_else() {
        let file = tempfile::tempfile().unwrap();
        write_at(&file, &[7; 200_000], 0).unwrap();
        write_zeros(&file, 10, 150_010).unwrap();
        let mut bytes = vec![1; 200_000];
        read_at(&file, &mut bytes, 0).unwrap();
        assert!(bytes[..10].iter().chain(&bytes[150_010..]).all(|byte| *byte == 7));
        assert!(bytes[10..150_010].iter().all(|byte| *byte == 0));
    }

    #[test]
    fn more_than_the_disk_has_is_refused_before_anything_is_allocated() {
        let file = tempfile::tempfile().unwrap();
        let refused = reserve_new(&file, 1 << 60).unwrap_err();
        assert!(matches!(refused.kind(), io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge));
        assert_eq!(allocated(&file), 0);
        assert_eq!(file.metadata().unwrap().len(), 0);
        assert!(has_room(&file, PAGE) && !has_room(&file, 1 << 60));
    }

    #[test]
    fn a_name_that_is_taken_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        create_new(&at("new"), 0o600).unwrap();
        rename_new(&at("new"), &at("first")).unwrap();
        create_new(&at("new"), 0o600).unwrap();
        let taken = rename_new(&at("new"), &at("first")).unwrap_err();
        assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
        assert!(at("new").exists());
    }

    #[test]
    fn what_is_there_is_not_taken_for_new() {
        let dir = tempfile::tempdir().unwrap();
        let (path, link) = (dir.path().join("file"), dir.path().join("link"));
        std::fs::write(&path, "somebody else's").unwrap();
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        for path in [&path, &link] {
            let taken = create_new(path, 0o600).unwrap_err();
            assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
        }
        assert_eq!(std::fs::read(&path).unwrap(), b"somebody else's");
        assert!(!dir.path().join("nowhere").exists());
    }

    #[test]
    fn holes_are_found_and_data_is_none() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(100 * PAGE).unwrap();
        assert_eq!(holes(&file, 100 * PAGE).unwrap(), [(0, 100 * PAGE)]);
        write_at(&file, &[1; 2 * PAGE as usize], 50 * PAGE).unwrap();
        assert_eq!(holes(&file, 100 * PAGE).unwrap(), [(0, 50 * PAGE), (52 * PAGE, 100 * PAGE)]);
        assert_eq!(holes(&file, 20 * PAGE).unwrap(), [(0, 20 * PAGE)]);
        write_zeros(&file, 0, 100 * PAGE).unwrap();
        assert_eq!(holes(&file, 100 * PAGE).unwrap(), []);
    }

    #[test]
    fn the_boot_id_is_a_text_that_stays() {
        let id = boot_id().unwrap();
        assert!(id.len() >= 32);
        assert_eq!(id, boot_id().unwrap());
    }
}
