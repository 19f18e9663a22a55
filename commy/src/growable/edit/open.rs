//! Brings a writer to life: the books of the heap, from the blocks that the value reaches.

use std::path::Path;
use std::sync::Arc;

use commy_types::InvalidReason;

use super::super::at::At;
use super::super::fault::{Cause, Corruption, Fault};
use super::super::record::{GrowableRecord, RootField};
use super::super::snap::{RootPart, Snap, SnapGuard};
use super::super::trace::Trace;
use super::Edit;
use crate::error::{CreateError, OpenError};
use crate::file::{FileOptions, OnCorrupt, OpenedWriter, Recovered};
use crate::format::control::Word;
use crate::heap::growth::{MAX_STEP, MAX_STEP_IN_MEMORY};
use crate::heap::recovery::{Control, Recovery};
use crate::heap::space::{Heap, Limits};
use crate::mem::{HeapMap, HeapWords};
use crate::publish::SlotMemory as _;
use crate::publish::reclaim::Pins as _;
use crate::sync::Ordering;
use crate::untyped::{Refused, Source, WriterCore};

/// Who looks for the oldest pin asks so many times at most.
const PROBES: usize = 64;

/// A writer that is being opened: takes the root that was found, and the blocks that it reaches.
#[derive(Debug)]
struct Opening {
    root: Box<[u64]>,
    fields: &'static [RootField],
    options: FileOptions,
    books: Option<Heap>,
    /// The generation of that root; 0 for the zero value.
    generation: u64,
    /// How many fields were given up, and whether the end of the heap was.
    salvaged: u64,
}

impl Edit {
    /// Creates the file at `path`, or opens the one that is there and continues from its value.
    ///
    /// # Errors
    ///
    /// Those of [`WriterCore::open`]; `Corrupt` for a value whose blocks cannot be traced.
    pub(in crate::growable) fn open<T: GrowableRecord>(
        path: &Path,
        options: &FileOptions,
    ) -> Result<Self, CreateError> {
        let spec = T::spec();
        let mut opening = Opening {
            root: vec![0; spec.size / 8].into_boxed_slice(),
            fields: T::FIELDS,
            options: options.clone(),
            books: None,
            generation: 0,
            salvaged: 0,
        };
        let core = WriterCore::open(path, spec, options, &mut opening)?;
        opening.finish(core)
    }
}

impl Opening {
    fn finish(mut self, core: WriterCore) -> Result<Edit, CreateError> {
        let no_heap =
            || refused(core.file(), &Fault::corrupt("offset of the heap", 0, "a heap", 0));
        let heap = core.file().heap().ok_or_else(no_heap)?;
        let heap = Arc::clone(heap);
        let books = match self.books.take() {
            Some(books) => books,
            None => {
                let opened = self
                    .recovery(core.file(), &heap)
                    .map_err(|fault| refused(core.file(), &fault))?;
                self.finished(opened, core.file())
            }
        };
        let mut books = books;
        for (from, len) in books.take_used_holes() {
            let filled = core.file().fill_heap(from, len);
            filled.map_err(|source| CreateError::space(core.file().path(), len, source))?;
        }
        // What a power cut has left of RECLAIMED may be of a later generation than the root: all
        // reads without a pin would fail until the next publish.
        let latest = core.slots().latest().load(Ordering::Relaxed);
        let is_behind = core.file().load(Word::Reclaimed) > latest;
        let is_restored = matches!(core.recovered(), Recovered::Checkpoint);
        let has_value = !matches!(core.recovered(), Recovered::Fresh | Recovered::Lost);
        let max_size = self.options.max_size.unwrap_or(u64::MAX);
        let mut edit = Edit::new(core, books, heap, self.root, max_size);
        edit.leaked = self.salvaged;
        edit.restored = if is_restored { self.generation } else { 0 };
        // A value from a checkpoint was published again.
        edit.books.continue_from(edit.core.generation());
        note_oldest_pin(edit.core.file());
        if has_value && (is_behind || self.salvaged > 0) {
            edit.publish();
        }
        let flushed = edit.core.file().flushed();
        let is_flushed = flushed != 0 && flushed == self.generation && self.salvaged == 0;
        edit.begin_durability(is_flushed)?;
        Ok(edit)
    }

    /// The books, when all is marked that the root reaches.
    fn finished(&self, mut recovery: Recovery, file: &OpenedWriter) -> Heap {
        recovery.note_holes(file.holes());
        let control = control(file);
        let mut books = recovery.finish(control);
        if self.generation != control.latest {
            // Who holds the latest generation reaches blocks that are free for this root.
            books.quarantine_latest();
        }
        books
    }

    /// The empty books of this heap.
    fn recovery(&self, file: &OpenedWriter, heap: &HeapMap) -> Result<Recovery, Fault> {
        let len = file.file_len();
        let max_size = self.options.max_size.unwrap_or(u64::MAX);
        let max_step = if file.is_in_memory() { MAX_STEP_IN_MEMORY } else { MAX_STEP };
        let limits = Limits { max_size, budget: self.options.garbage_budget, max_step };
        let expected = "less than 2^32 pages";
        Recovery::new(heap.start(), len, limits)
            .ok_or_else(|| Fault::corrupt("length of the file", len, expected, 0))
    }

    /// The books of a heap with this root, from a trace of all that it reaches.
    fn trace(&mut self, file: &OpenedWriter) -> Result<Heap, Fault> {
        let no_heap = || Fault::corrupt("offset of the heap", 0, "a heap", 0);
        let heap = file.heap().ok_or_else(no_heap)?;
        let end = file.file_len();
        if end > heap.start() {
            heap.reach(end).map_err(|error| {
                Fault::corrupt("length of the file", end, format!("what the file has: {error}"), 0)
            })?;
        }
        let mut fields: Vec<_> = self.fields.iter().collect();
        let mut is_first = true;
        loop {
            match self.traced(&fields, file, heap)? {
                Ok(recovery) => return Ok(self.finished(recovery, file)),
                // Which of the two is wrong will show.
                Err(_) if self.gives_up_end(heap) => {}
                // A field that seems to be longer than it is takes from others what is theirs: those
                // that are whole come first.
                Err(_) if is_first => {
                    is_first = false;
                    fields.sort_by_cached_key(|field| !self.is_whole(field, heap));
                }
                // From the start: what was marked of the field is not known any more.
                Err(field) => self.give_up(field),
            }
        }
    }

    /// Returns whether a field can be read, and is what a writer stores.
    fn is_whole(&self, field: &RootField, heap: &HeapMap) -> bool {
        (field.verify)(&self.snap(heap), At::root(field.offset)).is_ok()
    }

    fn snap<'s>(&'s self, heap: &'s HeapMap) -> Snap<'s> {
        let heap_len = self.root.first().copied().unwrap_or(0);
        let words: HeapWords<'_> = heap.mapped().up_to(heap_len);
        let root = RootPart { start: 0, words: &self.root };
        Snap::new(words, root, SnapGuard::None, u64::MAX)
    }

    /// One trace. A field that cannot be traced is given back, if it may be given up.
    fn traced(
        &self,
        fields: &[&'static RootField],
        file: &OpenedWriter,
        heap: &HeapMap,
    ) -> Result<Result<Recovery, &'static RootField>, Fault> {
        let mut recovery = self.recovery(file, heap)?;
        let heap_len = self.root.first().copied().unwrap_or(0);
        let mapped = heap.mapped();
        if heap_len > mapped.end().max(mapped.start()) {
            if let [field, ..] = fields
                && self.options.on_corrupt == OnCorrupt::Salvage
            {
                return Ok(Err(field));
            }
            let expected = format!("at most {}", mapped.end());
            return Err(Fault::corrupt("end of the heap", heap_len, expected, 0));
        }
        let latest = self.generation;
        let snap = self.snap(heap);
        for field in fields {
            let at = At::root(field.offset);
            let found = Trace::run(&snap, at, field.trace, latest, |found| {
                recovery.mark(found.block, found.extent).map_err(|wrong| {
                    let expected = format!("a block that nothing else leads to: {wrong}");
                    Fault::corrupt("address of a block", found.block, expected, found.block)
                })
            });
            match found {
                Ok(()) => {}
                Err(_) if self.options.on_corrupt == OnCorrupt::Salvage => return Ok(Err(field)),
                Err(fault) => return Err(fault),
            }
        }
        Ok(Ok(recovery))
    }

    /// Makes the heap end where the file does; returns whether it ended elsewhere.
    fn gives_up_end(&mut self, heap: &HeapMap) -> bool {
        let end = heap.mapped().end();
        let Some(heap_len) = self.root.first_mut().filter(|heap_len| **heap_len != end) else {
            return false;
        };
        *heap_len = end;
        self.salvaged += 1;
        true
    }

    /// Makes a field the zero value.
    fn give_up(&mut self, field: &RootField) {
        let root: &mut [u8] = bytemuck::cast_slice_mut(&mut self.root);
        if let Some(cell) = root.get_mut(field.offset..field.offset + field.size) {
            cell.fill(0);
        }
        self.salvaged += 1;
    }
}

impl Source for Opening {
    fn restore(
        &mut self,
        file: &OpenedWriter,
        generation: u64,
        words: &[u64],
    ) -> Result<(), Refused> {
        self.root.copy_from_slice(words);
        self.generation = generation;
        self.salvaged = 0;
        match self.trace(file) {
            Ok(books) => {
                self.books = Some(books);
                Ok(())
            }
            Err(fault) => {
                self.root.fill(0);
                self.generation = 0;
                Err(refusal(&fault))
            }
        }
    }

    fn image(&self) -> &[u64] {
        &self.root
    }
}

/// What the control words of the file say.
fn control(file: &OpenedWriter) -> Control {
    let latest = file.slots().latest().load(Ordering::Relaxed);
    let (reclaimed, evicted) = (file.load(Word::Reclaimed), file.load(Word::Evicted));
    let evicted = evicted.min(latest.saturating_sub(1));
    let len = file.file_len();
    // What a new writer finds free counts as held by the pins that are there, once the file has
    // grown by the budget since a writer first found the oldest of them. So writers that are killed
    // again and again do not grow it without bound.
    let len_at_oldest_pin = match oldest_pin(file) {
        Some(pin) if file.load(Word::OldestPin) == pin => file.load(Word::LenAtOldestPin).min(len),
        _ => len,
    };
    Control { latest, reclaimed: reclaimed.min(latest), evicted, len_at_oldest_pin }
}

/// Leaves word for later writers of how long the file is beside the oldest pin, unless an earlier
/// one has done so.
fn note_oldest_pin(file: &OpenedWriter) {
    if let Some(pin) = oldest_pin(file)
        && file.load(Word::OldestPin) != pin
    {
        file.store(Word::LenAtOldestPin, file.file_len());
        file.store(Word::OldestPin, pin);
    }
}

/// The oldest generation that is pinned, as far as so many questions tell.
fn oldest_pin(file: &OpenedWriter) -> Option<u64> {
    let probe = file.probe()?;
    let first = file.load(Word::Evicted).saturating_add(1);
    let (mut oldest, mut last) = (None, file.slots().latest().load(Ordering::Relaxed));
    for _ in 0..PROBES {
        let found = (first <= last).then(|| probe.pinned(first, last)).flatten();
        let Some((pin, _)) = found else { break };
        (oldest, last) = (Some(pin), pin.saturating_sub(1));
    }
    oldest
}

fn refusal(fault: &Fault) -> Refused {
    match &*fault.0 {
        Cause::Corrupt(Corruption { what, found, expected, offset, .. }) => {
            let (what, found, offset) = (*what, *found, *offset);
            Refused::Corrupt { what, found, expected: expected.clone(), offset }
        }
        Cause::Invalid(invalid) => Refused::Invalid(String::from("<field>"), invalid.reason),
        _ => Refused::Invalid(String::from("<field>"), InvalidReason::Tail),
    }
}

fn refused(file: &OpenedWriter, fault: &Fault) -> CreateError {
    match refusal(fault) {
        Refused::Corrupt { what, found, expected, offset } => {
            CreateError::Unusable(OpenError::Corrupt {
                path: file.path().into(),
                what,
                found,
                expected,
                offset,
            })
        }
        Refused::Invalid(field, reason) => {
            CreateError::Invalid { path: file.path().into(), field, reason }
        }
    }
}

#[cfg(test)]
impl Edit {
    /// Checks that what the staged state reaches is what the books take for live, and that these
    /// account for every byte.
    pub(in crate::growable) fn check_books(&self, fields: &[RootField]) {
        let mut live = 0;
        for field in fields {
            self.look(|snap| {
                Trace::run(snap, At::root(field.offset), field.trace, u64::MAX, |found| {
                    live += self.books.size(found.block).unwrap();
                    Ok(())
                })
            })
            .unwrap();
        }
        assert_eq!(live, self.books.live(), "what is reached is what is live");
        self.books.check_sum();
    }
}
