//! Random transactions against a naive model, which knows for each byte the generations that can
//! reach it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::*;
use crate::heap::block_states::State;

/// A block as the model knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Block {
    bytes: u64,
    birth: u64,
}

struct Model {
    heap: Heap,
    world: World,
    limits: Limits,
    /// The generation of the running transaction.
    generation: u64,
    /// What the running transaction reaches, by offset, and what the latest generation does.
    running: BTreeMap<u64, Block>,
    latest: BTreeMap<u64, Block>,
    /// For 16 bytes each, by their offset: the generations that reach them, as [birth, retired).
    reach: HashMap<u64, Vec<(u64, u64)>>,
    /// Pins of readers, valid until they are evicted; and the durable generation.
    pins: Vec<u64>,
    durable: u64,
    /// The bytes that were given back.
    punched: u64,
}

fn overlaps(blocks: &BTreeMap<u64, Block>, offset: u64, bytes: u64) -> bool {
    let before = blocks.range(..offset + bytes).next_back();
    before.is_some_and(|(start, block)| start + block.bytes > offset)
}

impl Model {
    fn new(limits: Limits) -> Self {
        let (heap, world) = (empty(limits), World::new());
        let (running, latest, reach) = (BTreeMap::new(), BTreeMap::new(), HashMap::new());
        let (pins, durable, punched) = (Vec::new(), 0, 0);
        Self { heap, world, limits, generation: 1, running, latest, reach, pins, durable, punched }
    }

    fn latest_generation(&self) -> u64 {
        self.heap.latest
    }

    fn alloc(&mut self, bytes: u64) {
        let extent = Extent::of(bytes).unwrap();
        let Ok(offset) = self.heap.alloc(extent, &mut self.world) else {
            // Nothing that a reader holds was spared.
            assert_eq!(self.heap.held.readers_bytes(), 0);
            return self.rollback();
        };
        let bytes = extent.bytes();
        assert!(START <= offset && offset + bytes <= self.world.len);
        assert!(!self.heap.is_in_closed_page(offset), "a page that is to become free");
        for page in (offset / PAGE * PAGE..offset + bytes).step_by(PAGE as usize) {
            assert!(!self.world.holes.contains(&page), "no room for {offset}");
        }
        assert!(!overlaps(&self.running, offset, bytes), "a second owner");
        assert!(!overlaps(&self.latest, offset, bytes), "a rollback would find it changed");
        let evicted = self.world.evicted;
        let pins = self.pins.iter().copied().filter(|pin| *pin > evicted);
        let pins: Vec<_> = pins.chain((self.durable > 0).then_some(self.durable)).collect();
        for unit in (offset..offset + bytes).step_by(16) {
            for (birth, retired) in self.reach.remove(&unit).unwrap_or_default() {
                let reaches = |pin: &&u64| birth <= **pin && **pin < retired;
                let pin = pins.iter().find(reaches);
                assert_eq!(pin, None, "pinned: {unit} in [{birth}, {retired})");
                assert!(retired <= self.world.reclaimed, "reused before it was announced");
            }
        }
        self.running.insert(offset, Block { bytes, birth: self.generation });
    }

    fn retire(&mut self, at: usize) {
        let Some((&offset, &block)) = self.running.iter().nth(at) else { return };
        self.heap.retire(offset, header(block.birth, block.bytes)).unwrap();
        self.running.remove(&offset);
    }

    fn publish(&mut self) {
        let generation = self.generation;
        for (offset, block) in &self.latest {
            if self.running.get(offset) != Some(block) {
                for unit in (*offset..offset + block.bytes).step_by(16) {
                    self.reach.get_mut(&unit).unwrap().last_mut().unwrap().1 = generation;
                }
            }
        }
        for (offset, block) in self.running.iter().filter(|(_, block)| block.birth == generation) {
            for unit in (*offset..offset + block.bytes).step_by(16) {
                self.reach.entry(unit).or_default().push((generation, u64::MAX));
            }
        }
        self.latest = self.running.clone();
        self.heap.published(generation);
        self.generation += 1;
    }

    fn rollback(&mut self) {
        self.heap.rollback();
        self.running = self.latest.clone();
    }

    /// Another writer opens the file, whatever the one before was doing.
    fn reopen(&mut self) {
        let mut recovery = Recovery::new(START, self.world.len, self.limits).unwrap();
        for (offset, block) in &self.latest {
            recovery.mark(*offset, Extent::of(block.bytes).unwrap()).unwrap();
        }
        let holes: Vec<_> = self.world.holes.iter().map(|page| (*page, page + PAGE)).collect();
        recovery.note_holes(&holes);
        let World { reclaimed, evicted, len, .. } = self.world;
        let latest = self.latest_generation();
        let control = Control { latest, reclaimed, evicted, len_at_oldest_pin: len };
        self.heap = recovery.finish(control);
        if self.durable > 0 {
            self.heap.hold(self.durable);
        }
        self.running = self.latest.clone();
        // Generations are not used again.
        self.generation = self.generation.max(latest + 1) + 1;
    }

    /// Moves what is in thin pages, in a transaction of its own, and gives back some free pages.
    fn compact(&mut self, random: &mut impl FnMut(u64) -> u64) -> u64 {
        self.publish();
        let (thin, budget) = (self.heap.begin_sweep(), random(20_000));
        let in_thin = self.running.clone().into_iter();
        let in_thin: Vec<_> =
            in_thin.filter(|(offset, _)| self.heap.is_in_closed_page(*offset)).collect();
        assert_eq!(in_thin.iter().map(|(_, block)| block.bytes).sum::<u64>(), thin);
        let mut moved = 0;
        for (offset, block) in in_thin {
            self.alloc(block.bytes);
            if self.running.len() <= self.latest.len() || moved > budget {
                break;
            }
            let at = self.running.keys().position(|start| *start == offset).unwrap();
            self.retire(at);
            moved += block.bytes;
        }
        self.heap.end_sweep(moved, moved < thin);
        self.publish();
        self.heap.reclaim(random(2) * 4096, &mut self.world);
        self.heap.punch(random(200_000), &mut self.world).0
    }

    /// A flush: the durable generation is pinned before the one before it is let go.
    fn flush(&mut self) {
        self.heap.hold(self.latest_generation());
        assert_eq!(self.heap.let_go(self.durable), self.durable > 0);
        self.durable = self.latest_generation();
    }

    /// What is reached, what is free and what waits are all blocks, and each is one of these.
    fn check(&self) {
        let heap = &self.heap;
        let hot = heap.blocks.check();
        let all = heap.blocks.table().all();
        let mut end = START;
        for (offset, bytes, _) in &all {
            // Behind the last block of a page less than a block is left.
            assert!(*offset == end || (*offset > end && offset.is_multiple_of(PAGE)));
            end = offset + bytes;
        }
        assert_eq!(end.next_multiple_of(PAGE), self.world.len);
        let reached = all.iter().filter(|block| matches!(block.2, State::Live | State::Fresh));
        let reached = reached.map(|(offset, bytes, _)| (*offset, *bytes));
        let model = self.running.iter().map(|(offset, block)| (*offset, block.bytes));
        assert!(reached.eq(model), "what is in use is what the transaction reaches");
        let waiting: BTreeSet<_> =
            all.iter().filter(|block| block.2 == State::Waiting).map(|block| block.0).collect();
        let held = heap.held.iter().map(|(_, block)| block);
        let (mut bytes, mut seen) = (0, BTreeSet::new());
        for block in heap.limbo.iter().chain(held).chain(heap.dead()) {
            assert!(seen.insert(block.offset) && waiting.contains(&block.offset), "{block:?}");
            bytes += block.extent.bytes();
        }
        let dead: u64 = heap.dead().iter().map(|block| block.extent.bytes()).sum();
        let held = heap.held.readers_bytes() + heap.held.writer_bytes();
        assert_eq!(bytes, heap.limbo.bytes() + held + dead);
        let quarantine = heap.quarantine.as_ref().map_or(0, |quarantine| quarantine.bytes());
        assert_eq!(heap.blocks.waiting(), bytes + quarantine);
        let in_table = all.iter().filter(|block| block.2 == State::Waiting);
        assert_eq!(in_table.map(|block| block.1).sum::<u64>(), bytes + quarantine + hot);
    }

    fn step(&mut self, random: &mut impl FnMut(u64) -> u64) {
        match random(20) {
            16 if random(3) == 0 => self.punched += self.compact(random),
            0..8 => {
                let size = match random(12) {
                    0 => 4097 + random(5 * PAGE),
                    1..4 => random(4097),
                    _ => 24 + random(400),
                };
                (0..=random(6)).for_each(|_| self.alloc(size));
            }
            8..12 => {
                let most = if random(30) == 0 { 400 } else { 12 };
                for _ in 0..random(most) {
                    self.retire(random(self.running.len() as u64 + 1) as usize);
                }
            }
            12..15 => {
                self.publish();
                self.heap.reclaim_if_due(&mut self.world);
            }
            15 => self.heap.reclaim([0, 1 << 10, 1 << 14][random(3) as usize], &mut self.world),
            16 => {
                if random(3) == 0 {
                    self.rollback();
                }
                if random(12) == 0 {
                    self.reopen();
                }
            }
            17 => {
                let latest = self.latest_generation();
                if latest > 0 {
                    self.flush();
                }
                // A valid pin is neither below RECLAIMED nor evicted.
                let least = self.world.reclaimed.max(self.world.evicted + 1);
                if self.pins.len() < 20 && least <= latest {
                    let pin = latest - if random(3) == 0 { random(latest + 1 - least) } else { 0 };
                    self.world.pin(pin);
                    self.pins.push(pin);
                }
            }
            18 => {
                let most = if random(10) == 0 { 20 } else { 2 };
                for _ in 0..random(most).min(self.pins.len() as u64) {
                    let pin = self.pins.swap_remove(random(self.pins.len() as u64) as usize);
                    self.world.unpin(pin);
                }
            }
            _ => {
                // Locks that are no pins: of a reader that is about to find itself too late, or of
                // one that announces that it will pin.
                let noise = self
                    .world
                    .locks
                    .iter()
                    .position(|lock| lock.1 == u64::MAX || !self.pins.contains(&lock.0));
                match noise {
                    Some(at) => drop(self.world.locks.remove(at)),
                    None if random(2) == 0 => self.world.locks.push((self.generation, u64::MAX)),
                    None => {
                        let stale = random(self.generation);
                        if !self.pins.contains(&stale) {
                            self.world.pin(stale);
                        }
                    }
                }
            }
        }
        self.check();
    }
}

#[test]
fn no_block_is_handed_out_while_a_pinned_generation_reaches_it() {
    let (mut reused, mut evicted, mut grown, mut punched) = (0, 0, 0, 0);
    for seed in 0..50 {
        let mut random = random(seed);
        let budget = [None, Some(8 << 10), Some(64 << 10)][seed as usize % 3];
        let max_size = [1 << 30, 400 << 10][seed as usize % 2];
        let mut model = Model::new(Limits { max_size, budget, max_step: MAX_STEP });
        for step in 0..300 {
            // Now and then a disk is full.
            model.world.disk = if step % 50 < 40 { u64::MAX } else { model.world.len };
            model.step(&mut random);
        }
        reused += u64::from(model.world.reclaimed > 0);
        evicted += u64::from(model.world.evicted > 0);
        grown += model.world.len - START;
        punched += model.punched;
        // Without readers and flushes all that is retired becomes free.
        model.world.locks.clear();
        model.pins.clear();
        model.rollback();
        model.publish();
        model.flush();
        for _ in 0..64 {
            model.heap.reclaim(0, &mut model.world);
        }
        model.check();
        assert_eq!(model.heap.blocks.waiting(), 0, "seed {seed}");
    }
    assert!(reused == 50 && evicted > 10 && grown > 50 << 14, "{reused} {evicted} {grown}");
    assert!(punched > 1 << 20, "{punched}");
}
