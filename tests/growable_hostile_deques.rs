//! Deques in a heap that somebody has tampered with: every word of a small one, one by one, and words
//! that belong together.
//!
//! As with lists: no call panics, each ends, none takes more memory than the file has room for values,
//! the file does not grow for it, and what is damaged can be overwritten.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(clippy::box_collection, reason = "boxes of deques are a kind of their own")]

#[path = "support/counting.rs"]
mod counting;
#[path = "support/refusals.rs"]
mod refusals;
#[path = "support/stage.rs"]
mod stage;
mod support;

use core::cmp::Ordering;
use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicBool, Ordering as Sync};
use std::collections::VecDeque;
use std::panic::catch_unwind;

use commy::growable::{Arg, OnCorrupt, Source, VecDequeMut, VecDequeRef};
use commy::{CreateError, Growable, OpenError, WriteError, create_reader, create_writer};

use refusals::Errors;
use stage::{GROWTH, Stage, check};
use support::Random;
use support::format::{heap, list};

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Task {
    name: String,
    waits_for: VecDeque<Task>,
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
enum Job {
    #[default]
    Idle,
    Batch(VecDeque<String>),
}

#[create_writer(filename = "deques.bin", growable)]
#[create_reader(filename = "deques.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
struct Deques {
    /// Two chunks below a node, with places that are missing at both ends.
    numbers: VecDeque<u64>,
    odd: VecDeque<[u8; 3]>,
    texts: VecDeque<String>,
    nested: VecDeque<VecDeque<String>>,
    /// Each in a block of its own.
    wide: VecDeque<[u64; 20]>,
    tasks: VecDeque<Task>,
    jobs: VecDeque<Job>,
    maybe: Option<Box<VecDeque<u32>>>,
}

/// By this, words that are nothing but content are known.
const CONTENT: u64 = 0x5555 << 48;

fn long(text: &str) -> String {
    format!("{text}, which has a block of its own")
}

fn task(name: &str, waits_for: impl IntoIterator<Item = Task>) -> Task {
    Task { name: name.into(), waits_for: waits_for.into_iter().collect() }
}

fn sample() -> Deques {
    let some = task(&long("some"), [task("two", []), task("three", [task("four", [])])]);
    Deques {
        numbers: (0..130).map(|number| CONTENT | number).collect(),
        odd: vec![[1, 2, 3]; 5].into(),
        texts: ["short".into(), long("a text"), String::new()].into(),
        nested: [["a".into(), long("b")].into(), VecDeque::new(), ["c".into()].into()].into(),
        wide: [[CONTENT; 20]; 2].into(),
        tasks: [task("one", []), some].into(),
        jobs: [Job::Idle, Job::Batch(["x".into(), long("y")].into())].into(),
        maybe: Some(Box::new([1, 2, 3].into())),
    }
}

/// Adds one in front of the first place and takes it off: then a deque begins behind its first place.
fn move_back<T: Growable>(
    mut deque: VecDequeMut<'_, T>,
    value: Arg<'_, T>,
) -> Result<(), WriteError> {
    deque.push_front(value)?;
    deque.pop_front().map(drop)
}

fn stage() -> Stage {
    Stage::new(|path| {
        let mut w = DequesWriter::create_at(path).unwrap();
        // Blocks are known by their birth, in the first generation.
        w.transaction(|tx| {
            tx.assign(&sample())?;
            move_back(tx.numbers_mut(), 1)?;
            move_back(tx.texts_mut(), "one")?;
            move_back(tx.tasks_mut(), &task("none", []))
        })
        .unwrap();
    })
}

/// The blocks of the sample, of which a few stand for all.
fn targets(stage: &Stage) -> Vec<u64> {
    assert!(stage.blocks().len() >= 20, "{:?}", stage.blocks());
    stage.kinds()
}

fn some_damages(stage: &Stage) -> Vec<(usize, u64)> {
    stage.some_damages(13, |word| word >> 48 == 0x5555, &targets(stage))
}

/// Every way to read a deque but those that only a view has.
fn read_deque<T: Growable + Clone, S: Source>(
    deque: &VecDequeRef<'_, T, S>,
    (value, arg): (&T, fn(&T) -> Arg<'_, T>),
    errors: &mut Errors,
) {
    errors.read(deque.len());
    errors.read(deque.is_empty());
    errors.read(deque.front().map(drop));
    errors.read(deque.back().map(drop));
    for index in [0, 1, 2, 129, 5000, usize::MAX] {
        errors.read(deque.get(index).map(drop));
    }
    errors.read(deque.load().map(drop));
    errors.read(deque.load_into(&mut vec![value.clone(); 2].into()));
    errors.read(deque.load_range(1..3, &mut vec![value.clone()]));
    errors.read(deque.load_range(100.., &mut Vec::new()));
    errors.read(deque.read_into(1, &mut vec![value.clone(); 3]));
    errors.read(deque.contains(arg(value)));
    for order in [Ordering::Less, Ordering::Greater] {
        errors.read(deque.binary_search_by(|_| order));
    }
}

/// Goes through a deque of a view from both ends; there are never more elements than the file has bytes.
fn walk<T: Growable>(deque: &VecDequeRef<'_, T>, most: usize, errors: &mut Errors) {
    let mut count = 0;
    for element in deque.iter() {
        errors.read(element.map(drop));
        count += 1;
        assert!(count <= most, "more elements than bytes");
    }
    let mut both = deque.range(1..70);
    while let Some(element) = both.next() {
        errors.read(element.map(drop));
        let Some(element) = both.next_back() else { break };
        errors.read(element.map(drop));
    }
    for element in deque.iter().rev().take(100).chain(deque.iter().nth(3)) {
        errors.read(element.map(drop));
    }
}

fn walk_task(task: &TaskRef<'_>, depth: usize, errors: &mut Errors) {
    errors.read(task.name());
    for task in task.waits_for().iter().take(5) {
        if let Some(task) = errors.read(task)
            && depth > 0
        {
            walk_task(&task, depth - 1, errors);
        }
    }
}

/// Everything that a reader has.
fn read_all(r: &DequesReader, most: usize) -> u32 {
    let mut errors = Errors::default();
    let text = String::from("x");
    let texts = VecDeque::from([text.clone()]);
    read_deque(&r.numbers(), (&1, |value| *value), &mut errors);
    read_deque(&r.odd(), (&[1; 3], |value| *value), &mut errors);
    read_deque(&r.texts(), (&text, |value| value), &mut errors);
    read_deque(&r.nested(), (&texts, |value| value), &mut errors);
    read_deque(&r.wide(), (&[1; 20], |value| *value), &mut errors);
    read_deque(&r.tasks(), (&task("x", []), |value| value), &mut errors);
    read_deque(&r.jobs(), (&Job::Batch(texts.clone()), |value| value), &mut errors);
    errors.read(r.numbers().binary_search(&(CONTENT | 9)));
    errors.read(r.maybe());
    errors.read(r.snapshot());
    errors.read(r.snapshot_into(&mut sample()));
    if let Some(view) = errors.read(r.pin()) {
        errors.read(view.snapshot());
        errors.read(view.verify());
        walk(&view.numbers(), most, &mut errors);
        walk(&view.odd(), most, &mut errors);
        walk(&view.texts(), most, &mut errors);
        walk(&view.wide(), most, &mut errors);
        walk(&view.jobs(), most, &mut errors);
        for deque in view.nested().iter().take(5) {
            if let Some(deque) = errors.read(deque) {
                walk(&deque, most, &mut errors);
            }
        }
        for task in view.tasks().iter().take(5) {
            if let Some(task) = errors.read(task) {
                walk_task(&task, 6, &mut errors);
            }
        }
        for job in view.jobs().iter().take(5) {
            if let Some(JobRef::Batch(texts)) = errors.read(job) {
                walk(&texts, most, &mut errors);
            }
        }
        if let Some(Some(boxed)) = errors.read(view.maybe())
            && let Some(deque) = errors.read(boxed.get())
        {
            walk(&deque, most, &mut errors);
        }
    }
    errors.0
}

/// Every way to change a deque.
fn change_deque<T: Growable + Clone>(
    deque: &mut VecDequeMut<'_, T>,
    value: &T,
    arg: fn(&T) -> Arg<'_, T>,
    errors: &mut Errors,
) {
    errors.write(deque.push_back(arg(value)));
    errors.write(deque.push_front(arg(value)));
    errors.write(deque.extend([arg(value)]));
    errors.write(deque.append(&mut [value.clone(), value.clone()].into()));
    errors.write(deque.load().map(drop));
    let last = |deque: &VecDequeMut<'_, T>| deque.len().ok().and_then(|len| len.checked_sub(1));
    if let Some(last) = last(deque) {
        errors.write(deque.set(last / 2, arg(value)));
        errors.write(deque.swap(0, last));
        errors.write(deque.insert(last / 2, arg(value)));
        errors.write(deque.insert(last / 3, arg(value)));
        errors.write(deque.get(0).map(drop));
        errors.write(deque.get_mut(last).map(drop));
        errors.write(deque.front_mut().map(drop));
        errors.write(deque.back_mut().map(drop));
        errors.write(deque.swap_remove_back(last / 3).map(drop));
        errors.write(deque.swap_remove_front(last / 3).map(drop));
        errors.write(deque.remove(last / 2).map(drop));
        errors.write(deque.remove(1).map(drop));
    }
    if let Some(last) = last(deque) {
        errors.write(deque.rotate_left(last / 2));
        errors.write(deque.rotate_right(last / 3));
    }
    if last(deque).is_some_and(|last| last > 3) {
        errors.write(deque.drain(1..3).map(drop));
    }
    let mut is_kept = true;
    errors.write(deque.retain(|_| {
        is_kept = !is_kept;
        is_kept
    }));
    errors.write(deque.pop_back().map(drop));
    errors.write(deque.pop_front().map(drop));
    if let Some(last) = last(deque) {
        errors.write(deque.resize(last + 3, arg(value)));
        errors.write(deque.truncate(last));
    }
}

/// Changes everything in every way; goes on after errors.
fn change_all(w: &mut DequesWriter) -> u32 {
    let mut errors = Errors::default();
    let texts = VecDeque::from([long("x")]);
    change_deque(&mut w.numbers_mut(), &5, |value| *value, &mut errors);
    change_deque(&mut w.odd_mut(), &[4; 3], |value| *value, &mut errors);
    change_deque(&mut w.texts_mut(), &long("x"), |value| value, &mut errors);
    change_deque(&mut w.nested_mut(), &texts, |value| value, &mut errors);
    change_deque(&mut w.wide_mut(), &[1; 20], |value| *value, &mut errors);
    let more = task("x", [task("y", [])]);
    change_deque(&mut w.tasks_mut(), &more, |value| value, &mut errors);
    change_deque(&mut w.jobs_mut(), &Job::Batch(texts), |value| value, &mut errors);
    for index in 0..3 {
        if let Some(Some(mut texts)) = errors.write(w.nested_mut().get_mut(index)) {
            change_deque(&mut texts, &long("y"), |value| value, &mut errors);
            if let Some(Some(mut text)) = errors.write(texts.front_mut()) {
                errors.write(text.push_str(" and more"));
            }
        }
        if let Some(Some(task)) = errors.write(w.tasks_mut().get_mut(index)) {
            change_deque(&mut task.into_waits_for(), &more, |value| value, &mut errors);
        }
        if let Some(Some(mut wide)) = errors.write(w.wide_mut().get_mut(index)) {
            errors.write(wide.update(|wide| wide[3] += 1));
        }
    }
    if let Some(Some(mut deque)) = errors.write(w.maybe_mut().as_mut()) {
        change_deque(&mut deque, &6, |value| *value, &mut errors);
    }
    errors.write(w.maybe_mut().take().map(drop));
    let undone = w.transaction(|tx| {
        tx.numbers_mut().extend([1; 300])?;
        tx.numbers_mut().push_front(1)?;
        tx.set_nested(&[[long("never seen")].into()].into())?;
        tx.texts_mut().clear()?;
        Err::<(), _>(WriteError::Aborted)
    });
    errors.write(undone);
    let update = |deques: &mut Deques| {
        deques.numbers.push_front(1);
        deques.nested.pop_front();
        deques.tasks.push_back(task("z", []));
    };
    errors.write(w.update(update));
    errors.write(w.publish(&sample()));
    errors.0
}

/// Puts a value into each field, whatever is there.
fn overwrite_all(w: &mut DequesWriter, value: &Deques) -> Result<(), WriteError> {
    w.set_numbers(&value.numbers)?;
    w.set_odd(&value.odd)?;
    w.set_texts(&value.texts)?;
    w.set_nested(&value.nested)?;
    w.set_wide(&value.wide)?;
    w.set_tasks(&value.tasks)?;
    w.set_jobs(&value.jobs)?;
    w.set_maybe(value.maybe.as_deref())
}

/// Overwrites everything, which all see then, and the file is not longer for it.
fn repair(w: &mut DequesWriter, stage: &Stage, growth: u64, damage: (usize, u64)) {
    let (at, value) = damage;
    let repaired = check(damage, "to overwrite", stage.memory(), || overwrite_all(w, &sample()));
    assert_eq!(repaired, Ok(()), "word {at} = {value:#x}");
    assert!(w.snapshot().unwrap() == sample(), "word {at} = {value:#x}");
    let r = DequesReader::open_at(&stage.path).unwrap();
    assert!(r.snapshot().unwrap() == sample(), "word {at} = {value:#x}");
    r.pin().unwrap().verify().unwrap();
    let grown = w.file().stats().file_len.saturating_sub(stage.whole.len() as u64);
    assert!(grown < growth, "word {at} = {value:#x}: {grown} bytes longer");
}

#[test]
fn readers_of_damaged_deques_get_errors_or_values() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let r = DequesReader::open_at(&stage.path).unwrap();
    let most = stage.whole.len();
    assert!(read_all(&r, most) == 0 && r.snapshot().unwrap() == sample());
    let mut refused = 0;
    for damage in some_damages(&stage) {
        let (at, value) = damage;
        stage.store(at, value);
        refused += check(damage, "a read", stage.memory(), || read_all(&r, most)).min(1);
        stage.store(at, stage.word(at));
    }
    assert!(read_all(&r, most) == 0 && r.snapshot().unwrap() == sample());
    assert!(refused > 100, "only {refused} were noticed");
}

#[test]
fn a_writer_goes_on_over_damaged_deques_and_overwrites_them() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let (mut refused, heap) = (0, stage.heap());
    for damage in some_damages(&stage) {
        let (at, value) = damage;
        if !heap.contains(&at) || stage.word(at) == 0 {
            continue;
        }
        stage.restore();
        let mut w = DequesWriter::create_at(&stage.path).unwrap();
        stage.store(at, value);
        refused += check(damage, "a change", stage.memory(), || change_all(&mut w)).min(2) / 2;
        repair(&mut w, &stage, GROWTH, damage);
        drop(w);
        // The next one finds nothing wrong.
        let w = DequesWriter::create_at(&stage.path).unwrap();
        assert!(w.snapshot().unwrap() == sample(), "word {at} = {value:#x}");
    }
    assert!(refused > 5, "only {refused} were noticed");
}

#[test]
fn damaged_deques_are_refused_salvaged_or_replaced_when_a_writer_opens_them() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let (mut refused, root) = (0, stage.root());
    for damage in some_damages(&stage) {
        let (at, value) = damage;
        if stage.word(at) == 0 && !root.contains(&at) {
            continue;
        }
        stage.restore();
        stage.store(at, value);
        let open = |on_corrupt| {
            let options = DequesWriter::options().path(&stage.path).on_corrupt(on_corrupt);
            check(damage, "an open", stage.memory(), || options.create())
        };
        match open(OnCorrupt::Refuse) {
            Ok(mut w) => {
                check(damage, "a change", stage.memory(), || change_all(&mut w));
                repair(&mut w, &stage, GROWTH, damage);
                continue;
            }
            Err(error) => {
                let is_corrupt = matches!(error, CreateError::Unusable(OpenError::Corrupt { .. }));
                assert!(is_corrupt, "word {at} = {value:#x}: {error}");
            }
        }
        refused += 1;
        let mut w = open(OnCorrupt::Salvage)
            .unwrap_or_else(|error| panic!("word {at} = {value:#x}: {error}"));
        check(damage, "a change", stage.memory(), || change_all(&mut w));
        repair(&mut w, &stage, GROWTH, damage);
        drop(w);
        stage.restore();
        stage.store(at, value);
        let mut w = open(OnCorrupt::Replace).unwrap();
        assert!(w.snapshot().unwrap().numbers.is_empty(), "a new file");
        w.publish(&sample()).unwrap();
    }
    assert!(refused > 30, "only {refused} were refused");
}

/// The cells of deques in deques, which are read, found right, and read again.
#[test]
fn a_writer_survives_words_of_deques_that_change_within_its_operations() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let targets = targets(&stage);
    // What a user asks for that is not there, panics; it was there when the length was read.
    let panics = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !is_of_an_index(panic.payload()) {
            panics(panic);
        }
    }));
    for seed in 1..=6 {
        stage.restore();
        let mut w = DequesWriter::create_at(&stage.path).unwrap();
        let r = DequesReader::open_at(&stage.path).unwrap();
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let scribble = || {
                let mut random = Random(seed << 32 | 0x9e37_79b9);
                while !is_over.load(Sync::Relaxed) {
                    let block = targets[random.below(targets.len() as u64) as usize];
                    let at = block as usize + 8 + random.below(12) as usize * 8;
                    let other = targets[random.below(targets.len() as u64) as usize];
                    let levels = other | random.below(3);
                    let values = [other, levels, random.below(200), 1 << random.below(60)];
                    stage.store(at, values[random.below(4) as usize]);
                }
            };
            scope.spawn(scribble);
            for _ in 0..12 {
                let result = catch_unwind(AssertUnwindSafe(|| {
                    change_all(&mut w);
                    read_all(&r, 1 << 26);
                }));
                if let Err(panic) = result {
                    is_over.store(!is_of_an_index(&*panic), Sync::Relaxed);
                    assert!(is_of_an_index(&*panic), "seed {seed}: a change or a read panicked");
                }
            }
            is_over.store(true, Sync::Relaxed);
        });
        repair(&mut w, &stage, 16 * GROWTH, (0, seed));
    }
}

fn is_of_an_index(panic: &(dyn core::any::Any + Send)) -> bool {
    let text = panic.downcast_ref::<String>().map_or("", String::as_str);
    text.contains(" of a deque of ") || text.contains("a range of the ")
}

/// A file whose words one can lead astray together: the cell of the numbers and their blocks.
struct Astray {
    stage: Stage,
    cell: usize,
    node: usize,
    /// In the order of their elements, and the slot of the first one.
    chunks: [u64; 2],
    slot: usize,
}

fn astray() -> Astray {
    let stage = stage();
    let cell = stage.root().start + heap::FIELDS;
    let [word, head, len] = [0, 8, 16].map(|at| stage.word(cell + at));
    assert_eq!((word & 15, len), (1, 130), "two chunks below a node");
    assert!(head > 0, "the first element has places in front of it");
    let (node, slot) = ((word & !15) as usize, head as usize / 126);
    let chunks = [slot, slot + 1].map(|slot| stage.word(node + list::ITEMS + slot * 8));
    Astray { stage, cell, node, chunks, slot }
}

impl Astray {
    fn set(&self, words: &[(usize, u64)]) {
        for (at, value) in words {
            self.stage.store(*at, *value);
        }
    }

    fn set_cell(&self, root: u64, head: u64, len: u64) {
        self.set(&[(self.cell, root), (self.cell + 8, head), (self.cell + 16, len)]);
    }

    /// All levels are the same node, whose items all lead to itself.
    fn set_cycle(&self, level: u64, head: u64, len: u64) {
        let items =
            (0..list::FAN_OUT).map(|slot| (self.node + list::ITEMS + slot * 8, self.node as u64));
        self.set(&items.collect::<Vec<_>>());
        self.set_cell(self.node as u64 | level, head, len);
    }
}

#[test]
fn a_deque_of_any_level_head_and_length_costs_no_more_than_the_file_is_long() {
    let _watchdog = stage::watchdog();
    let astray = astray();
    let Astray { stage, node, .. } = &astray;
    let most = stage.whole.len();
    for level in 0..9 {
        let room = 126_u64.pow((level + 1).min(8));
        let level = u64::from(level);
        for head in [0, 60, room / 2, room - 1, room.saturating_sub(130), u64::MAX] {
            for len in [0, 1, 130, 16_000, 1 << 50, u64::MAX] {
                let damage = (level as usize, head ^ len);
                for is_cycle in [false, true] {
                    stage.restore();
                    match is_cycle {
                        true => astray.set_cycle(level, head, len),
                        false => astray.set_cell(*node as u64 | level, head, len),
                    }
                    let r = DequesReader::open_at(&stage.path).unwrap();
                    check(damage, "a read", stage.memory(), || read_all(&r, most));
                    drop(r);
                    let options = DequesWriter::options().path(&stage.path);
                    let options = options.on_corrupt(OnCorrupt::Salvage);
                    let mut w =
                        check(damage, "an open", stage.memory(), || options.create()).unwrap();
                    check(damage, "a change", stage.memory(), || change_all(&mut w));
                    repair(&mut w, stage, GROWTH, damage);
                }
            }
        }
    }
}

/// Only what an open writer believes: it has found the nested deque in order when it opened the file.
#[test]
fn a_nested_deque_that_is_led_astray_under_a_writer_costs_no_more_than_the_file_is_long() {
    let _watchdog = stage::watchdog();
    let astray = astray();
    let Astray { stage, node, cell: numbers, .. } = &astray;
    // The cell of the first of the nested deques: the fourth field, of 24 bytes as those before it.
    let field = numbers + 3 * 24;
    let (outer, head) = (stage.word(field) as usize & !15, stage.word(field + 8) as usize);
    let cell = outer + list::ITEMS + head * 24;
    assert_eq!(stage.word(cell + 16), 2, "the first of the nested ones has two texts");
    for level in 0..8 {
        let room = 126_u64.pow(level + 1).saturating_mul(16) / 32;
        let level = u64::from(level);
        for head in [0, room / 2, room - 1] {
            for len in [1, 130, 1 << 20, 1 << 50] {
                let damage = (level as usize, head ^ len);
                // Each by itself: a change that is refused may have stored something where nobody looks.
                for change in 0..6 {
                    stage.restore();
                    let mut w = DequesWriter::create_at(&stage.path).unwrap();
                    astray.set_cycle(1, 40, 130);
                    let words = [*node as u64 | level, head, len];
                    astray.set(&[0, 1, 2].map(|word| (cell + word * 8, words[word])));
                    let change_it = |w: &mut DequesWriter| {
                        let mut errors = Errors::default();
                        let mut deques = w.nested_mut();
                        let Some(Some(mut deque)) = errors.write(deques.get_mut(0)) else {
                            return;
                        };
                        let Some(len) = errors.write(deque.len()) else { return };
                        match change {
                            0 => errors.write(deque.insert(len / 2, "x")),
                            1 => errors.write(deque.remove(0).map(drop)),
                            2 => errors.write(deque.drain(1..len.clamp(1, 3)).map(drop)),
                            3 => errors.write(deque.retain(|_| false)),
                            4 => errors.write(deque.rotate_left(len / 3)),
                            _ => {
                                change_deque(&mut deque, &long("y"), |value| value, &mut errors);
                                None
                            }
                        };
                    };
                    check(damage, "a change of it", stage.memory(), || change_it(&mut w));
                    let r = DequesReader::open_at(&stage.path).unwrap();
                    check(damage, "a read", stage.memory(), || read_all(&r, 1 << 26));
                    check(damage, "a change", stage.memory(), || change_all(&mut w));
                    repair(&mut w, stage, GROWTH, damage);
                }
            }
        }
    }
}

#[test]
fn two_deques_may_share_a_node_and_a_node_may_lead_nowhere() {
    let _watchdog = stage::watchdog();
    let astray = astray();
    let Astray { stage, cell, node, chunks, slot } = &astray;
    let (first, second) = (node + list::ITEMS + slot * 8, node + list::ITEMS + slot * 8 + 8);
    // The cell of the odd ones comes behind that of the numbers.
    let odd = cell + 24;
    let other = stage.word(odd);
    let root = *node as u64;
    let cases: [&[(usize, u64)]; 10] = [
        &[(*cell, other)],
        &[(odd, root | 1), (odd + 8, 336), (odd + 16, 130)],
        &[(second, chunks[0])],
        &[(first, 0)],
        &[(second, 0)],
        &[(first, root)],
        &[(first, chunks[1]), (second, chunks[0])],
        &[(*cell, chunks[0]), (cell + 8, 0), (cell + 16, 126)],
        &[(*cell, chunks[1]), (cell + 8, 3), (cell + 16, 120)],
        &[(*cell, 0), (cell + 8, 0), (cell + 16, 0)],
    ];
    for (index, words) in cases.iter().enumerate() {
        let damage = (index, 0);
        stage.restore();
        let mut w = DequesWriter::create_at(&stage.path).unwrap();
        astray.set(words);
        let r = DequesReader::open_at(&stage.path).unwrap();
        check(damage, "a read", stage.memory(), || read_all(&r, stage.whole.len()));
        check(damage, "a change", stage.memory(), || change_all(&mut w));
        repair(&mut w, stage, GROWTH, damage);
        drop((w, r));
        stage.restore();
        astray.set(words);
        let options = DequesWriter::options().path(&stage.path).on_corrupt(OnCorrupt::Salvage);
        let mut w = check(damage, "an open", stage.memory(), || options.create()).unwrap();
        check(damage, "a change", stage.memory(), || change_all(&mut w));
        repair(&mut w, stage, GROWTH, damage);
    }
}

#[test]
fn the_marks_of_a_node_are_nothing_to_readers_and_no_danger_to_writers() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let is_node = |block: &u64| (6..=7).contains(&(stage.word(*block as usize) & 63));
    let nodes: Vec<u64> = stage.blocks().into_iter().filter(is_node).collect();
    assert!(nodes.len() > 10, "{nodes:?}");
    for value in [0, 1, 126, 3 << 32 | 1, 60 << 32 | 61, 126 << 32, 1 << 63, u64::MAX] {
        stage.restore();
        let mut w = DequesWriter::create_at(&stage.path).unwrap();
        let r = DequesReader::open_at(&stage.path).unwrap();
        for node in &nodes {
            stage.store(*node as usize + list::WRITTEN, value);
        }
        assert!(read_all(&r, stage.whole.len()) == 0 && r.snapshot().unwrap() == sample());
        let errors = check((0, value), "a change", stage.memory(), || change_all(&mut w));
        // All but the one that is undone on purpose.
        assert_eq!(errors, 1, "marks {value:#x}");
        repair(&mut w, &stage, GROWTH, (0, value));
    }
}
