//! Readers without a pin beside a writer that does nothing but commit: how often they are tried again.

use core::hint::black_box;
use core::ops::Bound;
use core::time::Duration;
use std::time::Instant;

use commy::ReadError;

use super::figures::{Figure, Unit, Wanted, grouped};
use super::kinds::{Kind, Numbers, Texts};
use super::stage::RANGE;
use super::stores::commy_store::{numbers, texts};
use crate::background::Background;
use crate::place::Place;

const LEN: usize = 100_000;
const TIME: Duration = Duration::from_secs(2);

/// All of it.
#[must_use]
pub fn measure() -> Vec<Figure> {
    let mut figures = Vec::new();
    figures.extend(beside_numbers());
    figures.extend(beside_texts());
    figures
}

macro_rules! beside {
    ($name:ident: $kind:ident, $records:ident, |$key:ident| $look:expr) => {
        fn $name() -> [Figure; 3] {
            let place = Place::new();
            let path = place.path("busy");
            let keys = $kind::keys(LEN);
            let background = Background::start(None, {
                let (keys, path) = (keys.clone(), path.clone());
                move || {
                    let mut writer = $records::MappedWriter::create_at(path).unwrap();
                    writer
                        .transaction(|tx| {
                            let mut map = tx.map_mut();
                            (keys.iter().zip(0..)).try_for_each(|($key, number)| {
                                map.insert($look, $kind::value(number))
                            })
                        })
                        .unwrap();
                    let mut update = 0_usize;
                    move || {
                        update += 1;
                        let $key = &keys[update * 61_803 % LEN];
                        writer.map_mut().insert($look, $kind::value(update as u64)).unwrap();
                    }
                }
            });
            let reader = $records::MappedReader::open_at(&path).unwrap();
            let mut next = 0_usize;
            let mut get = || {
                next += 1;
                let $key = &keys[next * 31_991 % LEN];
                tried(&mut |tries| {
                    reader.read(|view| {
                        *tries += 1;
                        black_box(view.map().get($look)?.unwrap());
                        Ok(())
                    })
                })
            };
            let (gets, again, commits) = run(&background, &mut get);
            let mut next = 0_usize;
            let mut range = || {
                next += 1;
                let $key = &keys[next * 31_991 % LEN];
                tried(&mut |tries| {
                    reader.read(|view| {
                        *tries += 1;
                        let from = (Bound::Included($look), Bound::Unbounded);
                        view.map().range(from).take(RANGE).try_for_each(|entry| entry.map(drop))
                    })
                })
            };
            let (_, ranges_again, _) = run(&background, &mut range);
            let what = |what: &str| {
                let kind = $kind::NAME;
                format!("{kind} of {}, beside a writer at full speed: {what}", grouped(LEN))
            };
            let again_what = what(&format!("gets tried again, of {gets}"));
            [
                Figure::alone(again_what, Unit::Percent, again, Wanted::AtMost(0.01)),
                Figure::alone(
                    what("ranges of 100 tried again"),
                    Unit::Percent,
                    ranges_again,
                    Wanted::Any,
                ),
                Figure::alone(what("commits of one update"), Unit::Rate, commits, Wanted::Any),
            ]
        }
    };
}

beside!(beside_numbers: Numbers, numbers, |key| *key);
beside!(beside_texts: Texts, texts, |key| key.as_str());

/// How often a read was tried.
fn tried(read: &mut dyn FnMut(&mut u64) -> Result<(), ReadError>) -> u64 {
    let mut tries = 0;
    read(&mut tries).unwrap();
    tries
}

/// Reads for a while; returns how often, how many of a hundred were tried again, and how many
/// commits there were in a second.
fn run(background: &Background, read: &mut dyn FnMut() -> u64) -> (u64, f64, f64) {
    let (mut reads, mut again) = (0_u64, 0_u64);
    let (started, before) = (Instant::now(), background.rounds());
    while started.elapsed() < TIME {
        for _ in 0..100 {
            again += read() - 1;
        }
        reads += 100;
    }
    let commits = (background.rounds() - before) as f64 / started.elapsed().as_secs_f64();
    (reads, 100.0 * again as f64 / reads as f64, commits)
}
