//! What is in the slots of a file, against what the protocol puts there.

use core::time::Duration;
use std::thread;

use commy::WriterState;
use commy::dynamic::DynReader;

use super::Findings;
use super::codes::Code;
use crate::output::units;

/// A writer that goes on meanwhile makes slots look odd that are not. So what is odd has to stay so.
const LOOKS: u32 = 5;
const BETWEEN: Duration = Duration::from_millis(10);

pub(super) fn check(file: &DynReader, found: &mut Findings) {
    found.look();
    let mut odd = looked(file);
    for _ in 1..LOOKS {
        if odd.is_empty() {
            return;
        }
        if file.writer_state() != WriterState::Dead {
            thread::sleep(BETWEEN);
        }
        let again = looked(file);
        odd.retain(|found| again.contains(found));
    }
    for (code, text) in odd {
        found.add(code, text);
    }
}

/// What is odd in one look.
fn looked(file: &DynReader) -> Vec<(Code, String)> {
    let mut odd = Vec::new();
    let slots = file.slots();
    let latest = file.generation();
    let ring = slots.iter().filter(|slot| !slot.is_steady);
    let count = ring.clone().count() as u64;
    for (index, slot) in ring.enumerate() {
        let generation = slot.generation;
        if generation == 0 {
            continue;
        }
        if Some(index as u64) != generation.checked_rem(count) {
            let text =
                format!("slot {index} says generation {generation}, which is no one of its own");
            odd.push((Code::Slot, text));
        } else if !slot.is_whole {
            // A live writer may be held up for long in a publish.
            let (code, why) = match file.writer_state() {
                WriterState::Dead => (Code::SlotTorn, "its writer died"),
                _ => (Code::SlotOpen, "its writer is at it"),
            };
            let latest = units::grouped(latest);
            let text =
                format!("slot {index} is half written: {why}; readers see generation {latest}");
            odd.push((code, text));
        } else if generation > latest {
            let text =
                format!("slot {index} has generation {generation}, above the latest, {latest}");
            odd.push((Code::SlotAhead, text));
        }
    }
    let has_latest = slots.iter().any(|slot| slot.generation == latest && slot.is_whole);
    if latest > 0 && !has_latest {
        odd.push((Code::Latest, format!("no slot has the latest generation, {latest}")));
    }
    odd
}
