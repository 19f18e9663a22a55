//! mmap-sync: as its authors measure it, on tmpfs, with a writer that polls often instead of every
//! second.
#![allow(unsafe_code, reason = "reading is an unsafe function of that crate")]

use core::hint::black_box;
use core::time::Duration;

use bytecheck::CheckBytes;
use mmap_sync::locks::LockDisabled;
use mmap_sync::synchronizer::Synchronizer;
use rkyv::{Archive, Deserialize, Serialize};
use wyhash::WyHash;

use super::{Peer, Read, Values, Write, boxed, values};
use crate::place::Place;

type Sync = Synchronizer<WyHash, LockDisabled, 1024, 1_000>;

#[derive(Archive, Deserialize, Serialize, Debug)]
#[repr(transparent)]
#[archive_attr(derive(CheckBytes))]
pub struct Words<const W: usize> {
    words: [u64; W],
}

/// Reads unchecked and copies the words out.
#[derive(Debug)]
pub struct MmapSync;
/// Reads with its structural check and copies the words out.
#[derive(Debug)]
pub struct MmapSyncChecked;
/// Reads unchecked and looks at one word in place.
#[derive(Debug)]
pub struct MmapSyncInPlace;

#[expect(missing_debug_implementations, reason = "the crate has none for what is inside")]
pub struct MmapSyncWriter<const W: usize> {
    sync: Sync,
    /// Of the type that the crate writes; the first of the two is what changes in places.
    values: [Box<Words<W>>; 2],
}

#[expect(missing_debug_implementations, reason = "the crate has none for what is inside")]
pub struct MmapSyncReader<const W: usize, const CHECK: bool, const COPY: bool> {
    sync: Sync,
    value: Box<[u64; W]>,
}

macro_rules! peer {
    ($name:ident $text:literal $check:literal $copy:literal) => {
        impl<const W: usize> Peer<W> for $name {
            const NAME: &'static str = $text;
            type Writer = MmapSyncWriter<W>;
            type Reader = MmapSyncReader<W, $check, $copy>;

            fn writer(place: &Place) -> MmapSyncWriter<W> {
                let sync = Sync::with_params(place.path("mmap-sync").as_os_str());
                let own = values::<W>().map(|value| {
                    let value = Box::into_raw(value).cast::<Words<W>>();
                    // SAFETY: `Words` is an array and nothing else, and so is the allocation.
                    unsafe { Box::from_raw(value) }
                });
                let mut writer = MmapSyncWriter { sync, values: own };
                writer.publish_all(0, &values());
                writer
            }

            fn reader(place: &Place) -> Self::Reader {
                let sync = Sync::with_params(place.path("mmap-sync").as_os_str());
                MmapSyncReader { sync, value: boxed() }
            }
        }
    };
}

peer!(MmapSync "mmap-sync" false true);
peer!(MmapSyncChecked "mmap-sync checked" true true);
peer!(MmapSyncInPlace "mmap-sync in place" false false);

impl<const W: usize> Write<W> for MmapSyncWriter<W> {
    fn publish(&mut self, words: &[u64; W]) {
        let value = &mut *self.values[0];
        value.words[0] = words[0];
        value.words[W - 1] = words[W - 1];
        self.sync.write(black_box(value), Duration::from_micros(1)).unwrap();
    }

    fn publish_all(&mut self, turn: usize, _: &Values<W>) {
        self.sync.write(black_box(&*self.values[turn]), Duration::from_micros(1)).unwrap();
    }
}

impl<const W: usize, const CHECK: bool, const COPY: bool> Read<W>
    for MmapSyncReader<W, CHECK, COPY>
{
    #[inline]
    fn read(&mut self) -> bool {
        // SAFETY: what is read was written as this type; that a writer which lost patience may
        // overwrite it meanwhile is the peer's affair.
        let Ok(read) = (unsafe { self.sync.read::<Words<W>>(CHECK) }) else { return false };
        if COPY {
            let value = black_box(&mut *self.value);
            value.copy_from_slice(&read.words);
            black_box(value);
        } else {
            black_box(read.words[W / 2]);
        }
        true
    }

    fn value(&mut self) -> Option<Box<[u64; W]>> {
        self.read().then(|| self.value.clone())
    }
}
