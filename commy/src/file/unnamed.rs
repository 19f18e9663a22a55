//! A new file under a temporary name, until it is complete: nobody can see half a file.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::lock::{Presence, is_at};
use super::path::beside;
use crate::error::CreateError;
use crate::sys;

/// Only the owner may open a file that is not complete.
const MODE: u32 = 0o600;

/// What a new file shall hold.
#[derive(Debug)]
pub(crate) struct Contents<'a> {
    /// Its length; what no part covers is zero.
    pub(crate) len: u64,
    /// Bytes and where they belong.
    pub(crate) parts: &'a [(u64, &'a [u8])],
    /// Its permission bits, once it is complete.
    pub(crate) mode: u32,
    /// Whether it shall outlast a power cut.
    pub(crate) durable: bool,
}

/// A complete and locked file that has not got its name yet. Removed again unless it gets one.
#[derive(Debug)]
pub(crate) struct Unnamed {
    name: Name,
    pub(crate) presence: Presence,
    pub(crate) file: File,
}

/// The temporary name, which is removed when this is dropped.
#[derive(Debug)]
struct Name {
    path: PathBuf,
    is_ours: bool,
}

impl Drop for Name {
    fn drop(&mut self) {
        if self.is_ours {
            // What cannot be removed now is left to the next writer.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Unnamed {
    /// Writes the file that will be at `target`.
    ///
    /// # Errors
    ///
    /// `StorageFull`, `Permission`, `NotFound`, `WriterBusy`, `Io`.
    pub(crate) fn write(target: &Path, contents: &Contents<'_>) -> Result<Self, CreateError> {
        remove_left_over(target)?;
        let mut name = Name { path: temporary_path(target), is_ours: false };
        let refused = |source: io::Error| match source.kind() {
            // Another creator, who holds another side lock, was quicker, or took our file for a
            // left-over.
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound => {
                CreateError::WriterBusy { path: target.into() }
            }
            _ => CreateError::io(target, "create", source),
        };
        let file = sys::create_new(&name.path, MODE).map_err(refused)?;
        let unmapped = sys::open(&name.path, true, false).map_err(refused)?;
        let presence = Presence::take(unmapped).map_err(refused)?;
        // From here on the lock keeps other creators away, if the file still has its name.
        let presence = presence
            .filter(|presence| is_at(presence.file(), &name.path) && is_at(&file, &name.path));
        let Some(presence) = presence else {
            return Err(CreateError::WriterBusy { path: target.into() });
        };
        name.is_ours = true;

        // Before there is anything in it, which is when it can be asked.
        sys::forbid_copy_on_write(&file);
        let space = |source| CreateError::space(target, contents.len, source);
        sys::reserve_new(&file, contents.len).map_err(space)?;
        for (at, bytes) in contents.parts {
            sys::write_at(&file, bytes, *at).map_err(space)?;
        }
        let refused = |source| CreateError::io(target, "write", source);
        sys::set_mode(&file, contents.mode).map_err(refused)?;
        if contents.durable {
            file.sync_all().map_err(refused)?;
        }
        Ok(Self { name, presence, file })
    }

    /// Gives the file the name `target`, which nobody may have.
    ///
    /// # Errors
    ///
    /// `AlreadyExists`, or what else the system refuses.
    pub(crate) fn appear(mut self, target: &Path) -> io::Result<(Presence, File)> {
        sys::rename_new(&self.name.path, target)?;
        self.name.is_ours = false;
        Ok((self.presence, self.file))
    }

    /// Gives the file the name `target`, and so takes it from the file that has it.
    ///
    /// # Errors
    ///
    /// What the system refuses.
    pub(crate) fn replace(mut self, target: &Path) -> io::Result<(Presence, File)> {
        fs::rename(&self.name.path, target)?;
        self.name.is_ours = false;
        Ok((self.presence, self.file))
    }
}

/// Removes what a writer left that died while it wrote a file for `target`.
///
/// # Errors
///
/// `WriterBusy` if the file is still being written, which only a creator with another side lock
/// can do; what the system refuses.
pub(crate) fn remove_left_over(target: &Path) -> Result<(), CreateError> {
    let path = temporary_path(target);
    let refused = |source| CreateError::io(&path, "remove", source);
    match fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.is_file() => {
            let file = match sys::open(&path, true, false) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(refused(error)),
            };
            // To hold the lock while removing it is what makes sure that nobody else begins to
            // write to it meanwhile.
            match Presence::take(file).map_err(refused)? {
                Some(presence) if is_at(presence.file(), &path) => {
                    fs::remove_file(&path).map_err(refused)
                }
                _ => Err(CreateError::WriterBusy { path: target.into() }),
            }
        }
        Ok(_) => fs::remove_file(&path).map_err(refused),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(refused(error)),
    }
}

fn temporary_path(target: &Path) -> PathBuf {
    beside(target, ".", ".commy-new")
}

/// Nanoseconds since 1970; 0 for a clock that stands before that.
pub(crate) fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.ok().and_then(|since| u64::try_from(since.as_nanos()).ok()).unwrap_or(0)
}
