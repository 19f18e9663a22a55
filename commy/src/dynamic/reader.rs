//! The reader of any file.

use core::fmt;
use core::time::Duration;
use std::path::Path;
use std::time::SystemTime;

use super::changes::DynChanges;
use super::find;
use super::follow::DynFollower;
use super::info::FileInfo;
use super::load::cells::{Cells, Here};
use super::load::fixed::Pieces;
use super::load::{Load, usize_of};
use super::options::DynOptions;
use super::path::{GetError, Way, parse};
use super::schema::Schema;
use super::snapshot::{Content, Snapshot};
use super::value::Value;
use crate::error::{OpenError, ReadError};
use crate::file::WriterState;
use crate::format::schema as format;
use crate::format::{FormatError, RecordSpec};
use crate::growable::by_schema::{At, SchemaReader, Snap};
use crate::mem::load_into;
use crate::reader::FileState;
use crate::sync::AtomicU64;
use crate::untyped::{self, Load as _, ReaderCore, WaitOutcome, time_from};

/// A reader of a file of which nothing is known but its path.
///
/// It stores nothing in the file, and takes no lock. It opens what it may read, also files of others. It
/// is cheap to clone and can be shared between threads.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::create_writer;
///
/// #[create_writer(filename = "tank.bin")]
/// struct Tank {
///     level: f64,
///     valves: [bool; 3],
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("tank.bin");
/// let mut tank = TankWriter::create_at(&path)?;
/// tank.update(|tank| (tank.level, tank.valves[1]) = (0.5, true));
///
/// let file = commy::dynamic::open(&path)?;
/// assert_eq!(file.get("level")?.as_f64(), Some(0.5));
/// assert_eq!(file.get("valves[1..3]")?.to_string(), "[true, false]");
/// assert_eq!(file.snapshot()?.to_string(), "{level: 0.5, valves: [false, true, false]}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct DynReader {
    core: Core,
    schema: Schema,
    options: DynOptions,
}

#[derive(Clone)]
enum Core {
    Fixed(ReaderCore),
    Growable(SchemaReader),
}

impl DynReader {
    pub(super) fn open(path: &Path, options: DynOptions) -> Result<Self, OpenError> {
        let (core, spec) = ReaderCore::open_any(path, options.file.clone())?;
        let schema = schema_of(core.file().path(), &spec)?;
        let core = match spec.is_growable {
            true => Core::Growable(SchemaReader::new(core, options.pins, options.max_load)),
            false => Core::Fixed(core),
        };
        Ok(Self { core, schema: Schema::new(schema, spec.text), options })
    }

    pub(super) const fn untyped(&self) -> &ReaderCore {
        match &self.core {
            Core::Fixed(core) => core,
            Core::Growable(core) => core.untyped(),
        }
    }

    /// What the file says of its record.
    #[must_use]
    pub const fn schema(&self) -> &Schema {
        &self.schema
    }

    /// What is known of the file besides its value.
    ///
    /// Asks the system for locks, and goes through its processes: for a look now and then.
    #[must_use]
    pub fn info(&self) -> FileInfo {
        FileInfo::of(self)
    }

    /// The latest generation: one load. 0 before the first publish.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.untyped().generation()
    }

    /// Where the value comes from, or why there is none: see [`FileState`].
    #[must_use]
    pub fn state(&self) -> FileState {
        FileState::of(self.untyped())
    }

    /// Whether the file has a writer now.
    #[must_use]
    pub fn writer_state(&self) -> WriterState {
        self.untyped().file().writer_state()
    }

    /// Returns whether another file is at the path now, or none.
    #[must_use]
    pub fn is_superseded(&self) -> bool {
        self.untyped().file().is_superseded()
    }

    /// The path of the file, as it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.untyped().file().path()
    }

    /// The value at a path: `temperature`, `points[2].x`, `points[2..5]`, `quotes["EURUSD"].bid`.
    ///
    /// Only what the path needs is read, and all of it is of one generation. Of a record of fixed size
    /// these are the bytes of that part. In a growable record the way leads from the root to that part.
    ///
    /// | step | leads to |
    /// |---|---|
    /// | `name`, `.name` | a field of a struct, or of the variant that an enum has now |
    /// | `[3]` | an element, from 0; in a map of numbers the entry with this key |
    /// | `["key"]` | the entry of a map, with `\"` and `\\` for these characters; a field whose name is no word |
    /// | `[2..5]`, `[2..]`, `[..5]` | several elements; nothing may follow |
    ///
    /// Options and boxes need no step. A path through an option that is none gives
    /// [`Value::Maybe`]`(None)`. An entry is searched for where keys are text or primitive types, in their
    /// own order or hashed. Of other keys, and of an order that only the program knows, all are looked at
    /// until one is found, and compared by how they are shown.
    ///
    /// # Errors
    ///
    /// - [`GetError::Path`]: the path leads nowhere; names what is nearest.
    /// - [`GetError::Read`]: as [`snapshot`](Self::snapshot).
    pub fn get(&self, path: &str) -> Result<Value, GetError> {
        let steps = parse(path)?;
        let (tree, way) = (self.schema.tree(), Way::new(&steps));
        find::check(&tree.root, way)?;
        match &self.core {
            Core::Fixed(core) => {
                let found = find::fixed::find(&tree.root, self.schema.size(), way)?;
                let mut pieces = found.pieces();
                core.load(|payload| fill(&mut pieces, payload))?;
                Ok(found.load(&Load::new(tree, self.options.max_load), &pieces)?)
            }
            Core::Growable(core) => {
                let found = core.read(|_, snap| {
                    let load = Load::new(tree, self.options.max_load);
                    let cells = Cells { load: &load, snap };
                    find::cells::find(&cells, &tree.root, root(self.schema.size()), way)
                })?;
                Ok(found?)
            }
        }
    }

    /// All of the latest generation.
    ///
    /// Parts of it that are no value are [`Invalid`](Value::Invalid), and no error.
    ///
    /// # Errors
    ///
    /// - [`ReadError::Empty`]: nothing was published yet.
    /// - [`ReadError::NeedsWriter`]: the file was copied or outlived a restart, and no writer vouches for
    ///   it.
    /// - [`ReadError::Contended`]: every try was overtaken by the writer. For a growable record
    ///   [`pin`](DynOptions::pin) helps.
    /// - [`ReadError::Corrupt`]: no generation can be found at all.
    /// - [`ReadError::Evicted`], [`ReadError::Forked`]: only with [`pin`](DynOptions::pin).
    pub fn snapshot(&self) -> Result<Snapshot, ReadError> {
        let max_load = self.options.max_load;
        let (stamp, content) = match &self.core {
            Core::Fixed(core) => {
                let size = usize_of(self.schema.size());
                let mut pieces = Pieces::one(0, vec![0; size]);
                let stamp = core.read(|moment| {
                    let generation = moment.load(|payload| fill(&mut pieces, payload))?;
                    Ok((generation, core.time_of(&moment)?))
                })?;
                (stamp, Content::Fixed(pieces))
            }
            Core::Growable(core) => core.read(|stamp, snap| {
                let value = self.load_root(snap)?;
                Ok((stamp, Content::Growable(value)))
            })?,
        };
        Ok(Snapshot::new(self.schema.clone(), stamp, content, max_load))
    }

    /// How far the heap of a growable record reaches in the latest generation.
    pub(super) fn heap_len(&self) -> Option<u64> {
        match &self.core {
            Core::Fixed(_) => None,
            Core::Growable(core) => core.read(|_, snap| Ok(snap.len())).ok(),
        }
    }

    /// All fields of a growable record.
    fn load_root(&self, snap: &Snap<'_>) -> Result<Value, crate::growable::by_schema::Fault> {
        let tree = self.schema.tree();
        let load = Load::new(tree, self.options.max_load);
        let cells = Cells { load: &load, snap };
        let here = root(self.schema.size());
        let format::Type::Struct { fields, .. } = &tree.root else {
            return cells.value(&tree.root, here);
        };
        let mut values = Vec::with_capacity(fields.len());
        let mut renewals = 0;
        for field in fields {
            let value = cells.value(&field.ty, here.part(field.offset, field.size))?;
            // Blocks that lead back to themselves use up what may be visited. What comes behind them shall
            // be shown nevertheless.
            if renewals < MAX_RENEWALS && value.has_invalid() {
                renewals += 1;
                snap.renew();
            }
            values.push((load.name(&field.name), value));
        }
        Ok(Value::Struct(values))
    }

    /// Waits until there is a value of a later generation than `generation`, at most for `timeout`; returns
    /// at once if there is one already. See [`Reader::wait_newer`](crate::Reader::wait_newer).
    pub fn wait_newer(&self, generation: u64, timeout: Duration) -> WaitOutcome {
        untyped::wait_newer(self.untyped(), generation, timeout)
    }

    /// Returns an iterator over snapshots: the one that is there, if any, then the newest whenever there is
    /// a newer one. It ends when the file is closed or superseded.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use commy::create_writer;
    ///
    /// #[create_writer(filename = "count.bin")]
    /// struct Count {
    ///     number: u64,
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("count.bin");
    /// let mut writer = CountWriter::create_at(&path)?;
    /// let file = commy::dynamic::open(&path)?;
    /// let counting = std::thread::spawn(move || {
    ///     for number in 1..=3 {
    ///         writer.set_number(number);
    ///     }
    /// });
    /// let last = file.changes().last().unwrap()?; // the newest: the first two may be skipped
    /// assert_eq!(last.get("number")?.as_u64(), Some(3));
    /// # counting.join().unwrap();
    /// # Ok(())
    /// # }
    /// ```
    pub fn changes(&self) -> DynChanges {
        DynChanges::new(self.clone())
    }

    /// When the latest value was published; `None` if that is not known: see
    /// [`ReaderFile::published_at`](crate::ReaderFile::published_at).
    #[must_use]
    pub fn published_at(&self) -> Option<SystemTime> {
        self.untyped().time_of_latest().ok().and_then(time_from)
    }

    /// Returns an iterator that does not end: snapshots of the file as they are published, what becomes of
    /// its writer, and the same of whatever file takes its place. That one's record may be another one.
    ///
    /// # Examples
    ///
    /// See [`DynOptions::follow`].
    pub fn follow(&self) -> DynFollower {
        DynFollower::of(self.clone())
    }

    pub(super) const fn options(&self) -> &DynOptions {
        &self.options
    }

    /// Opens the file that is at the path now, with the same options. Its record may be another one.
    ///
    /// # Errors
    ///
    /// As [`DynOptions::open`].
    pub fn reopen(&self) -> Result<Self, OpenError> {
        Self::open(self.path(), self.options.clone())
    }
}

/// How often what may be visited is granted anew.
const MAX_RENEWALS: u32 = 4;

/// The root of a growable record.
fn root<'c, 's>(size: u64) -> Here<'c, 's> {
    Here { at: At::root(0), size, scope: None, depth: 0 }
}

/// Fills parts of a record with the words of a payload.
fn fill(pieces: &mut Pieces, payload: &[AtomicU64]) {
    for (start, bytes) in pieces.parts_mut() {
        let (word, skip) = (usize_of(start / 8), usize_of(start % 8));
        let words = payload.get(word..).unwrap_or_default();
        // The schema is as long as the payload; beyond that there is nothing.
        if !load_into(words, skip, bytes) {
            bytes.fill(0);
        }
    }
}

/// The schema of the file at `path`.
///
/// # Errors
///
/// `Corrupt` if it is none, or not that of the header.
pub(super) fn schema_of(path: &Path, spec: &RecordSpec) -> Result<format::Schema, OpenError> {
    read_schema(spec).map_err(|error| {
        let path = path.into();
        match error {
            FormatError::Corrupt { what, found, expected, offset } => {
                OpenError::Corrupt { path, what, found, expected, offset }
            }
            _ => OpenError::Corrupt {
                path,
                what: "schema text",
                found: 0,
                expected: "a line of JSON".into(),
                offset: 0,
            },
        }
    })
}

/// The schema of a file, which has to be that of its header.
fn read_schema(spec: &RecordSpec) -> Result<format::Schema, FormatError> {
    let schema = format::Schema::parse(&spec.text)?;
    let line = spec.text.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    let found = commy_types::Fingerprint::of_text(line);
    if found != spec.fingerprint {
        let expected = format!("{:#x}, as the header says", spec.fingerprint.0 as u64);
        let what = "low half of the hash of the schema";
        return Err(FormatError::corrupt(what, found.0 as u64, expected, 0));
    }
    let (found, expected) = (schema.root.bytes(), spec.size as u64);
    if found != expected {
        let expected = format!("{expected}, as the header says");
        return Err(FormatError::corrupt("size of the record in the schema", found, expected, 0));
    }
    if schema.is_growable != spec.is_growable {
        let (what, expected) = ("mark of a growable record in the schema", "that of the header");
        return Err(FormatError::corrupt(what, schema.is_growable.into(), expected, 0));
    }
    Ok(schema)
}

impl fmt::Debug for DynReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynReader")
            .field("path", &self.path())
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}
