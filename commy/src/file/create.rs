//! Opens a file for writing: the one that is there, or a new one, in the place of what does not fit
//! if that was asked for.
//!
//! A writer that is refused leaves nothing. New files are complete, locked, mapped and recovered
//! from under their temporary names. `Names::give` is the last step before a writer goes live, and
//! takes back the names it gave if that fails. Only a data file that was replaced cannot come back:
//! so a replacement does all that can be refused before the old file loses its name.
//!
//! The side file goes, too, if it was made for the refused writer. It is removed while it is
//! locked, and who had opened it before finds that it has no name any more and begins again.
//!
//! An empty file counts as none, but not one called `.lock`, or one that somebody has locked: those
//! are empty because they are locks. A checkpoint file counts only if it belongs to the owner of
//! the data file, and is as large as the record says: that is asked before memory is taken for it.
//! The generation that it names must leave as much before the limit as behind it.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::checkpoints::outdated_generation;
use super::claim::Claim;
use super::durable::Durable;
use super::earlier::Earlier;
use super::fault::At as _;
use super::inspect::{Front, Inspected};
use super::lock::{Locks, SideLock};
use super::mapped::Mapped;
use super::names::Names;
use super::old::Old;
use super::opened::{Found, OpenedWriter, Yielded};
use super::options::{FileOptions, mode_of};
use super::path::directory;
use super::pins::{PinError, PinProbe};
use super::place::{Place, Room};
use super::recover::load_checkpoint;
use super::temporary::{Locked, write_record};
use super::unnamed::{Instead, Name};
use crate::error::{CreateError, HEAP_IN_MEMORY, OpenError, SaveError, UNKNOWN_FILE};
use crate::format::checkpoint::MAX_SPOKEN;
use crate::format::control::Word;
use crate::format::heap::BIRTH_LIMIT;
use crate::format::{FormatError, PAGE, RecordSpec};
use crate::mem::Access;
use crate::publish::MAX_GENERATION;
use crate::sys::{self, FileSystem};

/// A writer that continues above this generation has more publishes before it than there is time
/// for, so that a file cannot bring it to the end of the count.
const MAX_FOUND: u64 = MAX_GENERATION / 2;
/// The same for a record that grows, whose blocks have less room for their generation. A writer
/// publishes a million of them at least before it comes to the end.
const GROWABLE_LIMIT: u64 = BIRTH_LIMIT - (1 << 20);
/// How often a race with somebody who moves files about is run again.
const TRIES: u32 = 100;

/// What is where a data file goes.
enum There {
    /// One to go on from.
    Usable(Box<Locked>),
    /// One that has to make room.
    Outdated(Box<Old>),
    /// Room for a new one.
    Room(Instead),
    /// A file that is no longer there.
    Gone,
}

/// What a new data file takes the place of.
struct Replaced {
    old: Option<Old>,
    earlier: Option<Earlier>,
}

/// Opens the file at `path` for writing, creates it, or replaces one that does not fit.
///
/// # Errors
///
/// See [`CreateError`].
pub(crate) fn open_writer(
    path: &Path,
    spec: &RecordSpec,
    options: &FileOptions,
) -> Result<OpenedWriter, CreateError> {
    let (place, side) = Place::take(path, spec, options)?;
    for _ in 0..TRIES {
        let locked = match existing(&place)? {
            There::Usable(locked) => *locked,
            There::Room(_) if options.must_exist => {
                let absent = io::ErrorKind::NotFound.into();
                return Err(OpenError::io(&place.path, "open", absent).into());
            }
            There::Room(instead) => write_record(&place, base_of_new(&place)?, instead)?,
            There::Outdated(old) => {
                let earlier = earlier_of(&place, old.created_ns)?;
                return replace_old(place, side, Some(*old), earlier);
            }
            There::Gone => continue,
        };
        let opened = finish(place, side, locked, None)?;
        return match check_newest(&opened) {
            Err(refused) if options.on_mismatch.replaces(&refused) => replace(opened),
            checked => checked.map(|()| opened),
        };
    }
    Err(CreateError::busy(&place.path))
}

/// Refuses what a writer of the file at `path` would be refused for: that the file which is there now
/// holds another record, or has other options. Takes no lock and changes nothing; what else may be in
/// the way only a writer finds out.
///
/// # Errors
///
/// `SchemaMismatch`, `OptionMismatch`.
pub(crate) fn check_fit(
    path: &Path,
    spec: &RecordSpec,
    options: &FileOptions,
) -> Result<(), CreateError> {
    let Ok(place) = Place::of(path, spec, options) else { return Ok(()) };
    // For reading only, since on overlayfs the other way makes a copy.
    let opened = sys::open(&place.target, sys::Rights::Read, sys::Links::Refuse);
    let Ok(file) = opened else { return Ok(()) };
    let Ok(Inspected { layout, front }) = Inspected::of(&file) else { return Ok(()) };
    let expected = front.expect(spec).at(&place.path).map_err(CreateError::from);
    match expected.and_then(|()| options.compare(&layout, &front.metadata)) {
        Err(refused @ (CreateError::SchemaMismatch(_) | CreateError::OptionMismatch { .. }))
            if !options.on_mismatch.replaces(&refused) =>
        {
            Err(refused)
        }
        _ => Ok(()),
    }
}

/// Writes a new file at `path`, where nothing may be: without a value as yet, and without its name,
/// which [`OpenedWriter::complete_copy`] gives. Its first generation is the one after
/// `base_generation`.
///
/// # Errors
///
/// `Exists`; see [`CreateError`].
pub(crate) fn create_copy(
    path: &Path,
    spec: &RecordSpec,
    options: &FileOptions,
    base_generation: u64,
) -> Result<OpenedWriter, SaveError> {
    // First, because the writer of a file that is there has its locks.
    if path.metadata().is_ok_and(|there| !there.is_file() || there.len() > 0) {
        return Err(SaveError::Exists { path: path.into() });
    }
    let (place, side) = Place::take(path, spec, options)?;
    for _ in 0..TRIES {
        let instead = match place.look()? {
            None => Instead::Nothing,
            Some(_) => {
                let Some(file) = place.open()? else { continue };
                match place.room(&file)? {
                    Room::Taken => return Err(SaveError::Exists { path: place.path }),
                    Room::Gone => continue,
                    Room::Empty(presence) => Instead::Empty(presence),
                }
            }
        };
        let locked = write_record(&place, base_generation, instead)?;
        return Ok(finish(place, side, locked, None)?);
    }
    Err(CreateError::busy(&place.path).into())
}

/// Puts a new file in the place of one that was opened, and has turned out not to fit.
///
/// All locks are handed on, so that no other writer can get in between.
///
/// # Errors
///
/// See [`CreateError`].
pub(crate) fn replace(opened: OpenedWriter) -> Result<OpenedWriter, CreateError> {
    let Yielded { place, side, old, earlier } = opened.make_room()?;
    replace_old(place, side, old, earlier)
}

/// Writes a new file in the place of `old`, and of the checkpoints `earlier`.
///
/// Readers of the old file keep its last value, and learn that it is superseded. Checkpoints with a
/// value are kept aside.
fn replace_old(
    place: Place,
    side: SideLock,
    old: Option<Old>,
    earlier: Option<Earlier>,
) -> Result<OpenedWriter, CreateError> {
    let newest = old.as_ref().and_then(|old| old.mapped.as_ref());
    let newest = newest.map(Mapped::newest_generation);
    // Above that it is damage, with which nobody could count on.
    let newest = newest.filter(|newest| *newest <= MAX_SPOKEN).unwrap_or(0);
    // A program that remembers a generation must not wait for ever (I5).
    let base_generation = newest.max(earlier.as_ref().map_or(0, Earlier::generation));
    let instead = if old.is_some() { Instead::Old } else { Instead::Nothing };
    let locked = write_record(&place, base_generation, instead)?;
    let opened = finish(place, side, locked, Some(Replaced { old, earlier }))?;
    check_newest(&opened).map(|()| opened)
}

/// The file that is there, checked and locked.
fn existing(place: &Place) -> Result<There, CreateError> {
    if place.look()?.is_none() {
        return Ok(There::Room(Instead::Nothing));
    }
    let Some(file) = place.open()? else { return Ok(There::Gone) };
    match place.room(&file)? {
        Room::Taken => {}
        Room::Gone => return Ok(There::Gone),
        Room::Empty(presence) => return Ok(There::Room(Instead::Empty(presence))),
    }
    let policy = place.options.on_mismatch;
    let inspected = Inspected::of(&file).at(&place.path).map_err(CreateError::from);
    let Inspected { layout, front } = match inspected {
        Err(refused) if policy.replaces(&refused) => {
            let presence = place.lock(&file)?;
            return Ok(presence.map_or(There::Gone, |presence| {
                // Nothing in it can be believed, not even when it was made.
                There::Outdated(Box::new(Old::new(None, 0, presence)))
            }));
        }
        inspected => inspected?,
    };
    let (created_ns, metadata) = (front.header.created_ns, &front.metadata);
    let expected = front.expect(&place.spec).at(&place.path).map_err(CreateError::from);
    let fits = expected.and_then(|()| place.options.compare(&layout, metadata));
    // Before the lock: who is refused in any case is told why, and not that a writer lives.
    if let Err(refused) = &fits
        && !policy.replaces(refused)
    {
        return fits.map(|()| There::Gone);
    }
    // From here on nobody else writes it, whatever lock file they hold; it stays locked until the
    // writer is dropped, or a new file has its name.
    let Some(presence) = place.lock(&file)? else { return Ok(There::Gone) };
    if fits.is_ok() {
        // A copied file may have holes, and a store to a hole on a full disk is a SIGBUS.
        let needed = layout.file_len() as u64;
        sys::reserve_holes(&file, needed)
            .map_err(|e| CreateError::space(&place.path, needed, e))?;
    }
    let heap_size = place.options.heap_size();
    let mapped = Mapped::new(&file, metadata, layout, Access::ReadWrite, heap_size);
    let mapped = mapped.at(&place.path).map_err(CreateError::from);
    let mapped = match (&fits, mapped) {
        (Ok(()), Ok(mapped)) => map_heap(place, &file, &mapped).map(|holes| (mapped, holes)),
        (_, mapped) => mapped.map(|mapped| (mapped, Vec::new())),
    };
    let refused = match (fits, mapped) {
        (Ok(()), Ok((mapped, holes))) => {
            let metadata = front.metadata;
            let locked = Locked { name: None, presence, mapped, metadata, created_ns, holes };
            return Ok(There::Usable(Box::new(locked)));
        }
        (Ok(()), Err(refused)) => refused,
        (Err(_), mapped) => {
            let mapped = mapped.ok().map(|(mapped, _)| mapped);
            return Ok(There::Outdated(Box::new(Old::new(mapped, created_ns, presence))));
        }
    };
    match policy.replaces(&refused) {
        true => Ok(There::Outdated(Box::new(Old::new(None, created_ns, presence)))),
        false => Err(refused),
    }
}

/// Maps all of the heap of a record that grows, with room for what is stored there; but for holes,
/// which are returned: most of them are where a compaction has given room back. Who knows which of
/// them are used fills those.
fn map_heap(place: &Place, file: &File, mapped: &Mapped) -> Result<Vec<(u64, u64)>, CreateError> {
    let Some(heap) = mapped.heap() else { return Ok(Vec::new()) };
    // After a power cut the file may be shorter than the word says.
    let len = file.metadata().map_err(|e| place.io("look at", e))?.len();
    let needed = mapped.load(Word::FileLen).min(len / PAGE * PAGE);
    let mut holes = match mapped.may_have_holes() {
        true => sys::holes(file, needed).unwrap_or_default(),
        false => Vec::new(),
    };
    holes.retain(|(_, end)| *end > heap.start());
    // As for the slots; first, because to load from a hole takes room, too.
    let reserved = match holes.is_empty() {
        true => sys::reserve_holes(file, needed),
        false => sys::reserve_around(file, needed, &holes),
    };
    reserved.map_err(|e| CreateError::space(&place.path, needed, e))?;
    heap.reach(needed).map_err(|e| place.io("map", e))?;
    Ok(holes)
}

/// Where a new file counts on from, which takes the place of none: what is known of one that was
/// lost, by checkpoints that have to make room.
fn base_of_new(place: &Place) -> Result<u64, CreateError> {
    let (options, checkpoints) = (&place.options, place.checkpoints()?);
    let asks = options.durable && matches!(options.on_mismatch, super::OnMismatch::Replace);
    Ok(if asks { outdated_generation(&checkpoints.target, &place.spec) } else { 0 })
}

/// The checkpoints of a data file that is replaced, which was created at that time.
fn earlier_of(place: &Place, created_ns: u64) -> Result<Option<Earlier>, CreateError> {
    let checkpoints = place.checkpoints()?;
    let claim = Claim::new(&place.target, created_ns, &checkpoints.target);
    match Earlier::of(&checkpoints, &claim) {
        // Not this file's, and in nobody's way.
        Err(_) if !place.options.durable => Ok(None),
        earlier => earlier,
    }
}

/// Refuses a file that speaks of more generations than a writer can have counted.
fn check_newest(opened: &OpenedWriter) -> Result<(), CreateError> {
    let newest = opened.newest_generation();
    if opened.heap().is_some() && newest >= GROWABLE_LIMIT {
        let (found, limit) = (newest, GROWABLE_LIMIT);
        Err(FormatError::GenerationLimit { found, limit }).at(opened.path())?;
    }
    if newest > MAX_FOUND {
        let expected = format!("at most {MAX_FOUND}, which leaves room for more");
        let at = opened.place_of(Word::Latest);
        Err(FormatError::corrupt("highest generation", newest, expected, at)).at(opened.path())?;
    }
    Ok(())
}

/// Does what can be refused, all of it before a new file gets its name.
fn finish(
    place: Place,
    side: SideLock,
    locked: Locked,
    replaced: Option<Replaced>,
) -> Result<OpenedWriter, CreateError> {
    let Locked { name: data, presence, mapped, metadata, created_ns, holes } = locked;
    let checkpoints = place.checkpoints()?;
    // Of the file that will be there: a new one remembers itself in its checkpoints.
    let claim = Claim::new(&place.target, created_ns, &checkpoints.target);
    refuse_vain_checkpoints(&place, &mapped)?;
    if place.options.durable && mapped.heap().is_some() && data.is_none() {
        // Who has made it may have asked for nothing that lasts. Beside it, its checkpoints see to that.
        let beside = directory(&place.target);
        if beside != directory(&checkpoints.target) {
            sys::sync_directory(beside).map_err(|e| place.io("write", e))?;
        }
    }
    let is_replacement = replaced.is_some();
    let Replaced { old, mut earlier } = replaced.unwrap_or(Replaced { old: None, earlier: None });
    let (mut durable, mut locked, mut name, mut copied) = (None, None, None, None);
    let (checkpoint, flushed) = if place.options.durable {
        let (mode, base) = (mode_of(&metadata), mapped.base_generation());
        // A replacement begins without a value, so what is there is not asked for one.
        let opened = if is_replacement {
            let instead = if earlier.is_some() { Instead::Old } else { Instead::Nothing };
            Durable::create(&checkpoints, mode, base, &claim, instead, earlier.take())?
        } else {
            Durable::open(&checkpoints, mode, base, &claim)?
        };
        (durable, locked) = (Some(opened.durable), Some(opened.presence));
        (name, earlier, copied) = (opened.name, opened.earlier, opened.copied);
        (opened.checkpoint, opened.generation)
    } else if mapped.is_of_this_session() || is_replacement {
        // The slots are newer than anything flushed, or there shall be no value.
        (None, 0)
    } else {
        // What an earlier, durable writer left is better than nothing.
        // It is not locked and not written, so it is enough that nobody else can have made it.
        let own = |front: &Front| {
            sys::owner(&front.metadata) == sys::owner(&metadata) && claim.is_good(front.notes())
        };
        let checkpoint = load_checkpoint(&checkpoints.target, &place.spec, own);
        let flushed = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.generation);
        (checkpoint, flushed)
    };
    // All that speaks counts, believed or not: a generation that is used again gives torn reads (I5).
    let newest = mapped.newest_generation().max(flushed);
    let probe = match mapped.heap() {
        Some(_) => pin_probe(&place, data.as_ref().map(Name::temporary), presence.file())?,
        None => None,
    };
    let checkpoint = checkpoint.map(|checkpoint| (checkpoints.path.clone(), checkpoint));
    let found = Found { checkpoint, newest_generation: newest, probe, holes };
    let locks = Locks::new(side, presence, locked);
    let names = Names { place, claim, data, old, checkpoints, name, earlier, copied };
    Ok(OpenedWriter::new(mapped, &metadata, locks, durable, found, names))
}

/// Refuses to keep checkpoints of a record that grows where they would lead nowhere after a restart:
/// of a heap in memory, and of a file that cannot be told from a copy.
///
/// # Errors
///
/// `OptionMismatch`.
fn refuse_vain_checkpoints(place: &Place, mapped: &Mapped) -> Result<(), CreateError> {
    let Some(heap) = mapped.heap_identity().filter(|_| place.options.durable) else {
        return Ok(());
    };
    let file = match mapped.system() {
        FileSystem::Memory => HEAP_IN_MEMORY,
        _ if !heap.is_known() => UNKNOWN_FILE,
        _ => return Ok(()),
    };
    Err(CreateError::OptionMismatch { option: "durable", file, asked: 1 })
}

/// The look at what readers have pinned of `file`, which is still under a temporary name if it has
/// one; `None` where nobody can pin anything.
fn pin_probe(
    place: &Place,
    temporary: Option<&Path>,
    file: &File,
) -> Result<Option<PinProbe>, CreateError> {
    match PinProbe::open(temporary.unwrap_or(&place.target), file) {
        Ok(probe) => Ok(Some(probe)),
        Err(PinError::Refused { source, .. }) if source.kind() == io::ErrorKind::Unsupported => {
            Ok(None)
        }
        // Who cannot ask must not take it for an answer.
        Err(PinError::Open { source, .. } | PinError::Refused { source, .. }) => {
            let source = Arc::into_inner(source).unwrap_or_else(|| io::ErrorKind::Other.into());
            Err(place.io("ask for the locks of", source))
        }
        Err(_) => Err(CreateError::busy(&place.path)),
    }
}
