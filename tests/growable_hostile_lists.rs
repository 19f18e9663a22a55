//! Lists, trees, tuples and arrays in a heap that somebody has tampered with: every word of a small one,
//! one by one, and words that belong together.
//!
//! As with what lies in one block: no call panics, each ends, none takes more memory than the file has
//! room for values, the file does not grow for it, and what is damaged can be overwritten.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(
    clippy::box_collection,
    clippy::vec_box,
    reason = "boxes of lists are a kind of their own"
)]

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
use core::time::Duration;
use std::panic::catch_unwind;

use commy::growable::{Arg, Convert, OnCorrupt, Source, VecMut, VecRef};
use commy::{CreateError, Growable, OpenError, WriteError, create_reader, create_writer};

use refusals::Errors;
use stage::{GROWTH, MEMORY, Stage, check};
use support::Random;
use support::format;

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Trade {
    who: String,
    lots: u32,
    fills: Vec<u32>,
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Tree {
    value: u64,
    children: Vec<Tree>,
}

enum Millis {}

impl Convert<Duration> for Millis {
    type As = u64;

    fn to_stored(value: &Duration) -> u64 {
        value.as_millis() as u64
    }

    fn from_stored(stored: u64) -> Option<Duration> {
        (stored < 1 << 40).then(|| Duration::from_millis(stored))
    }
}

#[create_writer(filename = "lists.bin", growable)]
#[create_reader(filename = "lists.bin", growable)]
#[derive(Debug, Clone, PartialEq)]
struct Lists {
    /// Two chunks below a node.
    numbers: Vec<u64>,
    /// The same, a byte each.
    bytes: Vec<u8>,
    odd: Vec<[u8; 3]>,
    texts: Vec<String>,
    nested: Vec<Vec<String>>,
    /// Each in a block of its own.
    wide: Vec<[u64; 20]>,
    trades: Vec<Trade>,
    tree: Tree,
    pairs: Vec<(u8, Tree)>,
    names: [String; 3],
    maybe: Option<Box<Vec<u32>>>,
    #[commy(as = Millis)]
    timeout: Duration,
}

/// By this, words that are nothing but content are known.
const CONTENT: u64 = 0x5555 << 48;

fn leaf(value: u64) -> Tree {
    Tree { value, children: Vec::new() }
}

fn trade(who: &str) -> Trade {
    Trade { who: who.into(), lots: 7, fills: vec![1, 2, 3] }
}

fn long(text: &str) -> String {
    format!("{text}, which has a block of its own")
}

fn sample() -> Lists {
    let children = vec![leaf(5), Tree { value: 6, children: vec![leaf(7), leaf(8)] }];
    Lists {
        numbers: (0..130).map(|number| CONTENT | number).collect(),
        bytes: vec![0x55; 1010],
        odd: vec![[1, 2, 3]; 5],
        texts: vec!["short".into(), long("a text"), String::new()],
        nested: vec![vec!["a".into(), long("b")], vec![], vec!["c".into()]],
        wide: vec![[CONTENT; 20]; 2],
        trades: vec![trade("Ada"), trade(&long("Grace"))],
        tree: Tree { value: 4, children: children.clone() },
        pairs: vec![(1, leaf(9)), (2, Tree { value: 10, children })],
        names: ["one".into(), long("two"), "three".into()],
        maybe: Some(Box::new(vec![1, 2, 3])),
        timeout: Duration::from_millis(1500),
    }
}

fn stage() -> Stage {
    Stage::new(|path| ListsWriter::create_at(path).unwrap().publish(&sample()).unwrap())
}

/// The blocks of the sample, of which a few stand for all.
fn targets(stage: &Stage) -> Vec<u64> {
    assert!(stage.blocks().len() >= 25, "{:?}", stage.blocks());
    stage.kinds()
}

fn some_damages(stage: &Stage) -> Vec<(usize, u64)> {
    stage.some_damages(13, |word| word >> 48 == 0x5555, &targets(stage))
}

/// Every way to read a list but those that only a view has.
fn read_list<T: Growable + Clone, S: Source>(
    list: &VecRef<'_, T, S>,
    value: &T,
    errors: &mut Errors,
) {
    errors.read(list.len());
    errors.read(list.is_empty());
    errors.read(list.first().map(drop));
    errors.read(list.last().map(drop));
    for index in [0, 1, 2, 129, 5000, usize::MAX] {
        errors.read(list.get(index).map(drop));
    }
    errors.read(list.load().map(drop));
    errors.read(list.load_into(&mut vec![value.clone(); 2]));
    errors.read(list.load_range(1..3, &mut vec![value.clone()]));
    errors.read(list.load_range(100.., &mut Vec::new()));
    errors.read(list.read_into(1, &mut vec![value.clone(); 3]));
    for order in [Ordering::Less, Ordering::Greater] {
        errors.read(list.binary_search_by(|_| order));
    }
}

/// Goes through a list of a view from both ends; there are never more elements than the file has bytes.
fn walk<T: Growable>(list: &VecRef<'_, T>, most: usize, errors: &mut Errors) {
    let mut count = 0;
    for element in list.iter() {
        errors.read(element.map(drop));
        count += 1;
        assert!(count <= most, "more elements than bytes");
    }
    let mut both = list.range(1..70);
    while let Some(element) = both.next() {
        errors.read(element.map(drop));
        let Some(element) = both.next_back() else { break };
        errors.read(element.map(drop));
    }
    for element in list.iter().rev().take(100).chain(list.iter().nth(3)) {
        errors.read(element.map(drop));
    }
}

fn walk_tree(tree: &TreeRef<'_>, depth: usize, errors: &mut Errors) {
    errors.read(tree.value());
    for child in tree.children().iter().take(5) {
        if let Some(child) = errors.read(child)
            && depth > 0
        {
            walk_tree(&child, depth - 1, errors);
        }
    }
}

/// Everything that a reader has.
fn read_all(r: &ListsReader, most: usize) -> u32 {
    let mut errors = Errors::default();
    read_list(&r.numbers(), &1, &mut errors);
    read_list(&r.bytes(), &1, &mut errors);
    read_list(&r.odd(), &[1; 3], &mut errors);
    read_list(&r.texts(), &String::new(), &mut errors);
    read_list(&r.nested(), &vec!["x".into()], &mut errors);
    read_list(&r.wide(), &[1; 20], &mut errors);
    read_list(&r.trades(), &trade("x"), &mut errors);
    read_list(&r.tree().children(), &leaf(1), &mut errors);
    read_list(&r.pairs(), &(1, leaf(1)), &mut errors);
    errors.read(r.numbers().contains(5));
    errors.read(r.numbers().binary_search(&(CONTENT | 9)));
    errors.read(r.bytes().contains(5));
    errors.read(r.odd().contains([3, 2, 1]));
    errors.read(r.texts().contains("not there"));
    errors.read(r.texts().binary_search(&String::from("s")));
    errors.read(r.nested().contains(&["c".into()]));
    errors.read(r.wide().contains([CONTENT; 20]));
    errors.read(r.trades().contains(&trade("Grace")));
    errors.read(r.names());
    errors.read(r.maybe());
    errors.read(r.timeout());
    errors.read(r.snapshot());
    errors.read(r.snapshot_into(&mut sample()));
    if let Some(view) = errors.read(r.pin()) {
        errors.read(view.snapshot());
        errors.read(view.verify());
        walk(&view.numbers(), most, &mut errors);
        walk(&view.bytes(), most, &mut errors);
        walk(&view.odd(), most, &mut errors);
        walk(&view.texts(), most, &mut errors);
        walk(&view.nested(), most, &mut errors);
        walk(&view.wide(), most, &mut errors);
        walk(&view.trades(), most, &mut errors);
        walk(&view.pairs(), most, &mut errors);
        for list in view.nested().iter().take(5) {
            if let Some(list) = errors.read(list) {
                walk(&list, most, &mut errors);
            }
        }
        for trade in view.trades().iter().take(5) {
            if let Some(trade) = errors.read(trade) {
                errors.read(trade.who());
                walk(&trade.fills(), most, &mut errors);
            }
        }
        walk_tree(&view.tree(), 6, &mut errors);
        if let Some(Some(boxed)) = errors.read(view.maybe()) {
            errors.read(boxed.load());
            if let Some(list) = errors.read(boxed.get()) {
                walk(&list, most, &mut errors);
            }
        }
    }
    errors.0
}

#[test]
fn readers_of_damaged_lists_get_errors_or_values() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let r = ListsReader::open_at(&stage.path).unwrap();
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

/// Every way to change a list.
fn change_list<T: Growable + Clone>(
    list: &mut VecMut<'_, T>,
    value: &T,
    arg: fn(&T) -> Arg<'_, T>,
    errors: &mut Errors,
) {
    errors.write(list.push(arg(value)));
    errors.write(list.extend_from_slice(&[value.clone(), value.clone()]));
    errors.write(list.extend([arg(value)]));
    errors.write(list.load().map(drop));
    let last = |list: &VecMut<'_, T>| list.len().ok().and_then(|len| len.checked_sub(1));
    if let Some(last) = last(list) {
        errors.write(list.set(last / 2, arg(value)));
        errors.write(list.swap(0, last));
        errors.write(list.insert(last / 2, arg(value)));
        errors.write(list.get(0).map(drop));
        errors.write(list.get_mut(last).map(drop));
        errors.write(list.last_mut().map(drop));
    }
    if last(list).is_some() {
        errors.write(list.remove(0).map(drop));
    }
    if let Some(last) = last(list) {
        errors.write(list.swap_remove(last / 3).map(drop));
    }
    if last(list).is_some_and(|last| last > 3) {
        errors.write(list.drain(1..3).map(drop));
    }
    let mut is_kept = true;
    errors.write(list.retain(|_| {
        is_kept = !is_kept;
        is_kept
    }));
    errors.write(list.pop().map(drop));
    if let Some(last) = last(list) {
        errors.write(list.resize(last + 3, arg(value)));
        errors.write(list.truncate(last));
    }
}

/// Changes everything in every way; goes on after errors.
fn change_all(w: &mut ListsWriter) -> u32 {
    let mut errors = Errors::default();
    change_list(&mut w.numbers_mut(), &5, |value| *value, &mut errors);
    change_list(&mut w.bytes_mut(), &5, |value| *value, &mut errors);
    change_list(&mut w.odd_mut(), &[4; 3], |value| *value, &mut errors);
    change_list(&mut w.texts_mut(), &long("x"), |value| value, &mut errors);
    change_list(&mut w.nested_mut(), &vec![long("x")], |value| value, &mut errors);
    change_list(&mut w.wide_mut(), &[1; 20], |value| *value, &mut errors);
    change_list(&mut w.trades_mut(), &trade("x"), |value| value, &mut errors);
    change_list(
        &mut w.tree_mut().into_children(),
        &Tree { value: 1, children: vec![leaf(2)] },
        |value| value,
        &mut errors,
    );
    change_list(&mut w.pairs_mut(), &(1, leaf(3)), |(n, tree)| (*n, tree), &mut errors);
    for index in 0..3 {
        if let Some(Some(mut texts)) = errors.write(w.nested_mut().get_mut(index)) {
            change_list(&mut texts, &long("y"), |value| value, &mut errors);
            if let Some(Some(mut text)) = errors.write(texts.first_mut()) {
                errors.write(text.push_str(" and more"));
            }
        }
        if let Some(Some(mut trade)) = errors.write(w.trades_mut().get_mut(index)) {
            change_list(&mut trade.fills_mut(), &9, |value| *value, &mut errors);
            errors.write(trade.who_mut().push_str(" and more"));
        }
        if let Some(Some(tree)) = errors.write(w.tree_mut().children_mut().get_mut(index)) {
            change_list(&mut tree.into_children(), &leaf(4), |value| value, &mut errors);
        }
        if let Some(Some(mut wide)) = errors.write(w.wide_mut().get_mut(index)) {
            errors.write(wide.update(|wide| wide[3] += 1));
        }
        if let Some(Some(mut pair)) = errors.write(w.pairs_mut().get_mut(index)) {
            errors.write(pair.update(|(_, tree)| tree.children.push(leaf(5))));
        }
    }
    if let Some(Some(mut list)) = errors.write(w.maybe_mut().as_mut()) {
        change_list(&mut list, &6, |value| *value, &mut errors);
    }
    errors.write(w.maybe_mut().take().map(drop));
    let undone = w.transaction(|tx| {
        tx.numbers_mut().extend_from_slice(&[1; 300])?;
        tx.set_nested(&[vec![long("never seen")]])?;
        tx.texts_mut().clear()?;
        Err::<(), _>(WriteError::Aborted)
    });
    errors.write(undone);
    let update = |lists: &mut Lists| {
        lists.numbers.push(1);
        lists.nested.truncate(1);
        lists.trades.push(trade("z"));
    };
    errors.write(w.update(update));
    errors.write(w.publish(&sample()));
    errors.0
}

/// Puts a value into each field, whatever is there.
fn overwrite_all(w: &mut ListsWriter, value: &Lists) -> Result<(), WriteError> {
    w.set_numbers(&value.numbers)?;
    w.set_bytes(&value.bytes)?;
    w.set_odd(&value.odd)?;
    w.set_texts(&value.texts)?;
    w.set_nested(&value.nested)?;
    w.set_wide(&value.wide)?;
    w.set_trades(&value.trades)?;
    w.set_tree(&value.tree)?;
    w.set_pairs(&value.pairs)?;
    w.set_names(value.names.each_ref().map(String::as_str))?;
    w.set_maybe(value.maybe.as_ref().map(|list| list.as_slice()))?;
    w.set_timeout(&value.timeout)
}

/// Overwrites everything, which all see then, and the file is not longer for it.
fn repair(w: &mut ListsWriter, stage: &Stage, growth: u64, damage: (usize, u64)) {
    let (at, value) = damage;
    let repaired = check(damage, "to overwrite", stage.memory(), || overwrite_all(w, &sample()));
    assert_eq!(repaired, Ok(()), "word {at} = {value:#x}");
    assert!(w.snapshot().unwrap() == sample(), "word {at} = {value:#x}");
    let r = ListsReader::open_at(&stage.path).unwrap();
    assert!(r.snapshot().unwrap() == sample(), "word {at} = {value:#x}");
    r.pin().unwrap().verify().unwrap();
    let grown = w.file().stats().file_len.saturating_sub(stage.whole.len() as u64);
    assert!(grown < growth, "word {at} = {value:#x}: {grown} bytes longer");
}

#[test]
fn a_writer_goes_on_over_damaged_lists_and_overwrites_them() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let (mut refused, heap) = (0, stage.heap());
    for damage in some_damages(&stage) {
        let (at, value) = damage;
        if !heap.contains(&at) || stage.word(at) == 0 {
            continue;
        }
        stage.restore();
        let mut w = ListsWriter::create_at(&stage.path).unwrap();
        stage.store(at, value);
        refused += check(damage, "a change", stage.memory(), || change_all(&mut w)).min(2) / 2;
        repair(&mut w, &stage, GROWTH, damage);
        drop(w);
        // The next one finds nothing wrong.
        let w = ListsWriter::create_at(&stage.path).unwrap();
        assert!(w.snapshot().unwrap() == sample(), "word {at} = {value:#x}");
    }
    assert!(refused > 5, "only {refused} were noticed");
}

#[test]
fn damaged_lists_are_refused_salvaged_or_replaced_when_a_writer_opens_them() {
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
            let options = ListsWriter::options().path(&stage.path).on_corrupt(on_corrupt);
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

#[test]
fn a_writer_survives_words_of_lists_that_change_between_its_operations() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let heap = stage.heap();
    let targets = targets(&stage);
    for seed in 1..=30 {
        let mut random = Random(seed << 32 | 0x9e37_79b9);
        stage.restore();
        let mut w = ListsWriter::create_at(&stage.path).unwrap();
        let r = ListsReader::open_at(&stage.path).unwrap();
        for _ in 0..6 {
            for _ in 0..1 + random.below(5) {
                let at = heap.start + random.below((heap.end - heap.start) as u64 / 8) as usize * 8;
                let block = targets[random.below(targets.len() as u64) as usize];
                let level = block | random.below(16);
                let values = [block, level, random.next(), u64::MAX, 0, 1 << random.below(60)];
                stage.store(at, values[random.below(6) as usize]);
            }
            let memory = stage.whole.len() * 8 + 2 * MEMORY;
            check((0, seed), "a change", memory, || change_all(&mut w));
            check((0, seed), "a read", memory, || read_all(&r, 1 << 26));
        }
        repair(&mut w, &stage, 4 * GROWTH, (0, seed));
    }
}

/// The cells of lists in lists, which are read, found right, and read again.
#[test]
fn a_writer_survives_words_of_lists_that_change_within_its_operations() {
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
        let mut w = ListsWriter::create_at(&stage.path).unwrap();
        let r = ListsReader::open_at(&stage.path).unwrap();
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
    text.contains(" of a list of ") || text.contains("a range of the ")
}

/// A file whose words one can lead astray together: where the cell of a list is in the root, and blocks.
struct Astray {
    stage: Stage,
    /// Of the numbers: the cell, the root node, and its two chunks.
    cell: usize,
    node: usize,
    chunks: [u64; 2],
}

fn astray() -> Astray {
    let stage = stage();
    let cell = stage.root().start + format::heap::FIELDS;
    let word = stage.word(cell);
    assert_eq!((word & 15, stage.word(cell + 8)), (1, 130), "two chunks below a node");
    let node = (word & !15) as usize;
    let item = |slot: usize| stage.word(node + format::list::ITEMS + slot * 8);
    let chunks = [item(0), item(1)];
    Astray { stage, cell, node, chunks }
}

impl Astray {
    fn set(&self, words: &[(usize, u64)]) {
        for (at, value) in words {
            self.stage.store(*at, *value);
        }
    }

    /// All levels are the same node, whose items all lead to itself.
    fn set_cycle(&self, level: u64, len: u64) {
        let items = (0..format::list::FAN_OUT)
            .map(|slot| (self.node + format::list::ITEMS + slot * 8, self.node as u64));
        self.set(&items.collect::<Vec<_>>());
        self.set(&[(self.cell, self.node as u64 | level), (self.cell + 8, len)]);
    }
}

#[test]
fn a_list_of_any_level_and_length_costs_no_more_than_the_file_is_long() {
    let _watchdog = stage::watchdog();
    let astray = astray();
    let Astray { stage, cell, node, .. } = &astray;
    let most = stage.whole.len();
    for level in 0..16 {
        for len in [0, 1, 126, 127, 130, 1000, 16_000, 1 << 20, 1 << 32, 1 << 50, 1 << 60, u64::MAX]
        {
            let damage = (level as usize, len);
            for is_cycle in [false, true] {
                stage.restore();
                match is_cycle {
                    true => astray.set_cycle(level, len),
                    false => {
                        astray.set(&[(*cell, *node as u64 | level), (*cell + 8, len)]);
                    }
                }
                let r = ListsReader::open_at(&stage.path).unwrap();
                check(damage, "a read", stage.memory(), || read_all(&r, most));
                drop(r);
                let options = ListsWriter::options().path(&stage.path);
                let options = options.on_corrupt(OnCorrupt::Salvage);
                let mut w = check(damage, "an open", stage.memory(), || options.create()).unwrap();
                check(damage, "a change", stage.memory(), || change_all(&mut w));
                repair(&mut w, stage, GROWTH, damage);
            }
        }
    }
}

/// Only what an open writer believes: it has found the nested list in order when it opened the file.
#[test]
fn a_nested_list_that_is_led_astray_under_a_writer_costs_no_more_than_the_file_is_long() {
    let _watchdog = stage::watchdog();
    let astray = astray();
    let Astray { stage, node, .. } = &astray;
    // The cell of the first of the nested lists: the numbers have the first cell, then come bytes,
    // odd, texts.
    let outer = (stage.word(stage.root().start + format::heap::FIELDS + 4 * 16) & !15) as usize;
    let cell = outer + format::list::ITEMS;
    for level in 0..8 {
        for len in [1, 130, 16_000, 1 << 20, 1 << 32, 1 << 50, 1 << 59] {
            let damage = (level as usize, len);
            // Each by itself: a change that is refused may have stored something where nobody looks.
            for change in 0..5 {
                stage.restore();
                let mut w = ListsWriter::create_at(&stage.path).unwrap();
                astray.set_cycle(1, 130);
                astray.set(&[(cell, *node as u64 | level), (cell + 8, len)]);
                let change_it = |w: &mut ListsWriter| {
                    let mut errors = Errors::default();
                    let mut lists = w.nested_mut();
                    let Some(Some(mut list)) = errors.write(lists.get_mut(0)) else {
                        return;
                    };
                    let Some(len) = errors.write(list.len()) else { return };
                    match change {
                        0 => errors.write(list.insert(len / 2, "x")),
                        1 => errors.write(list.remove(0).map(drop)),
                        2 => errors.write(list.drain(1..len.min(3)).map(drop)),
                        3 => errors.write(list.retain(|_| false)),
                        _ => {
                            change_list(&mut list, &long("y"), |value| value, &mut errors);
                            None
                        }
                    };
                };
                check(damage, "a change of it", stage.memory(), || change_it(&mut w));
                let r = ListsReader::open_at(&stage.path).unwrap();
                check(damage, "a read", stage.memory(), || read_all(&r, 1 << 26));
                check(damage, "a change", stage.memory(), || change_all(&mut w));
                repair(&mut w, stage, GROWTH, damage);
            }
        }
    }
}

#[test]
fn two_lists_may_share_a_node_and_a_node_may_lead_nowhere() {
    let _watchdog = stage::watchdog();
    let astray = astray();
    let Astray { stage, cell, node, chunks } = &astray;
    let (first, second) = (node + format::list::ITEMS, node + format::list::ITEMS + 8);
    // The bytes come behind the numbers.
    let bytes = cell + 16;
    let other = stage.word(bytes);
    let cases: [&[(usize, u64)]; 9] = [
        &[(*cell, other)],
        &[(bytes, *node as u64 | 1)],
        &[(second, chunks[0])],
        &[(first, 0)],
        &[(second, 0)],
        &[(first, *node as u64)],
        &[(first, chunks[1]), (second, chunks[0])],
        &[(*cell, chunks[0]), (cell + 8, 126)],
        &[(*cell, chunks[1]), (cell + 8, 126)],
    ];
    for (index, words) in cases.iter().enumerate() {
        let damage = (index, 0);
        stage.restore();
        let mut w = ListsWriter::create_at(&stage.path).unwrap();
        astray.set(words);
        let r = ListsReader::open_at(&stage.path).unwrap();
        check(damage, "a read", stage.memory(), || read_all(&r, stage.whole.len()));
        check(damage, "a change", stage.memory(), || change_all(&mut w));
        repair(&mut w, stage, GROWTH, damage);
        drop((w, r));
        stage.restore();
        astray.set(words);
        let options = ListsWriter::options().path(&stage.path).on_corrupt(OnCorrupt::Salvage);
        let mut w = check(damage, "an open", stage.memory(), || options.create()).unwrap();
        check(damage, "a change", stage.memory(), || change_all(&mut w));
        repair(&mut w, stage, GROWTH, damage);
    }
}

#[test]
fn the_count_of_a_node_is_nothing_to_readers_and_no_danger_to_writers() {
    let _watchdog = stage::watchdog();
    let stage = stage();
    let is_node = |block: &u64| (6..=7).contains(&(stage.word(*block as usize) & 63));
    let nodes: Vec<u64> = stage.blocks().into_iter().filter(is_node).collect();
    assert!(nodes.len() > 10, "{nodes:?}");
    for value in [0, 1, 2, 64, 126, 127, 1 << 32, 1 << 63, u64::MAX] {
        stage.restore();
        let mut w = ListsWriter::create_at(&stage.path).unwrap();
        let r = ListsReader::open_at(&stage.path).unwrap();
        for node in &nodes {
            stage.store(*node as usize + format::list::WRITTEN, value);
        }
        assert!(read_all(&r, stage.whole.len()) == 0 && r.snapshot().unwrap() == sample());
        let errors = check((0, value), "a change", stage.memory(), || change_all(&mut w));
        // All but the one that is undone on purpose.
        assert_eq!(errors, 1, "count {value:#x}");
        repair(&mut w, &stage, GROWTH, (0, value));
    }
}
