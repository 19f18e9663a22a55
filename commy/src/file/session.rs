//! What tells a file from its copies, and this kernel from those before it.
//!
//! A copy has another time of birth and another handle than the file it was made of, and so has a
//! file that is given the number of one that was removed: neither travels with the bytes, nor with a
//! rename. What both are is for [`publish::belief`](crate::publish::belief) to judge.
//!
//! | word | from | tells apart |
//! |---|---|---|
//! | `birth` | device, inode number, time of birth (`statx`) | a file from its copies, and from one that was given its number |
//! | `handle` | device, handle (`name_to_handle_at`) | the same; asked for on file systems of this kernel only |
//! | `kernel` | boot id | this kernel from those before; not compared in memory, where no file outlives one |
//! | `number` | device, inode number | other files, where neither birth nor handle is known |
//! | `voucher` | when the writer opened the file | one writer from the next; 0 while the present one has not vouched |
//!
//! By the words alone, slots are believed if birth and handle are equal as far as both sides know
//! them. One of the two must be known to both, and the kernel must be equal.

use std::fs::{File, Metadata};
use std::io;
use std::sync::OnceLock;
use std::time::SystemTime;

use crate::format::session::{birth_word, handle_word, kernel_word, number_word};
use crate::publish::Session;
use crate::sys::{self, FileSystem, Identity};

/// The session of `file` under this kernel; a word is 0 if what it is made of is not known.
pub(crate) fn session(file: &File, metadata: &Metadata, system: FileSystem) -> Session {
    let Identity { device, inode } = sys::identity(metadata);
    // Of a file system that is not this kernel's alone, a handle may be given away again.
    let handle = system.has_own_locks().then(|| sys::file_handle(file)).flatten();
    let handle = handle.map_or(0, |(kind, bytes)| handle_word(device, kind, &bytes));
    let birth = birth(metadata).map_or(0, |birth| birth_word(device, inode, birth));
    let kernel = boot_id().map_or(0, |id| kernel_word(&id));
    Session { birth, handle, kernel, number: number_word(device, inode) }
}

/// When the file was made, in nanoseconds since 1970; `None` where the file system does not say.
pub(crate) fn birth(metadata: &Metadata) -> Option<u64> {
    let since = metadata.created().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    u64::try_from(since.as_nanos()).ok().filter(|birth| *birth != 0)
}

/// The boot id, which is read once per process.
fn boot_id() -> io::Result<Vec<u8>> {
    static BOOT_ID: OnceLock<Vec<u8>> = OnceLock::new();
    #[cfg(test)]
    if let Some(fake) = tests::FAKE_BOOT_ID.take() {
        return fake.ok_or_else(|| io::ErrorKind::NotFound.into());
    }
    if let Some(known) = BOOT_ID.get() {
        return Ok(known.clone());
    }
    let id = sys::boot_id()?;
    Ok(BOOT_ID.get_or_init(|| id).clone())
}

#[cfg(test)]
pub(super) mod tests {
    use core::cell::Cell;
    use std::fs;

    use super::*;

    std::thread_local! {
        /// Taken instead of the real boot id by the next open of this thread; `None` inside for a
        /// process that is not told.
        pub(in super::super) static FAKE_BOOT_ID: Cell<Option<Option<Vec<u8>>>> =
            const { Cell::new(None) };
    }

    fn of(file: &File) -> Session {
        session(file, &file.metadata().unwrap(), sys::file_system(file))
    }

    #[test]
    fn a_rename_changes_nothing_and_a_copy_is_another_file() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("first"), "bytes").unwrap();
        let first = of(&File::open(at("first")).unwrap());
        assert_ne!(first.number, 0);
        fs::rename(at("first"), at("moved")).unwrap();
        assert_eq!(of(&File::open(at("moved")).unwrap()), first);
        fs::copy(at("moved"), at("copy")).unwrap();
        let copy = of(&File::open(at("copy")).unwrap());
        assert_eq!(copy.kernel, first.kernel);
        for (copy, first) in
            [(copy.birth, first.birth), (copy.handle, first.handle), (copy.number, first.number)]
        {
            assert!(copy != first || copy == 0);
        }
    }

    /// The number of an inode comes back with the next file on many file systems.
    #[test]
    fn a_file_with_the_number_of_one_that_was_removed_is_another_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let mut seen: Vec<Session> = Vec::new();
        let mut came_back = 0;
        for _ in 0..200 {
            fs::write(&path, "bytes").unwrap();
            let session = of(&File::open(&path).unwrap());
            let earlier = |earlier: &&Session| earlier.number == session.number;
            for earlier in seen.iter().filter(earlier) {
                came_back += 1;
                let differs = earlier.handle != session.handle || earlier.birth != session.birth;
                assert!(differs || session.handle == 0 && session.birth == 0);
            }
            seen.push(session);
            fs::remove_file(&path).unwrap();
        }
        if came_back == 0 {
            eprintln!("skipped: no number came back on this file system");
        }
    }

    #[test]
    fn the_boot_id_stays_the_same() {
        assert_eq!(boot_id().unwrap(), boot_id().unwrap());
        FAKE_BOOT_ID.set(Some(Some(b"other".to_vec())));
        assert_eq!(boot_id().unwrap(), b"other");
        FAKE_BOOT_ID.set(Some(None));
        assert!(boot_id().is_err());
        assert!(boot_id().is_ok());
    }
}
