//! Open-file-description locks on bytes of a file, which may lie behind its end.
#![allow(unsafe_code, reason = "the room for system calls that the standard library lacks")]

use core::ffi::{c_int, c_short};
use core::mem::MaybeUninit;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use super::ByteLock;
use super::linux::offset;

/// Tries to lock `len` bytes of the file from `start` on ([`TO_THE_END`](super::TO_THE_END) for all
/// that a file can have), all or none, for this handle and until it is closed; false if another handle's lock on one of them is in the way.
pub(crate) fn try_lock_bytes(
    file: &File,
    start: u64,
    len: u64,
    lock: ByteLock,
) -> io::Result<bool> {
    let kind = match lock {
        ByteLock::Free => libc::F_UNLCK,
        ByteLock::Shared => libc::F_RDLCK,
        ByteLock::Exclusive => libc::F_WRLCK,
    };
    let mut range = byte_range(start, len, kind)?;
    match byte_call(file, libc::F_OFD_SETLK, &mut range) {
        Ok(()) => Ok(true),
        Err(error) => match error.raw_os_error() {
            Some(libc::EAGAIN | libc::EACCES) => Ok(false),
            _ => Err(error),
        },
    }
}

/// Tells the strongest lock that others have on one of `len` bytes of the file from `start` on,
/// without disturbing them.
pub(crate) fn byte_locks(file: &File, start: u64, len: u64) -> io::Result<ByteLock> {
    let in_the_way = |kind| {
        let mut range = byte_range(start, len, kind)?;
        byte_call(file, libc::F_OFD_GETLK, &mut range)?;
        Ok::<_, io::Error>(match c_int::from(range.l_type) {
            libc::F_UNLCK => ByteLock::Free,
            libc::F_RDLCK => ByteLock::Shared,
            _ => ByteLock::Exclusive,
        })
    };
    match in_the_way(libc::F_WRLCK)? {
        // The kernel tells of one lock only: another byte may be locked for writing, which is what
        // is in the way of a reader. A byte alone cannot be locked both ways.
        ByteLock::Shared if len > 1 => match in_the_way(libc::F_RDLCK)? {
            ByteLock::Exclusive => Ok(ByteLock::Exclusive),
            _ => Ok(ByteLock::Shared),
        },
        lock => Ok(lock),
    }
}

/// Tells the first and the last byte of one range that others have locked in whatever way, and that
/// has a part in `len` bytes of the file from `start` on; it may reach beyond them. `None` if none
/// of these is locked.
pub(crate) fn locked_range(file: &File, start: u64, len: u64) -> io::Result<Option<(u64, u64)>> {
    let mut range = byte_range(start, len, libc::F_WRLCK)?;
    byte_call(file, libc::F_OFD_GETLK, &mut range)?;
    if c_int::from(range.l_type) == libc::F_UNLCK {
        return Ok(None);
    }
    // As the kernel answers: from the start of the file on; a length of 0 has no end.
    let first = u64::try_from(range.l_start).unwrap_or(0);
    let last = match u64::try_from(range.l_len) {
        Ok(len @ 1..) => first.saturating_add(len - 1),
        _ => libc::off_t::MAX.unsigned_abs(),
    };
    Ok(Some((first, last)))
}

fn byte_range(start: u64, len: u64, kind: c_int) -> io::Result<libc::flock> {
    let small =
        |value| c_short::try_from(value).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL));
    // SAFETY: a C structure of integers, for which zeros are valid; some processors have more
    // fields than those set below, and the kernel wants 0 in `l_pid`.
    let mut range = unsafe { MaybeUninit::<libc::flock>::zeroed().assume_init() };
    range.l_type = small(kind)?;
    range.l_whence = small(libc::SEEK_SET)?;
    range.l_start = offset(start)?;
    range.l_len = offset(len)?;
    Ok(range)
}

/// A lock command; what the kernel or the file system does not know is `Unsupported`.
fn byte_call(file: &File, command: c_int, range: &mut libc::flock) -> io::Result<()> {
    loop {
        // SAFETY: both commands read and write one `flock`, which the reference provides, and the
        // descriptor is kept open by `file`.
        if unsafe { libc::fcntl(file.as_raw_fd(), command, &raw mut *range) } != -1 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error() {
            Some(libc::EINTR) => {}
            Some(libc::EINVAL | libc::ENOLCK | libc::ENOSYS | libc::EOPNOTSUPP) => {
                return Err(io::Error::new(io::ErrorKind::Unsupported, error));
            }
            _ => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::TO_THE_END;
    use super::*;

    #[test]
    fn bytes_of_a_range_are_locked_one_by_one_and_asked_for_together() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let open = || File::options().read(true).write(true).open(file.path()).unwrap();
        let (observer, base) = (open(), (1 << 62) + 64);
        let range = |start, len| byte_locks(&observer, base + start, len).unwrap();
        let readers = [0, 3, 9].map(|at| {
            let reader = open();
            assert!(try_lock_bytes(&reader, base + at, 1, ByteLock::Shared).unwrap());
            reader
        });
        assert_eq!(range(0, 64), ByteLock::Shared);
        assert_eq!([range(1, 2), range(10, 54)], [ByteLock::Free; 2]);
        // All or none: byte 3 is in the way, and 1 and 2 are not kept.
        let writer = open();
        assert!(!try_lock_bytes(&writer, base + 1, 3, ByteLock::Exclusive).unwrap());
        assert_eq!(range(1, 2), ByteLock::Free);
        assert!(try_lock_bytes(&writer, base + 10, 5, ByteLock::Exclusive).unwrap());
        // A write lock behind read locks is seen.
        assert_eq!(range(0, 64), ByteLock::Exclusive);
        assert_eq!(range(0, 10), ByteLock::Shared);
        assert!(try_lock_bytes(&writer, base + 11, 2, ByteLock::Free).unwrap());
        assert_eq!(
            [range(10, 1), range(11, 2), range(13, 2)].map(|lock| lock == ByteLock::Free),
            [false, true, false]
        );
        drop((readers, writer));
        assert_eq!(range(0, 64), ByteLock::Free);
    }

    #[test]
    fn a_locked_range_is_told_with_its_ends() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let open = || File::options().read(true).open(file.path()).unwrap();
        let (observer, reader) = (open(), open());
        let found = |start, len| locked_range(&observer, start, len).unwrap();
        let lock = |start, len, lock| assert!(try_lock_bytes(&reader, start, len, lock).unwrap());
        assert_eq!(found(0, TO_THE_END), None);
        lock(1 << 62, 1, ByteLock::Shared);
        lock((1 << 62) + 7, 3, ByteLock::Shared);
        assert_eq!(found((1 << 62) + 1, 6), None);
        assert_eq!(found(0, TO_THE_END), Some((1 << 62, 1 << 62)));
        // It is told whole, wherever it was asked for.
        assert_eq!(found((1 << 62) + 8, 1), Some(((1 << 62) + 7, (1 << 62) + 9)));
        lock((1 << 62) + 20, TO_THE_END, ByteLock::Shared);
        let end = i64::MAX.unsigned_abs();
        assert_eq!(found(end, 1), Some(((1 << 62) + 20, end)));
        assert_eq!(locked_range(&reader, 0, TO_THE_END).unwrap(), None, "its own are not told");
        lock(0, TO_THE_END, ByteLock::Free);
        assert_eq!(found(0, TO_THE_END), None);
        assert!(locked_range(&observer, u64::MAX, 1).is_err());
    }

    #[test]
    fn a_range_that_no_file_can_have_is_an_error() {
        let file = tempfile::tempfile().unwrap();
        for (start, len) in [(u64::MAX, 1), (0, u64::MAX), (1 << 63, 1)] {
            assert!(try_lock_bytes(&file, start, len, ByteLock::Exclusive).is_err());
            assert!(byte_locks(&file, start, len).is_err());
        }
    }
}
