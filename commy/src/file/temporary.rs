//! A new file under a temporary name, until it is complete: no reader can see half a file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::control::fresh_control;
use super::create::{FileOptions, Locked};
use super::layout::Layout;
use super::lock::{Presence, is_at};
use super::path::beside;
use super::schema_text::schema_text;
use super::spec::RecordSpec;
use crate::error::CreateError;
use crate::sys;

/// Only the owner may open a file that is not complete.
const MODE: u32 = 0o600;

/// A complete file that has not got its name yet. Removed again unless it gets one.
#[derive(Debug)]
pub(crate) struct Temporary {
    name: Name,
    locked: Locked,
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

impl Temporary {
    /// Writes the file that will be at `target`; its first publish will be the one after
    /// `base_generation`.
    ///
    /// # Errors
    ///
    /// `StorageFull`, `TooLarge`, `Permission`, `NotFound`, `WriterBusy`, `Io`.
    pub(crate) fn write(
        target: &Path,
        spec: &RecordSpec,
        options: &FileOptions,
        base_generation: u64,
    ) -> Result<Self, CreateError> {
        let slots = options.slots();
        let schema = schema_text(spec);
        let header = Layout::plan(spec, slots, schema.len(), base_generation, now_ns())
            .ok_or(CreateError::TooLarge { size: spec.size, slots })?;
        let layout = Layout::check(&header, target)?;

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

        sys::reserve_new(&file, header.file_len)
            .map_err(|source| CreateError::space(target, header.file_len, source))?;
        let write = |bytes: &[u8], at| {
            sys::write_at(&file, bytes, at)
                .map_err(|source| CreateError::space(target, header.file_len, source))
        };
        write(&header.encode(schema.as_bytes()), 0)?;
        write(&fresh_control(header.file_len), header.control)?;
        write(schema.as_bytes(), header.schema)?;
        let refused = |source| CreateError::io(target, "write", source);
        sys::set_mode(&file, options.mode()).map_err(refused)?;
        if options.durable {
            file.sync_all().map_err(refused)?;
        }
        let metadata = file.metadata().map_err(refused)?;
        Ok(Self { name, locked: Locked { presence, file, metadata, layout } })
    }

    /// Gives the file the name `target`, which nobody may have.
    ///
    /// # Errors
    ///
    /// `AlreadyExists`, or what else the system refuses.
    pub(crate) fn appear(mut self, target: &Path) -> io::Result<Locked> {
        sys::rename_new(&self.name.path, target)?;
        self.name.is_ours = false;
        Ok(self.locked)
    }

    /// Gives the file the name `target`, and so takes it from the file that has it.
    ///
    /// # Errors
    ///
    /// What the system refuses.
    pub(crate) fn replace(mut self, target: &Path) -> io::Result<Locked> {
        fs::rename(&self.name.path, target)?;
        self.name.is_ours = false;
        Ok(self.locked)
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
fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.ok().and_then(|since| u64::try_from(since.as_nanos()).ok()).unwrap_or(0)
}
