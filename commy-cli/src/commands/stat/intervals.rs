//! How intervals are distributed, in bounded memory.

use core::time::Duration;
use std::collections::BTreeMap;

use serde::Serialize;

/// So many bits of an interval are kept, which is a thousandth of it.
const BITS: u32 = 10;

/// How often there was which interval.
#[derive(Debug, Default)]
pub(super) struct Intervals {
    /// By nanoseconds, with all but the first bits zero: some ten thousand keys at most.
    counts: BTreeMap<u64, u64>,
    longest: Duration,
}

/// Median, 99th percentile and maximum, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Spread {
    pub(super) p50: f64,
    pub(super) p99: f64,
    pub(super) max: f64,
}

impl Intervals {
    /// Counts what lies between two looks, in which `steps` generations were published: each of them took the
    /// same share, as far as anybody knows.
    pub(super) fn add(&mut self, between: Duration, steps: u64) {
        let Some(ns) = u64::try_from(between.as_nanos()).unwrap_or(u64::MAX).checked_div(steps)
        else {
            return;
        };
        let lost = (u64::BITS - ns.leading_zeros()).saturating_sub(BITS);
        *self.counts.entry(ns >> lost << lost).or_default() += steps;
        self.longest = self.longest.max(Duration::from_nanos(ns));
    }

    /// How long they are; `None` if there are none.
    pub(super) fn spread(&self) -> Option<Spread> {
        let counts: Vec<_> = self.counts.iter().map(|(ns, count)| (*ns, *count)).collect();
        let spread = spread(&counts)?;
        Some(Spread { max: self.longest.as_secs_f64(), ..spread })
    }

    /// How far they are from their median.
    pub(super) fn jitter(&self) -> Option<Spread> {
        let counts: Vec<_> = self.counts.iter().map(|(ns, count)| (*ns, *count)).collect();
        let median = at_share(&counts, 0.5)?;
        let mut away: Vec<_> =
            counts.iter().map(|(ns, count)| (ns.abs_diff(median), *count)).collect();
        away.sort_unstable();
        spread(&away)
    }
}

fn spread(counts: &[(u64, u64)]) -> Option<Spread> {
    let seconds = |ns: u64| Duration::from_nanos(ns).as_secs_f64();
    Some(Spread {
        p50: seconds(at_share(counts, 0.5)?),
        p99: seconds(at_share(counts, 0.99)?),
        max: seconds(counts.last()?.0),
    })
}

/// The least value that is not exceeded by this share of all. The values are in order.
fn at_share(counts: &[(u64, u64)], share: f64) -> Option<u64> {
    let all: u64 = counts.iter().map(|(_, count)| count).sum();
    let mut below = 0;
    counts.iter().find_map(|(value, count)| {
        below += count;
        (below as f64 >= all as f64 * share).then_some(*value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_all_intervals() {
        let mut intervals = Intervals::default();
        assert_eq!((intervals.spread(), intervals.jitter()), (None, None));
        for ns in 1..=100 {
            intervals.add(Duration::from_nanos(ns), 1);
        }
        let spread = intervals.spread().unwrap();
        assert_eq!(spread, Spread { p50: 50e-9, p99: 99e-9, max: 100e-9 });
        assert_eq!(intervals.jitter().unwrap(), Spread { p50: 25e-9, p99: 49e-9, max: 50e-9 });
    }

    #[test]
    fn generations_that_nobody_saw_count_with_their_mean() {
        let mut intervals = Intervals::default();
        intervals.add(Duration::from_nanos(900), 9);
        intervals.add(Duration::from_nanos(500), 1);
        intervals.add(Duration::from_nanos(500), 0);
        let spread = intervals.spread().unwrap();
        assert_eq!(spread, Spread { p50: 100e-9, p99: 500e-9, max: 500e-9 });
    }

    #[test]
    fn long_intervals_are_kept_to_a_thousandth_and_memory_is_bounded() {
        let mut intervals = Intervals::default();
        for ms in 1..100_000 {
            intervals.add(Duration::from_micros(ms * 37), 1);
        }
        assert!(intervals.counts.len() < 54 << BITS, "{} keys", intervals.counts.len());
        let expected = 50_000.0 * 37e-6;
        let p50 = intervals.spread().unwrap().p50;
        assert!((p50 - expected).abs() < expected / 500.0, "{p50}");
        intervals.add(Duration::MAX, 1);
        assert!(intervals.spread().unwrap().max > 1e10);
    }
}
