//! Which kind of file system a file is on, and how it would find the file again.
#![allow(unsafe_code, reason = "the room for system calls that the standard library lacks")]

use core::ffi::c_int;
use core::mem::MaybeUninit;
use std::fs::File;
use std::os::fd::AsRawFd;

use super::FileSystem;

/// File systems by the number that `statfs` tells of them, as `linux/magic.h` has them.
const TMPFS: i128 = 0x0102_1994;
const RAMFS: i128 = 0x8584_58f6;
const OVERLAYFS: i128 = 0x794c_7630;
pub(super) const BTRFS: i128 = 0x9123_683e;
/// Those that belong to one kernel, whose locks no other machine shares: ext2 to ext4, XFS, btrfs,
/// F2FS, bcachefs, ZFS, JFS, NILFS, FAT, exFAT, NTFS.
const LOCAL: [i128; 11] = [
    0xef53,
    0x5846_5342,
    BTRFS,
    0xf2f5_2010,
    0xca45_1a4e,
    0x2fc1_2fc1,
    0x3153_464a,
    0x3434,
    0x4d44,
    0x2011_bab0,
    0x7366_746e,
];

/// Which kind of file system the file is on.
pub(crate) fn file_system(file: &File) -> FileSystem {
    match status(file).map(|status| i128::from(status.f_type)) {
        Some(TMPFS | RAMFS) => FileSystem::Memory,
        Some(OVERLAYFS) => FileSystem::Layered,
        Some(number) if LOCAL.contains(&number) => FileSystem::Local,
        _ => FileSystem::Other,
    }
}

/// Names of file systems by their numbers, as `mount` says them.
#[cfg(feature = "dynamic")]
const NAMES: [(i128, &str); 20] = [
    (TMPFS, "tmpfs"),
    (RAMFS, "ramfs"),
    (OVERLAYFS, "overlayfs"),
    (BTRFS, "btrfs"),
    (0xef53, "ext4"),
    (0x5846_5342, "xfs"),
    (0xf2f5_2010, "f2fs"),
    (0xca45_1a4e, "bcachefs"),
    (0x2fc1_2fc1, "zfs"),
    (0x3153_464a, "jfs"),
    (0x3434, "nilfs2"),
    (0x4d44, "vfat"),
    (0x2011_bab0, "exfat"),
    (0x7366_746e, "ntfs3"),
    (0x6969, "nfs"),
    (0xfe53_4d42, "smb2"),
    (0xff53_4d42, "cifs"),
    (0x6573_5546, "fuse"),
    (0x0102_1997, "9p"),
    (0x9584_58f6, "hugetlbfs"),
];

/// The name of the file system that the file is on, if it is one that is known here; that of ext2, ext3
/// and ext4 is the last of them.
#[cfg(feature = "dynamic")]
pub(crate) fn file_system_name(file: &File) -> Option<&'static str> {
    let number = i128::from(status(file)?.f_type);
    NAMES.into_iter().find_map(|(known, name)| (known == number).then_some(name))
}

pub(super) fn status(file: &File) -> Option<libc::statfs> {
    let mut stat = MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: the descriptor is open, and the pointer is to writable room for one `statfs`.
    if unsafe { libc::fstatfs(file.as_raw_fd(), stat.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: the call above returned 0 and so filled the whole structure.
    Some(unsafe { stat.assume_init() })
}

/// The handle by which the file system would find this very file again, as its kind and its bytes:
/// the number of the inode and how often that was given away. `None` where there is none, or where
/// a sandbox does not let it be asked for.
pub(crate) fn file_handle(file: &File) -> Option<(c_int, Vec<u8>)> {
    /// As many bytes as a handle can have (`MAX_HANDLE_SZ`).
    const MAX_LEN: usize = 128;

    /// `struct file_handle` with room behind it.
    #[repr(C)]
    struct Handle {
        len: u32,
        kind: c_int,
        bytes: [u8; MAX_LEN],
    }

    let mut handle = Handle { len: MAX_LEN as u32, kind: 0, bytes: [0; MAX_LEN] };
    let mut mount: c_int = 0;
    // SAFETY: the system call takes an open descriptor, a string that ends in a zero byte, a handle
    // that says how much room it has, room for a number, and flags; all live until it returns.
    let status = unsafe {
        libc::syscall(
            libc::SYS_name_to_handle_at,
            file.as_raw_fd(),
            c"".as_ptr(),
            &raw mut handle,
            &raw mut mount,
            libc::AT_EMPTY_PATH,
        )
    };
    let bytes = handle.bytes.get(..handle.len as usize)?;
    (status == 0 && !bytes.is_empty()).then(|| (handle.kind, bytes.to_vec()))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::super::linux::{create_new, open};
    use super::super::{Links, Rights};
    use super::*;

    #[test]
    fn kinds_of_file_systems_are_told_apart() {
        // The first is of the kernel's own, the last one often in memory.
        let directory = env!("CARGO_MANIFEST_DIR");
        for place in ["/proc/self/maps", directory, "/tmp", "/dev/shm"] {
            let told = Command::new("stat").args(["-f", "-c", "%T", place]).output();
            let (Ok(told), Ok(file)) = (told, File::open(place)) else {
                eprintln!("skipped: `{place}` or `stat` is not there");
                continue;
            };
            let kind = String::from_utf8(told.stdout).unwrap();
            let expected = match kind.trim_end() {
                "tmpfs" | "ramfs" => FileSystem::Memory,
                "overlayfs" => FileSystem::Layered,
                "ext2/ext3" | "xfs" | "btrfs" | "f2fs" | "zfs" => FileSystem::Local,
                "proc" | "nfs" | "fuseblk" | "9p" => FileSystem::Other,
                other => {
                    eprintln!("skipped: `{place}` is on {other}");
                    continue;
                }
            };
            assert_eq!(file_system(&file), expected, "{place}: {kind}");
        }
    }

    #[test]
    fn a_handle_stays_with_the_file_and_no_other_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str| create_new(&dir.path().join(name), 0o600).unwrap();
        let (first, second) = (file("first"), file("second"));
        let Some(handle) = file_handle(&first) else {
            eprintln!("skipped: the file system of temporary files gives no handles");
            return;
        };
        std::fs::rename(dir.path().join("first"), dir.path().join("moved")).unwrap();
        assert_eq!(
            file_handle(&open(&dir.path().join("moved"), Rights::Read, Links::Refuse).unwrap()),
            Some(handle)
        );
        assert_ne!(file_handle(&first), file_handle(&second));
    }
}
