//! What a reader believes of its file, and why.

use crate::untyped::ReaderCore;

/// Where the value comes from that a reader shows, or why it shows none.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{FileState, create_reader, create_writer};
///
/// #[create_writer(filename = "tank.bin")]
/// #[create_reader(filename = "tank.bin")]
/// struct Tank {
///     level: f64,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("tank.bin");
/// let mut writer = TankWriter::create_at(&path)?;
/// let reader = TankReader::open_at(&path)?;
/// assert_eq!(reader.file().state(), FileState::Empty);
/// writer.set_level(0.5);
/// assert_eq!(reader.file().state(), FileState::Live);
///
/// // A copy, made while a writer may have published: nobody can tell whether it is whole.
/// let copy = dir.path().join("copy.bin");
/// std::fs::copy(&path, &copy)?;
/// assert_eq!(TankReader::open_at(&copy)?.file().state(), FileState::NeedsWriter);
///
/// drop(writer); // an orderly close leaves a checksum
/// std::fs::copy(&path, &copy)?;
/// assert_eq!(TankReader::open_at(&copy)?.file().state(), FileState::Clean);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileState {
    /// Nothing was published yet: reads are [`ReadError::Empty`](crate::ReadError::Empty).
    Empty,
    /// The last published value: a writer has vouched for this file under this kernel.
    Live,
    /// The last published value: the last writer ended in good order before the machine was
    /// restarted or the file copied.
    Clean,
    /// The value of the last flush. What was published after it cannot be proven to be whole.
    Checkpoint,
    /// Values were published, and none of them can be proven to be whole: reads are
    /// [`ReadError::NeedsWriter`](crate::ReadError::NeedsWriter) until a writer publishes.
    NeedsWriter,
    /// As [`NeedsWriter`](Self::NeedsWriter), and this process could not know better: it finds no
    /// boot id, because `/proc` is not mounted where it runs. While a writer lives, its lock is
    /// proof enough on file systems of this machine.
    UnknownKernel,
}

impl FileState {
    /// What `reader` shows, and why. Can make system calls and copy the value.
    pub(crate) fn of(reader: &ReaderCore) -> Self {
        let file = reader.file();
        let vouched = file.vouched();
        let is_believed = vouched.is_ok() || reader.has_believed();
        match vouched {
            _ if !is_believed && file.kept().is_some() => Self::Checkpoint,
            // Loaded after the look at the session, which orders them.
            _ if reader.is_empty() => Self::Empty,
            Ok(()) => Self::Live,
            Err(_) if file.is_clean() => Self::Clean,
            // It was proven once, by a lock: that stays so when the writer has gone.
            Err(_) if is_believed => Self::Live,
            Err(_) if file.knows_kernel() => Self::NeedsWriter,
            Err(_) => Self::UnknownKernel,
        }
    }
}
