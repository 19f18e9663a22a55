//! A process-shared mutex in a mapped file, around a `memcpy`.
#![allow(unsafe_code, reason = "system calls and mapped memory")]

use core::hint::black_box;
use std::fs::OpenOptions;

use memmap2::{MmapOptions, MmapRaw};

use super::{Peer, Read, Values, Write, boxed, values};
use crate::place::Place;

/// A `pthread_mutex_t` with `PTHREAD_PROCESS_SHARED`.
#[derive(Debug)]
pub struct SharedMutex;

/// Both ends.
#[derive(Debug)]
pub struct MutexEnd<const W: usize> {
    map: MmapRaw,
    value: Box<[u64; W]>,
}

const HEAD: usize = 128;

impl<const W: usize> MutexEnd<W> {
    fn open(place: &Place) -> Self {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false);
        let file = file.open(place.path("mutex")).unwrap();
        file.set_len((HEAD + W * 8) as u64).unwrap();
        Self { map: MmapOptions::new().map_raw(&file).unwrap(), value: boxed() }
    }

    fn lock(&self) -> *mut libc::pthread_mutex_t {
        self.map.as_mut_ptr().cast()
    }

    fn payload(&self) -> *mut [u64; W] {
        // SAFETY: the mapping is `HEAD` bytes longer than the payload.
        unsafe { self.map.as_mut_ptr().add(HEAD).cast() }
    }

    fn locked(&self, copy: impl FnOnce(*mut [u64; W])) {
        // SAFETY: the writer initialised the mutex before any reader was opened.
        assert_eq!(unsafe { libc::pthread_mutex_lock(self.lock()) }, 0);
        copy(self.payload());
        // SAFETY: locked above.
        assert_eq!(unsafe { libc::pthread_mutex_unlock(self.lock()) }, 0);
    }
}

impl<const W: usize> Peer<W> for SharedMutex {
    const NAME: &'static str = "mutex";
    type Writer = MutexEnd<W>;
    type Reader = MutexEnd<W>;

    fn writer(place: &Place) -> MutexEnd<W> {
        let end = MutexEnd::open(place);
        let mut attributes = core::mem::MaybeUninit::uninit();
        // SAFETY: room for the attributes, which the call initialises.
        assert_eq!(unsafe { libc::pthread_mutexattr_init(attributes.as_mut_ptr()) }, 0);
        let (attributes, shared) = (attributes.as_mut_ptr(), libc::PTHREAD_PROCESS_SHARED);
        // SAFETY: initialised above.
        assert_eq!(unsafe { libc::pthread_mutexattr_setpshared(attributes, shared) }, 0);
        // SAFETY: the mapping has room for a mutex in front, and nobody else uses it yet.
        assert_eq!(unsafe { libc::pthread_mutex_init(end.lock(), attributes) }, 0);
        let mut end = end;
        end.publish_all(0, &values());
        end
    }

    fn reader(place: &Place) -> MutexEnd<W> {
        MutexEnd::open(place)
    }
}

impl<const W: usize> Write<W> for MutexEnd<W> {
    #[inline]
    fn publish(&mut self, words: &[u64; W]) {
        // SAFETY: aligned, of one size, and nobody else is there while the mutex is locked.
        self.locked(|to| unsafe { core::ptr::copy_nonoverlapping(black_box(words), to, 1) });
    }

    #[inline]
    fn publish_all(&mut self, turn: usize, values: &Values<W>) {
        self.publish(&values[turn]);
    }
}

impl<const W: usize> Read<W> for MutexEnd<W> {
    #[inline]
    fn read(&mut self) -> bool {
        let value: *mut [u64; W] = black_box(&raw mut *self.value);
        // SAFETY: aligned, of one size, and nobody else is there while the mutex is locked.
        self.locked(|from| unsafe { core::ptr::copy_nonoverlapping(from, value, 1) });
        black_box(value);
        true
    }

    fn value(&mut self) -> Option<Box<[u64; W]>> {
        self.read().then(|| self.value.clone())
    }
}
