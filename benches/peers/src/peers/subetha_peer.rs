//! subetha-cxc: its cell, a value of at most 52 bytes behind a sequence number, as its own benchmark
//! uses it.
//!
//! Compiled with `--cfg commy_subetha` only: the crate asks for a newer rustc than the rest.

use core::hint::black_box;

use subetha_cxc::shared_cell::SharedCell;

use super::{Peer, Read, ReadByValue, Values, Write, values};
use crate::place::Place;

/// A cell.
#[derive(Debug)]
pub struct Subetha;

#[expect(missing_debug_implementations, reason = "the crate has none for what is inside")]
pub struct SubethaEnd<const W: usize> {
    cell: SharedCell<[u64; W]>,
}

impl<const W: usize> Peer<W> for Subetha {
    const NAME: &'static str = "subetha-cxc";
    type Writer = SubethaEnd<W>;
    type Reader = SubethaEnd<W>;

    fn writer(place: &Place) -> SubethaEnd<W> {
        let mut end = SubethaEnd { cell: SharedCell::create(place.path("subetha")).unwrap() };
        end.publish_all(0, &values());
        end
    }

    fn reader(place: &Place) -> SubethaEnd<W> {
        SubethaEnd { cell: SharedCell::open(place.path("subetha")).unwrap() }
    }
}

impl<const W: usize> Write<W> for SubethaEnd<W> {
    #[inline]
    fn publish(&mut self, words: &[u64; W]) {
        self.cell.set(*black_box(words));
    }

    #[inline]
    fn publish_all(&mut self, turn: usize, values: &Values<W>) {
        self.publish(&values[turn]);
    }
}

impl<const W: usize> Read<W> for SubethaEnd<W> {
    #[inline]
    fn read(&mut self) -> bool {
        self.read_by_value();
        true
    }

    fn value(&mut self) -> Option<Box<[u64; W]>> {
        Some(Box::new(self.cell.get()))
    }
}

impl<const W: usize> ReadByValue<W> for SubethaEnd<W> {
    #[inline]
    fn read_by_value(&mut self) {
        black_box(self.cell.get());
    }
}
