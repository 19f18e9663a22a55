//! User code that panics within an operation on a map, a set or a deque: at its first call, at its
//! second one, and at each until the operation passes.
//!
//! Nothing remains of such an operation, no block is lost or given back twice, and a transaction in which
//! the panic was caught is not published, whatever it does then.
#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use core::cell::Cell;
use core::cmp::Ordering;
use core::hash::{Hash, Hasher};
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::panic::catch_unwind;

use commy::growable::Convert;
use commy::{Growable, WriteError, create_reader, create_writer};

std::thread_local! {
    /// How many calls of user code pass before one panics.
    static LEFT: Cell<u32> = const { Cell::new(u32::MAX) };
}

/// Every piece of user code begins with this.
fn tick() {
    let left = LEFT.get();
    if left == 0 {
        LEFT.set(u32::MAX);
        panic!("user code");
    }
    LEFT.set(left - u32::from(left != u32::MAX));
}

/// Says nothing of panics that are wanted.
fn quiet() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.payload_as_str() != Some("user code") {
            usual(info);
        }
    }));
}

/// A key, all of whose own code may panic.
#[derive(Debug, Clone, Default, Growable)]
struct Name {
    text: String,
    number: u16,
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        tick();
        (other.number, &other.text).cmp(&(self.number, &self.text))
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        tick();
        (self.number, &self.text) == (other.number, &other.text)
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        tick();
        self.number.hash(state);
    }
}

enum Millis {}

impl Convert<Duration> for Millis {
    type As = u64;

    fn to_stored(value: &Duration) -> u64 {
        tick();
        value.as_millis() as u64
    }

    fn from_stored(stored: u64) -> Option<Duration> {
        tick();
        Some(Duration::from_millis(stored))
    }
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Job {
    text: String,
    #[commy(as = Millis)]
    length: Duration,
    parts: Vec<Job>,
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
enum Event {
    #[default]
    None,
    Started(Job),
    Named(BTreeMap<Name, Job>, HashSet<Name>),
}

#[create_writer(filename = "panics.bin", growable)]
#[create_reader(filename = "panics.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Panics {
    tree: BTreeMap<Name, Job>,
    set: BTreeSet<Name>,
    hash: HashMap<Name, Job>,
    hash_set: HashSet<Name>,
    deque: VecDeque<Job>,
    list: Vec<BTreeMap<Name, VecDeque<Job>>>,
    event: Event,
}

fn name(number: u16) -> Name {
    Name { text: format!("{number} and so much text that it has a block of its own"), number }
}

fn job(number: u16) -> Job {
    let part = Job { text: "part".into(), ..Job::default() };
    let length = Duration::from_millis(number.into());
    Job { text: format!("job {number}, with text in a block"), length, parts: vec![part] }
}

fn sample() -> Panics {
    let named = BTreeMap::from([(name(1), job(1))]);
    Panics {
        // Two leaves, one of which is full.
        tree: (0..40).map(|number| (name(number * 2), job(number))).collect(),
        set: (0..12).map(|number| name(number * 2)).collect(),
        hash: (0..12).map(|number| (name(number * 2), job(number))).collect(),
        hash_set: (0..12).map(|number| name(number * 2)).collect(),
        deque: (0..40).map(job).collect(),
        list: vec![BTreeMap::from([(name(1), VecDeque::from([job(1), job(2)]))])],
        event: Event::Named(named, HashSet::from([name(4)])),
    }
}

/// What `change` makes of the sample, by a value.
fn changed() -> Panics {
    let mut all = sample();
    all.tree.remove(&name(8));
    all.tree.insert(name(9), job(9));
    all.hash.remove(&name(8));
    all.hash.insert(name(9), job(9));
    all.set.insert(name(9));
    all.hash_set.remove(&name(2));
    all.deque.pop_front();
    all.deque.push_back(job(90));
    all.list.push(BTreeMap::new());
    all.event = Event::Started(job(3));
    all
}

type Operation = (&'static str, fn(&mut PanicsWriter) -> Result<(), WriteError>, InTransaction);
type InTransaction = fn(&mut PanicsTransaction<'_>) -> Result<(), WriteError>;

macro_rules! operations {
    ($($w:ident => $operation:expr;)*) => {
        vec![$((
            stringify!($operation),
            |$w: &mut PanicsWriter| { $operation?; Ok(()) },
            |$w: &mut PanicsTransaction<'_>| { $operation?; Ok(()) },
        )),*]
    };
}

/// An iterator that may panic.
fn ticking<T>(items: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
    items.into_iter().inspect(|_| tick())
}

fn operations() -> Vec<Operation> {
    operations! {
        w => w.tree_mut().insert(&name(7), &job(7));
        w => w.tree_mut().insert(&name(8), &job(7));
        w => w.tree_mut().replace(&name(8), &job(7));
        w => w.tree_mut().remove(&name(8));
        w => w.tree_mut().discard(&name(8));
        w => w.tree_mut().get_mut(&name(8))?.unwrap().set_length(&Duration::from_secs(1));
        w => w.tree_mut().get_mut(&name(8))?.unwrap().parts_mut().push(&job(6));
        w => w.tree_mut().get_mut(&name(8))?.unwrap().update(|job| { job.text.push('x'); tick(); });
        w => w.tree_mut().entry(&name(7))?.or_insert(&job(7));
        w => w.tree_mut().entry(&name(7))?.or_insert_with(|| { tick(); job(7) });
        w => w.tree_mut().pop_first();
        w => w.tree_mut().pop_last();
        w => w.tree_mut().split_off(&name(60));
        w => w.tree_mut().retain(|name, _| { tick(); !name.number.is_multiple_of(4) });
        w => {
            let (names, jobs) = ([3, 5, 8].map(name), [3, 5, 8].map(job));
            w.tree_mut().extend(ticking(names.iter().zip(&jobs)))
        };
        w => w.tree_mut().append(&BTreeMap::from([(name(3), job(3)), (name(4), job(4))]));
        w => w.tree_mut().assign(&BTreeMap::from([(name(3), job(3)), (name(4), job(4))]));
        w => w.tree_mut().clear();
        w => w.set_mut().insert(&name(7));
        w => w.set_mut().remove(&name(8));
        w => w.set_mut().pop_first();
        w => w.set_mut().extend(ticking([3, 8, 9].map(name).iter()));
        w => w.set_mut().retain(|name| { tick(); name.number > 9 });
        w => w.hash_mut().insert(&name(7), &job(7));
        w => w.hash_mut().insert(&name(8), &job(7));
        w => w.hash_mut().replace(&name(8), &job(7));
        w => w.hash_mut().remove(&name(8));
        w => w.hash_mut().remove_entry(&name(8));
        w => w.hash_mut().discard(&name(8));
        w => w.hash_mut().get_mut(&name(8))?.unwrap().set_length(&Duration::from_secs(1));
        w => w.hash_mut().entry(&name(7))?.or_insert_with(|| { tick(); job(7) });
        w => w.hash_mut().retain(|name, _| { tick(); !name.number.is_multiple_of(4) });
        w => {
            let (names, jobs) = ([3, 5, 8].map(name), [3, 5, 8].map(job));
            w.hash_mut().extend(ticking(names.iter().zip(&jobs)))
        };
        w => w.hash_mut().assign(&HashMap::from([(name(3), job(3)), (name(4), job(4))]));
        w => w.hash_mut().drain();
        w => w.hash_set_mut().insert(&name(7));
        w => w.hash_set_mut().remove(&name(8));
        w => w.hash_set_mut().extend(ticking([3, 8, 9].map(name).iter()));
        w => w.hash_set_mut().retain(|name| { tick(); name.number > 9 });
        w => w.hash_set_mut().drain();
        w => w.deque_mut().push_back(&job(1));
        w => w.deque_mut().push_front(&job(1));
        w => w.deque_mut().pop_back();
        w => w.deque_mut().pop_front();
        w => w.deque_mut().set(3, &job(9));
        w => w.deque_mut().insert(30, &job(9));
        w => w.deque_mut().remove(7);
        w => w.deque_mut().swap_remove_back(3);
        w => w.deque_mut().extend(ticking([job(1), job(2)].iter()));
        w => w.deque_mut().retain(|job| { tick(); job.length.as_millis() % 2 == 0 });
        w => w.deque_mut().drain(3..9);
        w => w.deque_mut().resize(45, &job(3));
        w => w.deque_mut().assign(&VecDeque::from([job(1), job(2)]));
        w => w.list_mut().get_mut(0)?.unwrap().insert(&name(5), &VecDeque::from([job(5)]));
        w => w.list_mut().get_mut(0)?.unwrap().get_mut(&name(1))?.unwrap().push_front(&job(5));
        w => w.list_mut().retain(|map| { tick(); map.is_empty() });
        w => w.list_mut().push(&BTreeMap::from([(name(3), VecDeque::from([job(3)]))]));
        w => w.event_mut().update(|event| {
            tick();
            if let Event::Named(map, set) = event {
                map.insert(name(3), job(3));
                set.insert(name(5));
            }
        });
        w => w.set_event(&Event::Started(job(8)));
    }
}

/// Changes of all kinds, whose errors are ignored.
fn go_on(tx: &mut PanicsTransaction<'_>) {
    let _ = tx.tree_mut().insert(&name(99), &job(1));
    let _ = tx.tree_mut().pop_first();
    let _ = tx.tree_mut().retain(|name, _| name.number % 3 == 0);
    let _ = tx.set_mut().insert(&name(99));
    let _ = tx.hash_mut().insert(&name(99), &job(1));
    let _ = tx.hash_mut().remove(&name(4));
    let _ = tx.deque_mut().push_front(&job(1));
    let _ = tx.deque_mut().pop_back();
    let _ = tx.deque_mut().truncate(3);
    let _ = tx.list_mut().clear();
    let _ = tx.set_event(&Event::None);
}

/// Nothing of an operation remains.
fn expect_untouched(w: &PanicsWriter, before: &(Panics, u64, u64), what: &str, at: u32) {
    let stats = w.file().stats();
    assert_eq!(
        (w.file().generation(), stats.live, stats.leaked),
        (before.1, before.2, 0),
        "{what} at {at}"
    );
    assert!(w.snapshot().unwrap() == before.0, "{what} at {at}");
}

/// Runs code with a panic at each of its calls of user code, until it passes. Returns at how many.
fn each_call(what: &str, mut run: impl FnMut(u32) -> bool) -> u32 {
    for at in 0.. {
        LEFT.set(at);
        let has_passed = run(at);
        LEFT.set(u32::MAX);
        if has_passed {
            return at;
        }
        assert!(at < 20_000, "{what} does not end");
    }
    unreachable!("it ends")
}

#[test]
fn an_operation_that_panics_at_any_call_leaves_nothing() {
    quiet();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("panics.bin");
    let mut calls = 0;
    let gone_on = {
        let mut w = PanicsWriter::create_at(&path).unwrap();
        w.publish(&sample()).unwrap();
        w.transaction(|tx| {
            go_on(tx);
            Ok(())
        })
        .unwrap();
        w.snapshot().unwrap()
    };
    for (what, alone, within) in operations() {
        let mut w = PanicsWriter::create_at(&path).unwrap();
        w.publish(&sample()).unwrap();
        let stats = w.file().stats();
        let mut before = (sample(), w.file().generation(), stats.live);
        calls += each_call(what, |at| {
            let result = catch_unwind(AssertUnwindSafe(|| {
                w.transaction(|tx| {
                    let caught = catch_unwind(AssertUnwindSafe(|| within(tx)));
                    let Err(_) = caught else { return Err(WriteError::Aborted) };
                    // Whoever catches it goes on, with what may be half done.
                    go_on(tx);
                    Ok(())
                })
            }));
            let has_passed = LEFT.get() != u32::MAX;
            LEFT.set(u32::MAX);
            match result {
                Ok(Err(WriteError::Aborted)) => expect_untouched(&w, &before, what, at),
                // A search has panicked, before anything was changed.
                Ok(Ok(())) => {
                    assert!(w.snapshot().unwrap() == gone_on, "{what} at {at}");
                    w.publish(&sample()).unwrap();
                    before.1 = w.file().generation();
                    before.2 = w.file().stats().live;
                }
                other => panic!("{what} at {at}: {other:?}"),
            }
            has_passed
        });
        calls += each_call(what, |at| {
            let result = catch_unwind(AssertUnwindSafe(|| alone(&mut w)));
            let Err(_) = result else { return true };
            LEFT.set(u32::MAX);
            expect_untouched(&w, &before, what, at);
            false
        });
        let (after, live) = (w.snapshot().unwrap(), w.file().stats().live);
        assert_eq!(w.file().stats().leaked, 0, "{what}");
        drop(w);
        let mut w = PanicsWriter::create_at(&path).unwrap();
        assert_eq!(w.file().stats().live, live, "{what}: blocks were lost or given back");
        assert!(w.snapshot().unwrap() == after, "{what}");
        PanicsReader::open_at(&path).unwrap().pin().unwrap().verify().unwrap();
        w.publish(&Panics::default()).unwrap();
    }
    assert!(calls > 500, "only {calls} panics");
}

#[test]
fn an_update_that_panics_at_any_call_leaves_nothing() {
    quiet();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("panics.bin");
    let mut w = PanicsWriter::create_at(&path).unwrap();
    w.publish(&sample()).unwrap();
    let before = (sample(), w.file().generation(), w.file().stats().live);
    let new = changed();
    let mut calls = 0;
    // Each call would take minutes.
    for at in (0..).step_by(7) {
        LEFT.set(at);
        let result = catch_unwind(AssertUnwindSafe(|| w.publish(&new)));
        LEFT.set(u32::MAX);
        if let Ok(result) = result {
            result.unwrap();
            break;
        }
        calls += 1;
        expect_untouched(&w, &before, "publish", at);
    }
    assert!(calls > 50 && w.snapshot().unwrap() == new, "only {calls} panics");
    let live = w.file().stats().live;
    drop(w);
    let w = PanicsWriter::create_at(&path).unwrap();
    assert_eq!((w.file().stats().live, w.file().stats().leaked), (live, 0));
}

#[test]
fn readers_whose_user_code_panics_read_on() {
    quiet();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("panics.bin");
    PanicsWriter::create_at(&path).unwrap().publish(&sample()).unwrap();
    let r = PanicsReader::open_at(&path).unwrap();
    let view = r.pin().unwrap();
    let reads: [(&str, &dyn Fn()); 8] = [
        ("get", &|| drop(r.tree().get(&name(8)).unwrap())),
        ("contains", &|| assert!(view.set().contains(&name(8)).unwrap())),
        ("range", &|| assert!(view.tree().range(&name(60)..).count() > 0)),
        ("load", &|| drop(view.hash().load().unwrap())),
        ("deque", &|| drop(r.deque().load().unwrap())),
        ("for_each", &|| view.tree().for_each(|_, _| tick()).unwrap()),
        ("hash for_each", &|| view.hash().for_each(|_, _| tick()).unwrap()),
        ("verify", &|| view.verify().unwrap()),
    ];
    for (what, read) in reads {
        let calls = each_call(what, |_| catch_unwind(AssertUnwindSafe(read)).is_ok());
        assert!(calls > 0, "{what}");
        assert!(view.snapshot().unwrap() == sample() && r.snapshot().unwrap() == sample());
    }
}
