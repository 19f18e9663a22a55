//! How much garbage readers keep that pin a generation each and refresh in turn.
//!
//! With 16 questions a pass and nothing remembered, the writer never learns of the gaps between
//! more than seven pins. So what was retired in them is never freed.

use std::collections::VecDeque;

use super::random;
use crate::heap::pin_list::PinList;
use crate::publish::Proven;

/// How a writer learns which generations are pinned.
trait Rule {
    fn pass(&mut self, reclaimed: u64, latest: u64, locks: &[u64], questions: &mut u32);
    fn lowest_from(&self, generation: u64) -> Option<u64>;
}

/// One lock of these generations, as a kernel answers that has them in this order.
fn lock_in(locks: &[u64], first: u64, last: u64) -> Option<(u64, u64)> {
    let found = locks.iter().find(|lock| first <= **lock && **lock <= last);
    found.map(|lock| (*lock, *lock))
}

impl Rule for PinList {
    fn pass(&mut self, reclaimed: u64, latest: u64, locks: &[u64], questions: &mut u32) {
        PinList::pass::<Proven>(self, reclaimed, 0, latest, |first, last| {
            *questions += 1;
            lock_in(locks, first, last)
        });
    }

    fn lowest_from(&self, generation: u64) -> Option<u64> {
        PinList::lowest_from(self, generation)
    }
}

/// The control: each pass begins anew, with as many questions. What is left is unknown.
#[derive(Default)]
struct Anew(Vec<(u64, u64)>);

impl Rule for Anew {
    fn pass(&mut self, _: u64, latest: u64, locks: &[u64], questions: &mut u32) {
        self.0.clear();
        let mut open = vec![(1, latest)];
        while let Some((first, last)) = open.pop() {
            if first > last {
                continue;
            }
            if *questions == 16 {
                self.0.push((first, last));
                continue;
            }
            *questions += 1;
            if let Some((start, end)) = lock_in(locks, first, last) {
                self.0.push((start, end));
                open.extend([(first, start - 1), (end + 1, last)]);
            }
        }
        self.0.sort_unstable();
    }

    fn lowest_from(&self, generation: u64) -> Option<u64> {
        let at = self.0.partition_point(|(_, end)| *end < generation);
        self.0.get(at).map(|(start, _)| generation.max(*start))
    }
}

/// In which order the kernel has its locks.
#[derive(Debug, Clone, Copy)]
enum Order {
    OldestFirst,
    NewestFirst,
    ByReader,
}

const BLOCKS: usize = 2400;

/// The most blocks of garbage in the last half of so many commits, with `old` pins that stay and
/// `readers` that refresh in turn, one every few commits. A commit replaces four of 2400 blocks.
fn garbage(rule: impl Rule, old: u64, readers: u64, commits: u64, order: Order) -> usize {
    garbage_every(25, rule, old, readers, commits, order)
}

/// The same for readers of which one goes on with each so many commits.
fn garbage_every(
    pause: u64,
    mut rule: impl Rule,
    old: u64,
    readers: u64,
    commits: u64,
    order: Order,
) -> usize {
    let mut random = random(readers);
    let mut births = vec![1; BLOCKS];
    let (mut limbo, mut held) = (VecDeque::new(), Vec::new());
    let mut most = 0;
    // By reader; those that stay have pinned the first generations.
    let mut pins: Vec<u64> = (1..=old + readers).collect();
    let (mut turn, mut reclaimed) = (0, 0);
    for latest in old + readers + 1..commits {
        for _ in 0..4 {
            let block = random(BLOCKS as u64) as usize;
            limbo.push_back((births[block], latest));
            births[block] = latest;
        }
        if latest % pause == 0 {
            turn = (turn + 1) % readers;
            pins[(old + turn) as usize] = latest;
        }
        // As many as 150 KiB, and half of it, are of blocks of 1 KiB.
        if limbo.len() > 225 {
            let batch: Vec<(u64, u64)> = limbo.drain(..limbo.len() - 150).collect();
            reclaimed = batch.last().map_or(reclaimed, |block| block.1);
            let mut locks = pins.clone();
            match order {
                Order::OldestFirst => locks.sort_unstable(),
                Order::NewestFirst => locks.sort_unstable_by_key(|pin| u64::MAX - pin),
                Order::ByReader => {}
            }
            let mut questions = 0;
            rule.pass(reclaimed, latest, &locks, &mut questions);
            assert!(questions <= 16);
            locks.sort_unstable();
            held.extend(batch);
            held.retain(|(birth, retired)| {
                let held = rule.lowest_from(*birth).is_some_and(|pin| pin < *retired);
                let next = locks.partition_point(|pin| pin < birth);
                let is_pinned = locks.get(next).is_some_and(|pin| pin < retired);
                assert!(held || !is_pinned, "a pin was missed");
                held
            });
        }
        if latest > commits / 2 {
            most = most.max(limbo.len() + held.len());
        }
        if most > 40 * BLOCKS {
            break;
        }
    }
    most
}

/// Knows all, as the least that is possible.
#[derive(Default)]
struct Oracle(Vec<u64>);

impl Rule for Oracle {
    fn pass(&mut self, _: u64, _: u64, locks: &[u64], _: &mut u32) {
        self.0 = locks.to_vec();
        self.0.sort_unstable();
    }

    fn lowest_from(&self, generation: u64) -> Option<u64> {
        self.0.get(self.0.partition_point(|pin| *pin < generation)).copied()
    }
}

#[test]
fn garbage_stays_bounded_however_many_readers_refresh_in_turn() {
    for readers in [8, 24, 48] {
        let least = garbage(Oracle::default(), 0, readers, 6000, Order::ByReader);
        for order in [Order::OldestFirst, Order::NewestFirst, Order::ByReader] {
            let listed = garbage(PinList::default(), 0, readers, 6000, order);
            assert!(listed < least * 3 / 2, "{readers} readers, {order:?}: {listed}, not {least}");
        }
    }
}

/// Each pass comes after more generations were pinned, and let go, than it has questions.
#[test]
fn garbage_stays_bounded_however_fast_readers_refresh() {
    for (readers, pause) in [(8, 1), (24, 1), (48, 1), (24, 2), (24, 5), (200, 1)] {
        let of =
            |rule: PinList, commits, order| garbage_every(pause, rule, 3, readers, commits, order);
        for order in [Order::OldestFirst, Order::NewestFirst, Order::ByReader] {
            let some = of(PinList::default(), 3000, order);
            let more = of(PinList::default(), 12_000, order);
            assert!(
                more < some * 3 / 2,
                "{readers} readers, one per {pause}, {order:?}: {some}, then {more}"
            );
        }
    }
}

#[test]
fn readers_that_never_refresh_do_not_hide_those_that_do() {
    let least = garbage(Oracle::default(), 20, 12, 6000, Order::ByReader);
    let listed = garbage(PinList::default(), 20, 12, 6000, Order::ByReader);
    assert!(listed < least * 3 / 2, "{listed}, not {least}");
}

#[test]
fn a_writer_that_remembers_nothing_keeps_more_garbage_with_each_commit() {
    for readers in [12, 24, 48] {
        let after = |commits| garbage(Anew::default(), 0, readers, commits, Order::ByReader);
        let (some, more) = (after(2500), after(5000));
        assert!(more > some * 9 / 5, "{readers} readers: {some}, then {more}");
    }
}
