//! How the session words are made: hashes of what tells a file and a kernel from all others.
//!
//! Each is XXH3 (64 bit) over the bytes of its parts, one after the other, numbers as little-endian
//! words of eight bytes (the kind of a handle: four). 0 stands for what is not known, so that a
//! hash of 0 is stored as 1.
//!
//! ```text
//! birth    device, inode, time of birth in nanoseconds since 1970
//! handle   device, kind of the handle (i32), its bytes     name_to_handle_at
//! kernel   the boot id, as the system tells it, its newline included
//! number   device, inode
//! ```
//!
//! A checkpoint of a record that grows names its data file by `birth` and `handle` without the device:
//! the number of a device may be another one after a restart, and the heap has an id of its own.

use xxhash_rust::xxh3::Xxh3;

/// From what tells a file from its copies, where the file system knows when it was made.
pub(crate) fn birth_word(device: u64, inode: u64, birth_ns: u64) -> u64 {
    hash(&[&device.to_le_bytes(), &inode.to_le_bytes(), &birth_ns.to_le_bytes()])
}

/// From what tells a file from one that was given its number, where the file system has handles.
pub(crate) fn handle_word(device: u64, kind: i32, handle: &[u8]) -> u64 {
    hash(&[&device.to_le_bytes(), &kind.to_le_bytes(), handle])
}

/// From what tells this kernel from those before it.
pub(crate) fn kernel_word(boot_id: &[u8]) -> u64 {
    hash(&[boot_id])
}

/// From what tells a file from the others that are there at the same time.
pub(crate) fn number_word(device: u64, inode: u64) -> u64 {
    hash(&[&device.to_le_bytes(), &inode.to_le_bytes()])
}

/// The same as [`birth_word`] for who knows the device.
pub(crate) fn lasting_birth_word(inode: u64, birth_ns: u64) -> u64 {
    hash(&[&inode.to_le_bytes(), &birth_ns.to_le_bytes()])
}

/// The same as [`handle_word`] for who knows the device.
pub(crate) fn lasting_handle_word(kind: i32, handle: &[u8]) -> u64 {
    hash(&[&kind.to_le_bytes(), handle])
}

fn hash(parts: &[&[u8]]) -> u64 {
    let mut hash = Xxh3::new();
    for part in parts {
        hash.update(part);
    }
    hash.digest().max(1)
}
