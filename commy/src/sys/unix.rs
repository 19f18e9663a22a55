//! What all systems of the Unix family tell of files by the standard library.

use std::fs::{DirBuilder, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::Path;

use super::Identity;

/// Makes the names in a directory durable.
pub(crate) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Makes a directory that its owner alone may enter.
pub(crate) fn make_private_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Sets the permission bits exactly, whatever the umask.
pub(crate) fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(mode))
}

/// The permission bits, with the sticky bit of a directory.
pub(crate) fn mode(metadata: &Metadata) -> Option<u32> {
    Some(metadata.mode() & 0o7777)
}

/// The user who owns the file.
pub(crate) fn owner(metadata: &Metadata) -> Option<u32> {
    Some(metadata.uid())
}

/// Which file this is.
pub(crate) fn identity(metadata: &Metadata) -> Identity {
    Identity { device: metadata.dev(), inode: metadata.ino() }
}

/// How many bytes of the file have room that is theirs.
pub(crate) fn allocated(metadata: &Metadata) -> Option<u64> {
    /// The unit, whatever the block size of the file system is.
    const BLOCK: u64 = 512;
    metadata.blocks().checked_mul(BLOCK)
}

/// How many names the file has; 0 once it was replaced or deleted.
pub(crate) fn link_count(metadata: &Metadata) -> u64 {
    metadata.nlink()
}
