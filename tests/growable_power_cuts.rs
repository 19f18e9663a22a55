//! Power cuts: of a record that grows, the disk keeps any mix of old and new pieces of what was not
//! synced.
//!
//! A writer works on real files; after each of its steps both are recorded. A cut is then made of the
//! record. Of the data file, each piece has the content of the last sync or of any later step, or some
//! of the words that a step has changed. Its length is that of any of these steps. Of the checkpoint
//! file, each piece is as the last flush has left it, or as one that was under way was to leave it: but
//! that only once the data file was synced. Pieces are pages or sectors. The result is put into the very
//! same files, under an earlier kernel, and opened.
//!
//! Two controls show that the cuts are such that it matters: a checkpoint that is there before what it
//! leads to, and one whose blocks are not kept any more.
//!
//! More cuts, `COMMY_POWER_CUTS` of them (10000 if not set), from the seed `COMMY_POWER_SEED`:
//!
//! ```text
//! cargo test --release --test growable_power_cuts -- --ignored --exact many_power_cuts --nocapture
//! ```
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::print_stdout, reason = "shown on demand: what the test has seen")]

#[path = "support/pages.rs"]
mod pages;
mod support;

use core::ops::Range;
use core::time::Duration;
use std::collections::HashMap;
use std::env;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::thread;

use commy::growable::PinPolicy;
use commy::{CreateError, OpenError, Recovered};
use pages::{Pages, PagesReader, PagesWriter};
use support::Random;
use support::format::file::{DURABLE, KERNEL, LATEST, RECLAIMED, SYNCED};
use support::format::word;
use tempfile::TempDir;

/// A generation that all checkpoints are above.
const OLDEST: u64 = 1;
/// A word that stands for another boot id.
const EARLIER_KERNEL: u64 = 1;

/// The bytes of both files at one moment.
#[derive(Clone, PartialEq)]
struct Files {
    live: Vec<u8>,
    checkpoints: Vec<u8>,
}

/// A directory with a data file and its checkpoints, which stay the same files.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn live(&self) -> PathBuf {
        self.dir.path().join("pages.bin")
    }

    fn checkpoints(&self) -> PathBuf {
        self.dir.path().join("pages.bin.ckpt")
    }

    fn record(&self) -> Files {
        let (live, checkpoints) = (self.live(), self.checkpoints());
        Files { live: fs::read(live).unwrap(), checkpoints: fs::read(checkpoints).unwrap() }
    }

    /// Puts these bytes into the files that are there, as a restart finds them.
    fn restart_with(&self, files: &Files) {
        let mut live = files.live.clone();
        let earlier = if word(&live, KERNEL) == 0 { 0 } else { EARLIER_KERNEL };
        live[KERNEL..KERNEL + 8].copy_from_slice(&earlier.to_ne_bytes());
        for (path, bytes) in [(self.live(), &live), (self.checkpoints(), &files.checkpoints)] {
            let file = File::options().write(true).open(path).unwrap();
            file.set_len(bytes.len() as u64).unwrap();
            file.write_all_at(bytes, 0).unwrap();
        }
    }

    fn try_writer(&self) -> Result<PagesWriter, CreateError> {
        PagesWriter::options().path(self.live()).slots(2).durable(true).create()
    }
}

/// One thing that a writer does between two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Opened,
    Published,
    /// The data file was synced, then a checkpoint was written.
    Flushed,
    /// The same, and an orderly end.
    Closed,
}

/// What has happened from one restart to the next cut.
struct Life {
    steps: Vec<Step>,
    /// The files after each step.
    files: Vec<Files>,
    /// For each step: the bytes of the data file when it was synced last.
    synced: Vec<Vec<u8>>,
    /// For each step: the number that was published last, and the one that was flushed last.
    published: Vec<u64>,
    flushed: Vec<u64>,
    /// The generation that each number was published as.
    generations: HashMap<u64, u64>,
}

impl Life {
    /// Lets a writer work at `place` for a while; `number` is the last one in use.
    fn live(place: &Place, number: &mut u64, random: &mut Random) -> Self {
        let before = place.record();
        let mut writer = Some(place.try_writer().unwrap());
        let found = place.record();
        let first = writer.as_ref().unwrap().number().unwrap();
        // What no checkpoint names is flushed when it is opened.
        let is_flushed = before.checkpoints != found.checkpoints;
        let mut life = Self {
            steps: vec![Step::Opened],
            synced: vec![if is_flushed { found.live.clone() } else { before.live }],
            files: vec![found],
            published: vec![first],
            flushed: vec![first],
            generations: HashMap::from([(first, writer.as_ref().unwrap().file().generation())]),
        };
        for _ in 0..8 + random.below(10) {
            let step = match (&writer, random.below(8)) {
                (None, _) => {
                    writer = Some(place.try_writer().unwrap());
                    Step::Opened
                }
                (Some(_), 0) => {
                    drop(writer.take());
                    Step::Closed
                }
                (Some(_), 1 | 2) => {
                    writer.as_mut().unwrap().flush().unwrap();
                    Step::Flushed
                }
                (_, kind) => {
                    // Now and then so many that blocks are used again.
                    for _ in 0..if kind == 7 { 40 } else { 1 } {
                        *number += 1;
                        let writer = writer.as_mut().unwrap();
                        Pages::publish(writer, *number).unwrap();
                        life.generations.insert(*number, writer.file().generation());
                    }
                    Step::Published
                }
            };
            life.note(place.record(), step, *number);
        }
        // What the drop of the last writer does is not part of this life.
        life
    }

    fn note(&mut self, files: Files, step: Step, number: u64) {
        let before = self.files.last().unwrap();
        let (mut synced, mut flushed) =
            (self.synced.last().unwrap().clone(), *self.flushed.last().unwrap());
        let mut published = *self.published.last().unwrap();
        match step {
            Step::Published => published = number,
            Step::Flushed | Step::Closed if before.checkpoints != files.checkpoints => {
                synced = before.live.clone();
                // From then on older checkpoints than the last one do not count.
                let counts = match word(&before.live, DURABLE) {
                    0 => word(&before.live, LATEST),
                    counts => counts,
                };
                synced[DURABLE..DURABLE + 8].copy_from_slice(&counts.to_ne_bytes());
                // And newer ones do, up to the one that comes.
                let generation = SYNCED..SYNCED + 8;
                synced[generation.clone()].copy_from_slice(&files.live[generation]);
                flushed = published;
            }
            _ => {}
        }
        self.steps.push(step);
        self.files.push(files);
        self.synced.push(synced);
        self.published.push(published);
        self.flushed.push(flushed);
    }

    /// What the data file may hold after the sync that is the last one of step `from`, until the end of
    /// step `to`.
    fn mix(&self, from: usize, to: usize, piece: usize, random: &mut Random) -> Vec<u8> {
        let synced = &self.synced[from];
        let start = (0..=from).rev().find(|at| self.synced[*at] != *synced).map_or(0, |at| at + 1);
        let versions: Vec<_> = core::iter::once(synced)
            .chain(self.files[start..=to].iter().map(|files| &files.live))
            .collect();
        let taste = random.below(4);
        let last = versions.len() - 1;
        let pick = |random: &mut Random| match taste {
            0 if random.below(8) != 0 => last,
            1 if random.below(8) != 0 => 0,
            _ => random.below(versions.len() as u64) as usize,
        };
        let mut live = vec![0; versions[pick(random)].len()];
        for range in pieces(live.len(), piece) {
            let at = pick(random);
            let take = |live: &mut [u8], version: &[u8], range: Range<usize>| {
                let end = range.end.min(version.len());
                if let Some(from) = version.get(range.start..end) {
                    live[range.start..end].copy_from_slice(from);
                }
            };
            take(&mut live, versions[at], range.clone());
            if at < last && random.below(3) == 0 {
                // Within the next step, in whatever order.
                for word in range.step_by(8) {
                    if random.below(2) == 0 {
                        take(&mut live, versions[at + 1], word..word + 8);
                    }
                }
            }
        }
        live
    }

    /// What the disk may hold when the power fails after step `cut`, or within it.
    fn cut(&self, cut: usize, random: &mut Random) -> (Files, Range<u64>) {
        let piece = [512, 4096][random.below(2) as usize];
        let is_flush = cut > 0 && self.files[cut - 1].checkpoints != self.files[cut].checkpoints;
        if !is_flush || random.below(3) == 0 {
            let live = self.mix(cut, cut, piece, random);
            let checkpoints = self.files[cut].checkpoints.clone();
            let range = self.flushed[cut]..self.published[cut] + 1;
            return (Files { live, checkpoints }, range);
        }
        let before = cut - 1;
        let range = self.flushed[before]..self.published[cut] + 1;
        if random.below(2) == 0 {
            // The sync of the data file was under way.
            let live = self.mix(before, before, piece, random);
            let checkpoints = self.files[before].checkpoints.clone();
            return (Files { live, checkpoints }, range);
        }
        // The write of the checkpoint was.
        let (old, new) = (&self.files[before].checkpoints, &self.files[cut].checkpoints);
        let mut checkpoints = old.clone();
        for range in pieces(old.len(), 512) {
            if random.below(2) == 0 {
                checkpoints[range.clone()].copy_from_slice(&new[range]);
            }
        }
        (Files { live: self.synced[cut].clone(), checkpoints }, range)
    }

    /// A flush that does not wait for the data file; `None` if there was none.
    fn early_checkpoint(&self, random: &mut Random) -> Option<Files> {
        let flushes = 1..self.steps.len();
        let mut flushes =
            flushes.filter(|at| self.files[at - 1].checkpoints != self.files[*at].checkpoints);
        let cut = flushes.next()?;
        let mut live = self.mix(cut - 1, cut - 1, 4096, random);
        // The control page has reached the disk.
        let generation = SYNCED..SYNCED + 8;
        live[generation.clone()].copy_from_slice(&self.files[cut].live[generation]);
        Some(Files { live, checkpoints: self.files[cut].checkpoints.clone() })
    }

    /// A checkpoint whose blocks the writer does not keep any more, believed all the same.
    fn outdated_checkpoint(&self) -> Option<Files> {
        let (first, last) = (self.files.first()?, self.files.last()?);
        let mut live = last.live.clone();
        live[DURABLE..DURABLE + 8].copy_from_slice(&OLDEST.to_ne_bytes());
        (first.checkpoints != last.checkpoints)
            .then(|| Files { live, checkpoints: first.checkpoints.clone() })
    }
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
    /// In how many the newest checkpoint was not whole.
    half_flushed: u64,
    /// In how many RECLAIMED was of a later time than what was restored.
    reclaimed_later: u64,
    /// How often the controls showed a mix, or what leads nowhere.
    early: u64,
    outdated: u64,
}

impl Counts {
    fn plus(self, other: &Self) -> Self {
        Self {
            images: self.images + other.images,
            clean: self.clean + other.clean,
            checkpoint: self.checkpoint + other.checkpoint,
            nothing: self.nothing + other.nothing,
            half_flushed: self.half_flushed + other.half_flushed,
            reclaimed_later: self.reclaimed_later + other.reclaimed_later,
            early: self.early + other.early,
            outdated: self.outdated + other.outdated,
        }
    }
}

/// What a restart has, if it is a value that was published whole.
fn found(place: &Place) -> Result<(PagesWriter, Pages), String> {
    let writer = place.try_writer().map_err(|error| error.to_string())?;
    let value = writer.snapshot().map_err(|error| error.to_string())?;
    let is_nothing = value == Pages::nothing();
    if is_nothing || value.is_whole() {
        return Ok((writer, value));
    }
    Err(format!("a mix of values, {} among them", value.number))
}

fn check(
    place: &Place,
    files: &Files,
    allowed: &Range<u64>,
    number: u64,
    life: &Life,
    counts: &mut Counts,
) {
    place.restart_with(files);
    counts.images += 1;
    let (mut writer, value) = found(place).unwrap();
    assert!(allowed.contains(&value.number), "{}, not {allowed:?}", value.number);
    match writer.file().recovered() {
        Recovered::Clean => counts.clean += 1,
        Recovered::Checkpoint => {
            counts.checkpoint += 1;
            let generation = life.generations.get(&value.number);
            let is_later = generation.is_some_and(|found| word(&files.live, RECLAIMED) > *found);
            counts.reclaimed_later += u64::from(is_later);
        }
        Recovered::Lost | Recovered::Fresh => counts.nothing += 1,
        other => panic!("{other:?} after a restart"),
    }
    let generation = writer.file().generation();
    if value.number != 0 {
        let reader = PagesReader::open_at(place.live()).unwrap();
        let shown = reader.pin().unwrap();
        assert!(shown.generation() <= generation);
        assert!(shown.snapshot().unwrap() == value, "writer and reader disagree");
        shown.verify().unwrap();
        assert!(without_pin(place) == value, "a reader without a pin sees something else");
    }
    // It goes on above everything that the file speaks of, and what it had stays whole until then.
    Pages::publish(&mut writer, number + 1).unwrap();
    assert!(writer.file().generation() > word(&files.live, LATEST));
    assert!(writer.snapshot().unwrap() == Pages::of(number + 1));
}

/// What a reader has that never pins: nothing but a RECLAIMED above its generation keeps it from that.
fn without_pin(place: &Place) -> Pages {
    let reader = PagesReader::options().path(place.live()).pin(PinPolicy::Never).open().unwrap();
    reader.snapshot().unwrap()
}

fn is_half(files: &Files, life: &Life, cut: usize) -> bool {
    files.checkpoints != life.files[cut].checkpoints
        && (cut == 0 || files.checkpoints != life.files[cut - 1].checkpoints)
}

/// Cuts the power so often; several times in each life.
fn cut(seed: u64, images: u64) -> Counts {
    let mut random = Random(seed);
    let mut counts = Counts::default();
    let place = Place::new();
    match place.try_writer() {
        Err(CreateError::OptionMismatch { option: "durable", .. }) => {
            eprintln!("skipped: temporary files are in memory");
            return counts;
        }
        writer => drop(writer.unwrap()),
    }
    let mut number = 0;
    while counts.images < images {
        let life = Life::live(&place, &mut number, &mut random);
        let mut next = None;
        for _ in 0..20 {
            let cut = random.below(life.steps.len() as u64) as usize;
            let (files, allowed) = life.cut(cut, &mut random);
            counts.half_flushed += u64::from(is_half(&files, &life, cut));
            check(&place, &files, &allowed, number, &life, &mut counts);
            next = Some(files);
        }
        let controls = [
            (life.early_checkpoint(&mut random), &mut counts.early),
            (life.outdated_checkpoint(), &mut counts.outdated),
        ];
        for (files, violations) in controls {
            if let Some(files) = files {
                place.restart_with(&files);
                *violations += u64::from(found(&place).is_err());
            }
        }
        place.restart_with(&next.unwrap());
        number += 1;
    }
    counts
}

/// The same by so many threads, each with files of its own: they mostly wait for the disk.
fn run(seed: u64, images: u64, threads: u64) {
    let counts = thread::scope(|scope| {
        let seeds = (0..threads).map(|thread| seed.wrapping_add(thread << 1));
        let cuts: Vec<_> =
            seeds.map(|seed| scope.spawn(move || cut(seed, images.div_ceil(threads)))).collect();
        cuts.into_iter().fold(Counts::default(), |sum, cuts| sum.plus(&cuts.join().unwrap()))
    });
    println!("{counts:?}");
    // Every way to recover was taken, and the cuts were such that without either precaution a value
    // would be lost or mixed.
    let Counts { clean, checkpoint, nothing, half_flushed, reclaimed_later, .. } = counts;
    let Counts { early, outdated, images, .. } = counts;
    for count in [clean, checkpoint, nothing, half_flushed, reclaimed_later, early, outdated] {
        assert!(count > 0 || images == 0, "{counts:?}");
    }
}

#[test]
fn a_power_cut_leaves_a_whole_value_that_is_no_older_than_the_last_flush() {
    let _watchdog = support::watchdog(Duration::from_secs(300));
    run(0x2545_f491_4f6c_dd1d, 400, 1);
}

#[test]
#[ignore = "takes minutes: the same with COMMY_POWER_CUTS cuts, or 10000"]
fn many_power_cuts() {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seed = number("COMMY_POWER_SEED").unwrap_or(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    run(seed, number("COMMY_POWER_CUTS").unwrap_or(10_000), 8);
}

/// The disk has a checkpoint, and of a later time what was reclaimed since: all of the control page, or
/// of it the sector that says so.
#[test]
fn a_root_that_is_older_than_what_was_reclaimed_is_published_above_that() {
    let page = LATEST / 4096 * 4096;
    let sector = RECLAIMED / 512 * 512;
    for kept in [page..page + 4096, sector..sector + 512] {
        let place = Place::new();
        let Ok(mut writer) = place.try_writer() else { return };
        for number in 1..=40 {
            Pages::publish(&mut writer, number).unwrap();
        }
        writer.flush().unwrap();
        let (flushed, generation) = (place.record(), writer.file().generation());
        let mut number = 40;
        while word(&place.record().live, RECLAIMED) <= generation {
            number += 1;
            Pages::publish(&mut writer, number).unwrap();
        }
        let mut live = flushed.live.clone();
        live[kept.clone()].copy_from_slice(&place.record().live[kept]);
        drop(writer);
        let reclaimed = word(&live, RECLAIMED);
        assert!(reclaimed > generation);
        place.restart_with(&Files { live, checkpoints: flushed.checkpoints });
        let mut writer = place.try_writer().unwrap();
        assert_eq!(writer.file().recovered(), Recovered::Checkpoint);
        assert!(writer.file().generation() >= reclaimed, "reads without a pin would all fail");
        assert_eq!(without_pin(&place), Pages::of(40));
        let reader = PagesReader::open_at(place.live()).unwrap();
        let view = reader.pin().unwrap();
        for later in 0..200 {
            Pages::publish(&mut writer, number + 1 + later).unwrap();
            assert_eq!(without_pin(&place), Pages::of(number + 1 + later));
        }
        assert_eq!(view.snapshot().unwrap(), Pages::of(40));
    }
}

/// The disk has room for the header's part of the file only, and the control page says more.
#[test]
fn a_file_that_is_shorter_than_it_says_after_a_power_cut_is_opened() {
    let place = Place::new();
    let Ok(mut writer) = place.try_writer() else { return };
    Pages::publish(&mut writer, 1).unwrap();
    writer.flush().unwrap();
    let flushed = place.record();
    writer.reserve(4 << 20).unwrap();
    Pages::publish(&mut writer, 2).unwrap();
    let grown = place.record();
    assert!(grown.live.len() > flushed.live.len());
    drop(writer);
    let mut live = grown.live.clone();
    live.truncate(flushed.live.len());
    place.restart_with(&Files { live: live.clone(), checkpoints: flushed.checkpoints.clone() });
    // Not damage, but nobody has looked at it yet.
    let reader = PagesReader::open_at(place.live()).unwrap();
    assert_eq!(reader.number().unwrap_err(), commy::ReadError::NeedsWriter);
    let mut writer = place.try_writer().unwrap();
    assert_eq!(writer.file().recovered(), Recovered::Checkpoint);
    assert_eq!(writer.snapshot().unwrap(), Pages::of(1));
    let shown = PagesReader::open_at(place.live()).unwrap().snapshot().unwrap();
    assert_eq!(shown, Pages::of(1));
    writer.reserve(8 << 20).unwrap();
    Pages::publish(&mut writer, 2).unwrap();
    drop(writer);
    assert_eq!(PagesReader::open_at(place.live()).unwrap().snapshot().unwrap(), Pages::of(2));

    // Under the kernel that wrote it, it is damage.
    let mut writer = place.try_writer().unwrap();
    Pages::publish(&mut writer, 3).unwrap();
    let whole = place.record();
    drop(writer);
    fs::write(place.live(), &whole.live[..whole.live.len() - 4096]).unwrap();
    let refused = PagesReader::open_at(place.live()).unwrap_err();
    assert!(matches!(refused, OpenError::Corrupt { what: "live file length", .. }), "{refused}");
}
