//! The session: a number that says which boot and which file slots belong to.
//!
//! Pages of a file reach the disk independently, so after a restart, or in a copy, a slot may be
//! half old and half new without a sign of it. The number changes in both cases.

use std::fs::{File, Metadata};
use std::io;
use std::sync::OnceLock;

use xxhash_rust::xxh3::Xxh3;

use crate::sys::{self, Identity};

/// The session of `file` in this boot; never 0, which stands for "no publish yet".
///
/// # Errors
///
/// When the system does not tell the boot id, and the file could outlast the boot.
pub(crate) fn session(file: &File, metadata: &Metadata) -> io::Result<u64> {
    let identity = sys::identity(metadata);
    if sys::is_volatile(file) {
        return Ok(session_of(&[], identity));
    }
    Ok(session_of(&boot_id()?, identity))
}

/// XXH3 (64 bit) over the numbers of device and inode and the boot id.
fn session_of(boot_id: &[u8], identity: Identity) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&identity.device.to_le_bytes());
    hash.update(&identity.inode.to_le_bytes());
    hash.update(boot_id);
    hash.digest().max(1)
}

/// The boot id, which is read once per process.
fn boot_id() -> io::Result<Vec<u8>> {
    static BOOT_ID: OnceLock<Vec<u8>> = OnceLock::new();
    #[cfg(test)]
    if let Some(fake) = tests::FAKE_BOOT_ID.take() {
        return Ok(fake);
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

    use super::*;

    std::thread_local! {
        /// Taken instead of the real boot id by the next open of this thread.
        pub(in super::super) static FAKE_BOOT_ID: Cell<Option<Vec<u8>>> = const { Cell::new(None) };
    }

    #[test]
    fn another_boot_inode_or_device_is_another_session() {
        let file = Identity { device: 1, inode: 2 };
        let sessions = [
            session_of(b"a", file),
            session_of(b"b", file),
            session_of(b"a", Identity { inode: 3, ..file }),
            session_of(b"a", Identity { device: 3, ..file }),
        ];
        for (index, session) in sessions.iter().enumerate() {
            assert_ne!(*session, 0);
            assert!(!sessions[..index].contains(session));
        }
        assert_eq!(session_of(b"a", file), sessions[0]);
    }

    #[test]
    fn the_boot_id_stays_the_same() {
        assert_eq!(boot_id().unwrap(), boot_id().unwrap());
        FAKE_BOOT_ID.set(Some(b"other".to_vec()));
        assert_eq!(boot_id().unwrap(), b"other");
    }
}
