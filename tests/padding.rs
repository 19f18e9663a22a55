//! Padding bytes and unused tails are zero in the file, whatever the program's memory held.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

#[path = "support/format.rs"]
mod format;

use core::mem::{MaybeUninit, offset_of};
use std::fs;

use commy::{
    FixedDeque, FixedMap, FixedSet, FixedString, FixedVec, Mappable, create_reader, create_writer,
};

#[derive(Debug, Clone, Copy, PartialEq, Mappable)]
#[repr(C)]
struct Inner {
    small: u8,
    large: u32,
}

#[create_writer(filename = "holes.bin")]
#[create_reader(filename = "holes.bin")]
#[derive(Debug, PartialEq)]
struct Holes {
    tag: u8,
    wide: u64,
    inner: Inner,
    flag: bool,
    list: FixedVec<Inner, 4>,
    ring: FixedDeque<Inner, 3>,
    text: FixedString<15>,
    pairs: FixedMap<u8, Inner, 3>,
    keys: FixedSet<u16, 3>,
    wider: u128,
    last: u8,
}

/// A value whose padding and tails are full of 0xaa.
fn dirty() -> Box<Holes> {
    let mut place = Box::<Holes>::new_uninit();
    let inner = |value: u8| Inner { small: value, large: value.into() };
    #[allow(
        unsafe_code,
        clippy::multiple_unsafe_ops_per_block,
        reason = "padding cannot be filled otherwise"
    )]
    // SAFETY: every field is written through its place; the bytes between stay 0xaa, and the
    // tails of the containers are overwritten by their constructors' zeros.
    unsafe {
        let ptr = place.as_mut_ptr();
        ptr.cast::<MaybeUninit<u8>>().write_bytes(0xaa, size_of::<Holes>());
        (&raw mut (*ptr).tag).write(1);
        (&raw mut (*ptr).wide).write(2);
        (&raw mut (*ptr).inner.small).write(3);
        (&raw mut (*ptr).inner.large).write(4);
        (&raw mut (*ptr).flag).write(true);
        (&raw mut (*ptr).list).write(FixedVec::try_from([inner(5), inner(6)]).unwrap());
        let mut ring = FixedDeque::literal(&[inner(1), inner(7), inner(8)]);
        ring.pop_front();
        (&raw mut (*ptr).ring).write(ring);
        (&raw mut (*ptr).text).write("seven".parse().unwrap());
        (&raw mut (*ptr).pairs).write(FixedMap::try_from([(7, inner(8)), (6, inner(9))]).unwrap());
        (&raw mut (*ptr).keys).write(FixedSet::try_from([10, 11]).unwrap());
        (&raw mut (*ptr).wider).write(8);
        (&raw mut (*ptr).last).write(9);
        place.assume_init()
    }
}

/// Which bytes of the payload hold something.
fn used() -> Vec<core::ops::Range<usize>> {
    let list = offset_of!(Holes, list);
    let ring = offset_of!(Holes, ring);
    let text = offset_of!(Holes, text);
    let inner = |at: usize| [at..at + 1, at + 4..at + 8];
    let mut used = vec![0..1, 8..16];
    used.extend(inner(offset_of!(Holes, inner)));
    used.push(offset_of!(Holes, flag)..offset_of!(Holes, flag) + 1);
    used.push(list..list + 8);
    used.extend(inner(list + 8));
    used.extend(inner(list + 16));
    used.push(ring..ring + 8);
    // Its first cell is the one that is not in use.
    used.extend(inner(ring + 16));
    used.extend(inner(ring + 24));
    used.push(text..text + 8 + "seven".len());
    let map = offset_of!(Holes, pairs);
    used.push(map..map + 8 + 2);
    used.extend(inner(map + 12));
    used.extend(inner(map + 20));
    let set = offset_of!(Holes, keys);
    used.push(set..set + 8 + 4);
    used.push(offset_of!(Holes, wider)..offset_of!(Holes, wider) + 16);
    used.push(offset_of!(Holes, last)..offset_of!(Holes, last) + 1);
    used
}

#[test]
fn padding_in_the_file_is_zero_after_every_way_to_publish() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("holes.bin");
    let value = dirty();
    let mut writer = HolesWriter::create_at(&path).unwrap();
    for _ in 0..4 {
        // All cells of the deque are in use, and then one of them is not again.
        writer.push_over_ring(value.inner);
        writer.update(|holes| {
            holes.ring.pop_back();
            holes.ring = dirty().ring;
        });
        writer.publish(&value);
        writer.update(|holes| *holes = *dirty());
        writer.set_inner(value.inner);
        writer.set_list(&dirty().list).unwrap();
        // What was inserted and is removed again leaves nothing, once each slot was filled again.
        writer.insert_pairs(1, value.inner).unwrap();
        writer.insert_keys(u16::MAX).unwrap();
        assert!(writer.remove_pairs(&1).is_some() && writer.remove_keys(&u16::MAX));
        (0..4).for_each(|_| writer.batch(|batch| batch.set_inner(dirty().inner)));
    }
    assert_eq!(HolesReader::open_at(&path).unwrap().snapshot().unwrap(), *value);
    drop(writer);

    let bytes = fs::read(&path).unwrap();
    assert!(!bytes.windows(3).any(|run| run == [0xaa; 3]), "process memory is in the file");
    let used = used();
    for slot in 0..4 {
        // Each generation in its turn.
        let start = format::slot_of(&bytes, slot) + format::slot::PAYLOAD;
        let payload = &bytes[start..][..size_of::<Holes>()];
        assert_eq!(payload[0], 1, "slot {slot} holds the value");
        for (at, byte) in payload.iter().enumerate() {
            if !used.iter().any(|range| range.contains(&at)) {
                assert_eq!(*byte, 0, "byte {at} of slot {slot}");
            }
        }
    }
}
