//! What is known of a file besides its value.

use core::time::Duration;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use commy_types::Fingerprint;

use super::processes;
use super::reader::DynReader;
use crate::file::WriterState;
use crate::format::State;
use crate::format::header::FORMAT_VERSION;
use crate::reader::FileState;
use crate::untyped::{age_at, time_from};

/// What is known of a file besides its value; made by [`DynReader::info`].
///
/// What cannot be known here is `None` or `Unknown`, never a guess.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::dynamic::WriterStatus;
/// use commy::{FileState, create_writer};
///
/// #[create_writer(filename = "tank.bin")]
/// struct Tank {
///     level: f64,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("tank.bin");
/// let mut writer = TankWriter::create_at(&path)?;
/// writer.set_level(0.5);
/// let info = commy::dynamic::open(&path)?.info();
/// assert_eq!((info.name.as_str(), info.payload_size, info.slots), ("Tank", 8, 4));
/// assert_eq!((info.generation, info.state), (1, FileState::Live));
/// # #[cfg(target_os = "linux")]
/// assert_eq!(info.writer.status, WriterStatus::Alive);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FileInfo {
    /// The path, as the file was opened.
    pub path: PathBuf,
    /// The name of the struct; empty if its notes do not say.
    pub name: String,
    /// The package of the program that has made the file; empty if the notes do not say.
    pub package: String,
    /// The release of that package; empty if the notes do not say.
    pub package_version: String,
    /// The hash of the schema.
    pub fingerprint: Fingerprint,
    /// The version of the format.
    pub format_version: u32,
    /// Whether the record grows.
    pub is_growable: bool,
    /// The permission bits.
    pub mode: Option<u32>,
    /// The number of the user who owns the file.
    pub owner: Option<u32>,
    /// The name of the file system: "tmpfs".
    pub file_system: Option<&'static str>,
    /// How many slots the ring has.
    pub slots: u64,
    /// The bytes of the record; of a growable one, of its root.
    pub payload_size: u64,
    /// The bytes of the file.
    pub file_len: u64,
    /// How many bytes the heap of a growable record has, as far as the latest generation reaches.
    pub heap_len: Option<u64>,
    /// When the file was made.
    pub created: Option<SystemTime>,
    /// The latest generation; 0 before the first publish.
    pub generation: u64,
    /// When that was published; `None` if the file keeps no times: see
    /// [`ReaderFile::published_at`](crate::ReaderFile::published_at).
    pub published_at: Option<SystemTime>,
    /// How long ago that was.
    pub age: Option<Duration>,
    /// Where the value comes from, or why there is none.
    pub state: FileState,
    /// Who writes the file.
    pub writer: WriterInfo,
    /// Who else has it mapped.
    pub readers: Readers,
}

/// Whether a file has a writer, and which process that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct WriterInfo {
    /// Whether there is one.
    pub status: WriterStatus,
    /// The number of its process, where the system tells. One of another container has none.
    pub pid: Option<u32>,
}

/// Whether a file has a writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriterStatus {
    /// A writer has it.
    Alive,
    /// None has it, and the last one has not closed it: it was killed, or the machine went down.
    Dead,
    /// None has it: the last one has closed it in good order.
    Closed,
    /// The file system knows no such locks, or a stranger's lock hides the answer.
    Unknown,
}

/// Which processes have a file mapped besides its writer and this one, as far as this one may look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Readers {
    /// Their numbers, from the lowest; `None` where the system does not tell.
    pub pids: Option<Vec<u32>>,
    /// How many processes could not be looked at: those of other users.
    pub hidden: u32,
}

impl FileInfo {
    pub(super) fn of(reader: &DynReader) -> Self {
        let (core, schema) = (reader.untyped(), reader.schema());
        let facts = core.file().facts();
        let mapping = processes::mapping(&facts.target, facts.identity);
        let status = match (core.file().writer_state(), core.file().state()) {
            (WriterState::Alive, _) => WriterStatus::Alive,
            (WriterState::Dead, Some(State::Closed)) => WriterStatus::Closed,
            (WriterState::Dead, _) => WriterStatus::Dead,
            (WriterState::Unknown, _) => WriterStatus::Unknown,
        };
        let pid = match status {
            WriterStatus::Alive => core.file().writer_pid(),
            _ => None,
        };
        let published_at = core.time_of_latest().ok().and_then(time_from);
        let is_reader = |other: &u32| *other != std::process::id() && Some(*other) != pid;
        let hidden = mapping.as_ref().map_or(0, |mapping| mapping.hidden);
        let readers = mapping.map(|mapping| mapping.pids.into_iter().filter(is_reader).collect());
        let created = (facts.created_ns > 0).then(|| Duration::from_nanos(facts.created_ns));
        Self {
            path: reader.path().into(),
            name: schema.name().into(),
            package: schema.package().into(),
            package_version: schema.package_version().into(),
            fingerprint: schema.fingerprint(),
            format_version: FORMAT_VERSION,
            is_growable: schema.is_growable(),
            mode: facts.mode,
            owner: facts.owner,
            file_system: facts.file_system,
            slots: core.slots().count() as u64,
            payload_size: schema.size(),
            file_len: facts.len,
            heap_len: reader.heap_len(),
            created: created.and_then(|since| UNIX_EPOCH.checked_add(since)),
            generation: reader.generation(),
            published_at,
            age: published_at.map(|published| age_at(SystemTime::now(), published)),
            state: reader.state(),
            writer: WriterInfo { status, pid },
            readers: Readers { pids: readers, hidden },
        }
    }
}
