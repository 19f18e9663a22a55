//! The limits: a `memcpy` between two loads, and the bare system calls of opening a file.
#![allow(unsafe_code, reason = "what everything is compared with needs no safety")]

use core::hint::black_box;
use core::sync::atomic::{AtomicU64, Ordering};
use std::fs::{File, OpenOptions};
use std::path::Path;

use memmap2::{MmapOptions, MmapRaw};

use super::{Peer, Read, ReadByValue, Values, Write, boxed, values};
use crate::place::Place;

/// Bytes after two words in a mapped file, copied without a protocol.
#[derive(Debug)]
pub struct Memcpy;

/// Both ends: a mapping and memory of this process.
#[derive(Debug)]
pub struct MemcpyEnd<const W: usize> {
    map: MmapRaw,
    value: Box<[u64; W]>,
}

const HEAD: usize = 128;

impl<const W: usize> MemcpyEnd<W> {
    fn open(place: &Place) -> Self {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false);
        let file = file.open(place.path("memcpy")).unwrap();
        file.set_len((HEAD + W * 8) as u64).unwrap();
        let map = MmapOptions::new().map_raw(&file).unwrap();
        Self { map, value: boxed() }
    }

    fn word(&self, index: usize) -> &AtomicU64 {
        debug_assert!(index < HEAD / 8);
        // SAFETY: the mapping has `HEAD` bytes in front, of which the callers name a word.
        let word = unsafe { self.map.as_mut_ptr().add(index * 8) };
        // SAFETY: as above, and words of a mapping, which starts at a page boundary, are aligned.
        unsafe { AtomicU64::from_ptr(word.cast()) }
    }

    fn payload(&self) -> *mut [u64; W] {
        // SAFETY: the mapping is `HEAD` bytes longer than the payload.
        unsafe { self.map.as_mut_ptr().add(HEAD).cast() }
    }
}

impl<const W: usize> Peer<W> for Memcpy {
    const NAME: &'static str = "memcpy";
    type Writer = MemcpyEnd<W>;
    type Reader = MemcpyEnd<W>;

    fn writer(place: &Place) -> MemcpyEnd<W> {
        let mut end = MemcpyEnd::open(place);
        end.publish_all(0, &values());
        end
    }

    fn reader(place: &Place) -> MemcpyEnd<W> {
        MemcpyEnd::open(place)
    }
}

impl<const W: usize> Write<W> for MemcpyEnd<W> {
    #[inline]
    fn publish(&mut self, words: &[u64; W]) {
        // SAFETY: both sides are aligned and of this size; what a reader sees does not matter.
        unsafe { core::ptr::copy_nonoverlapping(black_box(words), self.payload(), 1) };
    }

    #[inline]
    fn publish_all(&mut self, turn: usize, values: &Values<W>) {
        self.publish(&values[turn]);
    }
}

impl<const W: usize> Read<W> for MemcpyEnd<W> {
    #[inline]
    fn read(&mut self) -> bool {
        let before = self.word(0).load(Ordering::Acquire);
        let value: *mut [u64; W] = black_box(&raw mut *self.value);
        // SAFETY: both sides are aligned and of this size; what is seen does not matter.
        unsafe { core::ptr::copy_nonoverlapping(self.payload(), value, 1) };
        black_box(&mut *self.value);
        before == self.word(8).load(Ordering::Acquire)
    }

    fn value(&mut self) -> Option<Box<[u64; W]>> {
        self.read().then(|| self.value.clone())
    }
}

impl<const W: usize> ReadByValue<W> for MemcpyEnd<W> {
    #[inline]
    fn read_by_value(&mut self) {
        let before = self.word(0).load(Ordering::Acquire);
        // SAFETY: the payload is aligned and of this size; what is seen does not matter.
        let value = unsafe { self.payload().read() };
        let is_same = before == self.word(8).load(Ordering::Acquire);
        black_box(is_same.then_some(value));
    }
}

/// Opens, maps, touches, unmaps and closes the file at `path`: what opening costs at least.
pub fn bare_open(path: &Path, len: usize) {
    let file = File::open(path).unwrap();
    let map = MmapOptions::new().len(len).map_raw_read_only(&file).unwrap();
    // SAFETY: the mapping is not empty and readable.
    black_box(unsafe { map.as_ptr().read_volatile() });
}
