//! Power cuts: the disk keeps any mix of old and new pieces of what was not synced.
//!
//! A writer works on real files; after each of its steps both are recorded. A cut is then made of
//! the record: of the live file, which nobody syncs, every piece has the content of any earlier
//! step, or one that a publish had while it was under way; of the checkpoint file, every piece has
//! at least the content of the last sync, and any of the pieces of a flush that was under way.
//! Pieces are pages or sectors. The result is opened as after a restart: the slots are of another
//! file, or, every other time, of the same file under an earlier kernel.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::print_stdout, reason = "shown on demand: what the test has seen")]

#[path = "support/ledger.rs"]
mod ledger;
mod support;

use core::ops::Range;
use core::time::Duration;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use commy::{ReadError, Recovered};
use ledger::{Ledger, LedgerReader, LedgerWriter};
use support::Random;
use support::format::file::{CLEAN, LATEST, STEADY};
use support::format::{self, header, word};
use tempfile::TempDir;

/// The bytes of both files at one moment.
#[derive(Clone, PartialEq)]
struct Files {
    live: Vec<u8>,
    checkpoints: Vec<u8>,
}

/// A directory with a live file and its checkpoints.
struct Place {
    dir: TempDir,
}

impl Files {
    /// The same, and writers have vouched for the slots in this session, if any has.
    fn with_session(&self, session: &[u8]) -> Self {
        let mut files = self.clone();
        let words = &mut files.live[SESSION];
        if words.iter().any(|byte| *byte != 0) {
            words.copy_from_slice(session);
        }
        files
    }
}

impl Place {
    fn new() -> Self {
        // Where there is a file system in memory, a sync costs nothing.
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        Self { dir: dir.unwrap() }
    }

    fn holding(files: &Files) -> Self {
        let place = Self::new();
        fs::write(place.live(), &files.live).unwrap();
        fs::write(place.checkpoints(), &files.checkpoints).unwrap();
        place
    }

    /// Changes the bytes of files that are there.
    fn hold(&self, files: &Files) {
        let write = |path, bytes: &[u8]| {
            File::options().write(true).open(path).unwrap().write_all_at(bytes, 0).unwrap();
        };
        write(self.live(), &files.live);
        write(self.checkpoints(), &files.checkpoints);
    }

    fn live(&self) -> PathBuf {
        self.dir.path().join("ledger.bin")
    }

    fn checkpoints(&self) -> PathBuf {
        self.dir.path().join("ledger.bin.ckpt")
    }

    fn record(&self) -> Files {
        Files {
            live: fs::read(self.live()).unwrap(),
            checkpoints: fs::read(self.checkpoints()).unwrap(),
        }
    }

    fn writer(&self) -> LedgerWriter {
        LedgerWriter::options().path(self.live()).slots(2).durable(true).create().unwrap()
    }

    fn reader(&self) -> LedgerReader {
        LedgerReader::open_at(self.live()).unwrap()
    }
}

/// Where the numbers of generations are in the live file.
struct Shape {
    slots: usize,
    stride: usize,
    count: usize,
}

const SESSION: Range<usize> = format::file::SESSION..format::file::SESSION_END;
/// Where among the words of the session the kernel is.
const KERNEL: usize = format::file::KERNEL - format::file::SESSION;

impl Shape {
    fn of(live: &[u8]) -> Self {
        let number = |at| word(live, at) as usize;
        Self {
            slots: number(header::SLOTS),
            stride: number(header::SLOT_STRIDE),
            count: number(header::SLOT_COUNT),
        }
    }

    fn slot(&self, generation: u64) -> usize {
        self.slots + (generation as usize % self.count) * self.stride
    }

    /// The highest generation that the files speak of in any place.
    fn spoken(&self, files: &Files) -> u64 {
        // Behind the ring is the steady slot.
        let heads = (0..=self.count).map(|slot| self.slots + slot * self.stride);
        let slots = heads.map(|at| word(&files.live, at).div_ceil(2)).max().unwrap();
        let (first, stride) = (
            word(&files.checkpoints, header::SLOTS),
            word(&files.checkpoints, header::SLOT_STRIDE),
        );
        let areas = [first, first + stride].map(|at| word(&files.checkpoints, at as usize));
        let words = [LATEST, STEADY, CLEAN].map(|at| word(&files.live, at));
        words.into_iter().chain(areas).fold(slots, u64::max)
    }
}

/// What has happened on one disk, from one restart to the next cut.
struct Life {
    /// The files after each step; the first is what the disk held at the start.
    steps: Vec<Files>,
    /// For each step: the number that was published last, and the one that was flushed last.
    published: Vec<u64>,
    flushed: Vec<u64>,
    /// For each step: the generation it published, if it did.
    generations: Vec<Option<u64>>,
}

impl Life {
    /// Lets a writer work at `place` for a while; `number` is the last one in use.
    fn live(place: &Place, number: &mut u64, flushed: u64, random: &mut Random) -> Self {
        let found = place.record();
        let mut writer = Some(place.writer());
        let (mut published, mut flushed) = (writer.as_ref().unwrap().get().number, flushed);
        let mut life = Self {
            steps: vec![found],
            published: vec![published],
            flushed: vec![flushed],
            generations: vec![None],
        };
        let mut last = 0;
        let mut record = |writer: &Option<LedgerWriter>, published, flushed| {
            let generation = writer.as_ref().map_or(last, |writer| writer.file().generation());
            life.steps.push(place.record());
            life.published.push(published);
            life.flushed.push(flushed);
            life.generations.push((generation > last).then_some(generation));
            last = generation;
        };
        // A value from a checkpoint was published again.
        record(&writer, published, flushed);
        for _ in 0..6 + random.below(8) {
            match random.below(8) {
                0 => {
                    // An orderly end, which flushes, and the next writer.
                    drop(writer.take());
                    flushed = published;
                }
                1 | 2 => {
                    writer.get_or_insert_with(|| place.writer()).flush().unwrap();
                    flushed = published;
                }
                _ => {
                    *number += 1;
                    let writer = writer.get_or_insert_with(|| place.writer());
                    writer.publish(&Ledger::of(*number));
                    published = *number;
                }
            }
            record(&writer, published, flushed);
        }
        // What the drop of the last writer does is not part of this life.
        life
    }

    /// What the disk may hold when the power fails after step `cut`, or in the one after that.
    fn cut(&self, cut: usize, shape: &Shape, piece: usize, random: &mut Random) -> Files {
        let under_way = (cut + 1).min(self.steps.len() - 1);
        let taste = random.below(4);
        let mut files = self.steps[cut].clone();
        for range in pieces(files.live.len(), piece) {
            let step = match taste {
                // Anything; nearly all new; nearly all old; one of two neighbours.
                0 => random.below(under_way as u64 + 1) as usize,
                1 if random.below(8) != 0 => under_way,
                2 if random.below(8) != 0 => 0,
                3 => cut + random.below((under_way - cut) as u64 + 1) as usize,
                _ => random.below(under_way as u64 + 1) as usize,
            };
            files.live[range.clone()].copy_from_slice(&self.steps[step].live[range.clone()]);
            if step < under_way && random.below(3) == 0 {
                self.advance(step, &range, shape, &mut files.live, random);
            }
        }
        // A flush is a sync: what it has written is there unless it was under way.
        let (old, new) = (&self.steps[cut].checkpoints, &self.steps[under_way].checkpoints);
        for range in pieces(old.len(), piece) {
            let from = if random.below(2) == 0 { old } else { new };
            files.checkpoints[range.clone()].copy_from_slice(&from[range]);
        }
        files
    }

    /// Takes a piece from its state after `step` to one within the next step: a publish marks the
    /// slot, then stores word after word.
    fn advance(
        &self,
        step: usize,
        range: &Range<usize>,
        shape: &Shape,
        live: &mut [u8],
        random: &mut Random,
    ) {
        let Some(generation) = self.generations[step + 1] else { return };
        let head = shape.slot(generation);
        let next = &self.steps[step + 1].live;
        let changed: Vec<usize> =
            range.clone().step_by(8).filter(|at| word(next, *at) != word(live, *at)).collect();
        let payload: Vec<usize> = changed.into_iter().filter(|at| *at > head + 8).collect();
        if range.contains(&head) {
            live[head..head + 8].copy_from_slice(&(2 * generation - 1).to_ne_bytes());
        }
        let done = random.below(payload.len() as u64 + 1) as usize;
        for at in &payload[..done] {
            live[*at..at + 8].copy_from_slice(&next[*at..at + 8]);
        }
    }
}

/// The bytes of each checkpoint.
fn areas(files: &Files) -> [&[u8]; 2] {
    let (first, stride) =
        (word(&files.checkpoints, header::SLOTS), word(&files.checkpoints, header::SLOT_STRIDE));
    [first, first + stride].map(|at| &files.checkpoints[at as usize..][..stride as usize])
}

fn pieces(len: usize, piece: usize) -> impl Iterator<Item = Range<usize>> {
    (0..len).step_by(piece).map(move |at| at..(at + piece).min(len))
}

#[derive(Debug, Default)]
struct Counts {
    images: u64,
    clean: u64,
    checkpoint: u64,
    nothing: u64,
    /// In how many a checkpoint is neither as it was before the flush that was under way nor as
    /// it was to be.
    half_flushed: u64,
    /// How many would have shown a mix if slots were believed after a restart.
    torn: u64,
}

/// Runs `lives` lives of disks with `images` cuts each.
fn simulate(seed: u64, lives: u64, images: u64) -> Counts {
    let mut random = Random(seed);
    let mut counts = Counts::default();
    let mut number = 0;
    // Kept to the end, because a session goes by the number of the inode.
    let mut places = vec![Place::new()];
    drop(places[0].writer());
    let mut flushed = 0;
    let shape = Shape::of(&places[0].record().live);
    let scratch = Place::holding(&places[0].record());
    let session = session_of(&scratch);
    let earlier = earlier_kernel(&scratch, &session);
    for life_number in 0..lives {
        let life = Life::live(places.last().unwrap(), &mut number, flushed, &mut random);
        let mut next = None;
        for _ in 0..images {
            let cut = random.below(life.steps.len() as u64) as usize;
            let piece = [512, 4096][random.below(2) as usize];
            let files = life.cut(cut, &shape, piece, &mut random);
            let restarted = match &earlier {
                Some(session) if counts.images % 2 == 1 => files.with_session(session),
                _ => files.clone(),
            };
            check(&scratch, &restarted, &life, cut, &shape, &mut counts);
            control(&scratch, &files, &session, &mut counts);
            next = Some((files, life.flushed[cut]));
        }
        // The next life goes on with one of the cuts, and now and then with an empty disk.
        if let Some((files, kept)) = next
            && life_number % 8 != 7
        {
            places.push(Place::holding(&files));
            flushed = kept;
        } else {
            places.push(Place::new());
            drop(places.last().unwrap().writer());
            flushed = 0;
        }
    }
    counts
}

/// Opens what a cut has left, for reading and for writing.
fn check(
    place: &Place,
    files: &Files,
    life: &Life,
    cut: usize,
    shape: &Shape,
    counts: &mut Counts,
) {
    place.hold(files);
    counts.images += 1;
    let flushed = life.flushed[cut];
    let under_way = (cut + 1).min(life.steps.len() - 1);
    let newest = life.published[under_way];
    let steps = [cut, under_way].map(|step| areas(&life.steps[step]));
    let is_half = |(index, area): (usize, &&[u8])| steps.iter().all(|step| step[index] != *area);
    counts.half_flushed += u64::from(areas(files).iter().enumerate().any(is_half));
    let judge = |ledger: &Ledger| {
        assert!(ledger.is_whole(), "a mix of values, {} among them", ledger.number);
        let number = ledger.number;
        assert!((flushed..=newest).contains(&number), "{number}, not {flushed} to {newest}");
    };
    let read = place.reader().read(|view| Ok((view.file().generation(), view.snapshot()?)));
    match &read {
        Ok((_, ledger)) => judge(ledger),
        Err(ReadError::NeedsWriter | ReadError::Empty) => assert_eq!(flushed, 0),
        Err(other) => panic!("{other}"),
    }
    let mut writer = place.writer();
    judge(writer.get());
    match writer.file().recovered() {
        Recovered::Clean => counts.clean += 1,
        Recovered::Checkpoint => counts.checkpoint += 1,
        Recovered::Lost | Recovered::Fresh => counts.nothing += 1,
        other => panic!("{other:?} after a restart"),
    }
    if let Ok((generation, ledger)) = &read {
        assert_eq!(writer.get(), ledger, "writer and reader disagree");
        assert!(writer.file().generation() >= *generation);
    }
    let spoken = shape.spoken(files);
    writer.publish(&Ledger::of(newest + 1));
    assert!(writer.file().generation() > spoken, "{} after {spoken}", writer.file().generation());
    let expected = (writer.file().generation(), Ledger::of(newest + 1));
    assert_eq!(
        place.reader().read(|view| Ok((view.file().generation(), view.snapshot()?))).unwrap(),
        expected
    );
}

/// The session that slots in the files of `place` would have.
fn session_of(place: &Place) -> Vec<u8> {
    place.writer().publish(&Ledger::of(1));
    place.record().live[SESSION].to_vec()
}

/// The session of the same file under the kernel before this one; `None` in memory, where no file is
/// of an earlier one.
fn earlier_kernel(place: &Place, session: &[u8]) -> Option<Vec<u8>> {
    let mut earlier = session.to_vec();
    earlier[KERNEL] ^= 0xff;
    let mut files = place.record().with_session(&earlier);
    files.live[CLEAN..CLEAN + 16].fill(0);
    files.checkpoints.fill(0);
    place.hold(&files);
    place.reader().snapshot().is_err().then_some(earlier)
}

/// Counts what a reader would show that believes the slots whatever the session is.
fn control(place: &Place, files: &Files, session: &[u8], counts: &mut Counts) {
    place.hold(&files.with_session(session));
    if place.reader().snapshot().is_ok_and(|ledger| !ledger.is_whole()) {
        counts.torn += 1;
    }
}

fn run(seed: u64, lives: u64, images: u64) {
    let counts = simulate(seed, lives, images);
    println!("{counts:?}");
    assert_eq!(counts.images, lives * images);
    // Every way to recover was taken, and the cuts were such that believing slots, or the newest
    // checkpoint whatever is in it, would be wrong.
    let Counts { clean, checkpoint, nothing, half_flushed, torn, .. } = counts;
    for count in [clean, checkpoint, nothing, half_flushed, torn] {
        assert!(count > 0, "{counts:?}");
    }
}

#[test]
fn a_power_cut_shows_no_mix_nothing_older_than_the_last_flush_and_no_generation_twice() {
    let _watchdog = support::watchdog(Duration::from_secs(300));
    run(0x2545_f491_4f6c_dd1d, 24, 40);
}

#[test]
#[ignore = "takes minutes: the same with more cuts"]
fn many_power_cuts() {
    for seed in 1..=20 {
        run(seed * 0x9e37_79b9_7f4a_7c15, 100, 100);
    }
}
