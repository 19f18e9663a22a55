//! The free pages, as runs: the lowest for a single page, the shortest that suffices for a run.

use std::collections::{BTreeMap, BTreeSet};

/// Runs of free pages; neighbours are one run.
#[derive(Debug, Default)]
pub(crate) struct FreeRuns {
    /// The length in pages of each run, by its first page.
    by_start: BTreeMap<u32, u32>,
    /// Length and start of the same runs.
    by_len: BTreeSet<(u32, u32)>,
    /// How many pages they are.
    pages: u32,
}

impl FreeRuns {
    /// How many pages are free.
    pub(crate) const fn pages(&self) -> u32 {
        self.pages
    }

    /// Adds pages that are free now, which must not be in it.
    pub(crate) fn give(&mut self, start: u32, pages: u32) {
        if pages == 0 {
            return;
        }
        self.pages += pages;
        let (mut start, mut end) = (start, start + pages);
        if let Some((&before, &len)) = self.by_start.range(..start).next_back()
            && before + len == start
        {
            self.remove(before, len);
            start = before;
        }
        if let Some(&len) = self.by_start.get(&end) {
            self.remove(end, len);
            end += len;
        }
        self.insert(start, end - start);
    }

    /// Takes the lowest free page.
    pub(crate) fn take_page(&mut self) -> Option<u32> {
        let (&start, &len) = self.by_start.first_key_value()?;
        Some(self.take_from(start, len, 1))
    }

    /// Returns whether there are so many pages in a row.
    pub(crate) fn has_run(&self, pages: u32) -> bool {
        self.by_len.range((pages, 0)..).next().is_some() || pages == 0
    }

    /// Takes so many pages in a row, from the shortest run that has them; the lowest of these.
    pub(crate) fn take_run(&mut self, pages: u32) -> Option<u32> {
        let &(len, start) = self.by_len.range((pages, 0)..).next()?;
        Some(self.take_from(start, len, pages))
    }

    /// Takes up to `most` pages in a row: the lowest, or, if more than one are needed, those of the
    /// shortest run that has so many.
    pub(crate) fn take_up_to(&mut self, needed: u32, most: u32) -> Option<(u32, u32)> {
        let (start, len) = match needed {
            0 | 1 => self.by_start.first_key_value().map(|(start, len)| (*start, *len))?,
            _ => self.by_len.range((needed, 0)..).next().map(|(len, start)| (*start, *len))?,
        };
        let pages = len.min(most);
        (pages > 0).then(|| (self.take_from(start, len, pages), pages))
    }

    /// Takes up to `most` pages in a row, the highest ones.
    pub(crate) fn take_last(&mut self, most: u32) -> Option<(u32, u32)> {
        let (&start, &len) = self.by_start.last_key_value().filter(|_| most > 0)?;
        let pages = len.min(most);
        self.remove(start, len);
        if len > pages {
            self.insert(start, len - pages);
        }
        self.pages -= pages;
        Some((start + len - pages, pages))
    }

    /// How many free pages there are right before `end`.
    pub(crate) fn before(&self, end: u32) -> u32 {
        let last = self.by_start.range(..end).next_back();
        last.map_or(0, |(start, len)| if start + len == end { *len } else { 0 })
    }

    fn take_from(&mut self, start: u32, len: u32, pages: u32) -> u32 {
        self.remove(start, len);
        if len > pages {
            self.insert(start + pages, len - pages);
        }
        self.pages -= pages;
        start
    }

    fn insert(&mut self, start: u32, len: u32) {
        self.by_start.insert(start, len);
        self.by_len.insert((len, start));
    }

    fn remove(&mut self, start: u32, len: u32) {
        self.by_start.remove(&start);
        self.by_len.remove(&(len, start));
    }

    /// Start and length of all runs.
    #[cfg(test)]
    pub(crate) fn all(&self) -> Vec<(u32, u32)> {
        assert_eq!(self.by_start.len(), self.by_len.len());
        assert!(self.by_start.iter().all(|(start, len)| self.by_len.contains(&(*len, *start))));
        assert_eq!(self.by_start.values().sum::<u32>(), self.pages);
        self.by_start.iter().map(|(start, len)| (*start, *len)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(given: &[(u32, u32)]) -> FreeRuns {
        let mut runs = FreeRuns::default();
        given.iter().for_each(|(start, pages)| runs.give(*start, *pages));
        runs
    }

    #[test]
    fn neighbours_become_one_run_in_whatever_order_they_come() {
        for order in [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] {
            let runs = runs(&order.map(|part| (part * 10, 10)));
            assert_eq!(runs.all(), [(10, 30)]);
        }
        assert_eq!(runs(&[(10, 5), (16, 5)]).all(), [(10, 5), (16, 5)]);
        assert_eq!(runs(&[(10, 0)]).all(), []);
    }

    #[test]
    fn a_page_is_the_lowest_and_a_run_is_from_the_shortest_that_has_it() {
        let mut runs = runs(&[(100, 50), (10, 3), (20, 8), (40, 8)]);
        assert_eq!(runs.take_run(4), Some(20));
        assert_eq!(runs.take_run(4), Some(24), "what was left of it fits exactly");
        assert_eq!(runs.take_run(9), Some(100));
        assert_eq!(runs.take_page(), Some(10));
        assert_eq!(runs.take_run(42), None);
        assert_eq!(runs.all(), [(11, 2), (40, 8), (109, 41)]);
        assert_eq!((runs.before(150), runs.before(149), runs.before(11)), (41, 0, 0));
        assert_eq!(runs.pages(), 51);
    }

    #[test]
    fn parts_of_runs_are_the_lowest_or_the_highest_or_of_the_shortest_that_suffices() {
        let mut runs = runs(&[(100, 50), (10, 3), (20, 8)]);
        assert_eq!(runs.take_up_to(1, 2), Some((10, 2)));
        assert_eq!(runs.take_up_to(5, 6), Some((20, 6)));
        assert_eq!(runs.take_up_to(3, 400), Some((100, 50)));
        assert_eq!(runs.take_up_to(3, 400), None);
        assert_eq!(runs.take_last(1), Some((27, 1)));
        assert_eq!(runs.take_last(9), Some((26, 1)));
        assert_eq!((runs.take_last(0), runs.pages()), (None, 1));
        assert_eq!(runs.all(), [(12, 1)]);
    }

    #[test]
    fn none_is_left_when_all_are_taken() {
        let mut runs = runs(&[(5, 3)]);
        assert_eq!([runs.take_page(), runs.take_page(), runs.take_page()], [5, 6, 7].map(Some));
        assert_eq!((runs.take_page(), runs.take_run(1), runs.pages()), (None, None, 0));
        assert!(runs.all().is_empty());
    }
}
