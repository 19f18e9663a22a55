//! What commits cost beside a reader that holds its view and does nothing else.
//!
//! sanakirja is the nearest relative whose readers lock what they read: its writer waits for them.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::time::Duration;
use std::thread;
use std::time::Instant;

use super::clock::thread_time;
use super::figures::{Figure, Unit, Wanted, grouped};
use super::kinds::{Kind, Numbers};
use super::store::{Store, View};
use super::stores::{NumbersStore, Sanakirja};
use crate::place::Place;

const LEN: usize = 100_000;
/// So long the view is held.
const TIME: Duration = Duration::from_secs(3);
/// Small enough that the view is evicted within that time.
const BUDGET: u64 = 1 << 20;

/// All of it.
#[must_use]
pub fn measure() -> Vec<Figure> {
    let keys = Numbers::keys(LEN);
    let (alone, held, evicted) = commy(&keys);
    let (waits_alone, waits) = sanakirja(&keys);
    let what = |what: &str| format!("{} of {}: {what}", Numbers::NAME, grouped(LEN));
    let slowest = "of the processor's time of a commit of one update, the 999th of 1000";
    vec![
        Figure::beside(
            what("commits of one update in 3 s"),
            Unit::Count,
            alone.count,
            vec![("sanakirja", waits_alone)],
            Wanted::Any,
        ),
        Figure::beside(
            what("the same while a view is held"),
            Unit::Count,
            held.count,
            vec![("sanakirja", waits)],
            Wanted::Any,
        ),
        Figure::alone(what(slowest), Unit::Time, alone.slow, Wanted::Any),
        Figure::beside(
            what("the same while a view is held"),
            Unit::Time,
            held.slow,
            vec![("without it", alone.slow)],
            Wanted::OfOther(1.5),
        ),
        Figure::beside(
            what("the same when that view was evicted"),
            Unit::Time,
            evicted.slow,
            vec![("without it", alone.slow)],
            Wanted::OfOther(1.5),
        ),
    ]
}

/// How many commits there were, and the nanoseconds that one in a thousand takes longer than.
struct Commits {
    count: f64,
    slow: f64,
}

/// Commits for a while.
fn commits(mut commit: impl FnMut()) -> Commits {
    let mut times = Vec::new();
    let started = Instant::now();
    while started.elapsed() < TIME {
        let before = thread_time();
        commit();
        times.push((thread_time() - before).as_nanos() as f64);
    }
    times.sort_by(f64::total_cmp);
    Commits { count: times.len() as f64, slow: times[times.len() * 999 / 1000] }
}

/// Without a view, with one that the budget permits, and with one that was evicted for it.
fn commy(keys: &[u64]) -> (Commits, Commits, Commits) {
    let run = |budget, is_held: bool| {
        let place = Place::new();
        let mut store = NumbersStore::create(&place);
        store.insert_all(keys);
        let NumbersStore { writer, reader } = store;
        let path = writer.file().path().to_owned();
        drop(writer);
        let mut options = super::stores::commy_store::numbers::MappedWriter::options().path(path);
        if let Some(budget) = budget {
            options = options.garbage_budget(budget);
        }
        let mut writer = options.create().unwrap();
        let view = is_held.then(|| reader.pin().unwrap());
        let mut update = 0_usize;
        let found = commits(|| {
            update += 1;
            writer.map_mut().insert(keys[update * 61_803 % LEN], update as u64).unwrap();
        });
        if let Some(view) = view {
            let is_evicted = view.map().len().is_err();
            assert_eq!(is_evicted, budget.is_some(), "what the budget is for");
        }
        found
    };
    (run(None, false), run(None, true), run(Some(BUDGET), true))
}

/// How many commits there are without a view, and while one is held.
fn sanakirja(keys: &[u64]) -> (f64, f64) {
    let place = Place::new();
    let mut store = <Sanakirja as Store<Numbers>>::create(&place);
    Store::<Numbers>::insert_all(&mut store, keys);
    let store = &store;
    let (count, is_over) = (&AtomicU64::new(0), &AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut update = 0_usize;
            while !is_over.load(Ordering::Relaxed) {
                update += 1;
                store.update_one(keys[update * 61_803 % LEN], update as u64);
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        let counted = || {
            let before = count.load(Ordering::Relaxed);
            thread::sleep(TIME);
            (count.load(Ordering::Relaxed) - before) as f64
        };
        let alone = counted();
        let view = store.hold();
        let held = counted();
        assert!(View::<Numbers>::get(&view, &keys[0]).is_some());
        // Before the view is let go, which the writer may wait for.
        is_over.store(true, Ordering::Relaxed);
        drop(view);
        (alone, held)
    })
}
