//! Rules that keep a wrong program, or a hostile file, from doing harm.

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use commy_types::schema::TypeSchema;
use commy_types::{Image, Invalid, Mappable};

use super::note::{AT, Note, Text};
use super::{bytes, place, set_bytes, set_text, text};
use crate::error::{ReadError, WriteError};
use crate::format::heap::Kind;
use crate::growable::at::At;
use crate::growable::cell::{Cell, Growable, Plain};
use crate::growable::snap::{Depth, MAX_HOPS, MAX_WEIGHT, RootPart, Snap, SnapGuard};
use crate::growable::writer::Sink;
use crate::growable::{PinPolicy, Reader, ReaderOptions, Writer};
use crate::mem::HeapWords;
use crate::publish::reclaim::ReclaimWords;
use crate::sync::{AtomicU64, Ordering};

fn writer(place: &super::Place) -> Writer<Note> {
    Writer::create_at(&place.path).unwrap()
}

#[test]
fn a_panic_that_was_caught_inside_a_transaction_undoes_it() {
    let place = place();
    let mut writer = writer(&place);
    set_text(&mut writer, "before").unwrap();
    let result = writer.transaction(|tx| {
        set_text(tx, "staged, and never seen")?;
        let caught = catch_unwind(AssertUnwindSafe(|| {
            tx.cursor(AT[2]).change(|edit, _| -> Result<(), WriteError> {
                edit.alloc(Kind::Bytes, 100)?;
                panic!("half of an operation");
            })
        }));
        assert!(caught.is_err());
        set_bytes(tx, &[1; 20])
    });
    assert_eq!(result, Err(WriteError::Aborted));
    assert_eq!(text(&Reader::open_at(&place.path).unwrap()).unwrap(), "before");
    writer.check_books();
    // The next one is none the worse for it.
    writer.transaction(|tx| set_text(tx, "after")).unwrap();
    assert_eq!(writer.snapshot().unwrap().text, "after");
}

#[test]
fn a_panic_inside_an_operation_of_its_own_leaves_nothing() {
    let place = place();
    let mut writer = writer(&place);
    set_text(&mut writer, "before").unwrap();
    let caught = catch_unwind(AssertUnwindSafe(|| {
        writer.cursor(AT[1]).whole(|mut cursor| -> Result<(), WriteError> {
            cursor.change(|edit, at| edit.write(at, &[0; 16]))?;
            panic!("between two changes");
        })
    }));
    assert!(caught.is_err());
    assert_eq!(writer.snapshot().unwrap().text, "before");
    assert_eq!(writer.file().generation(), 1);
    writer.check_books();
}

#[test]
fn a_published_block_is_never_written_to() {
    let place = place();
    let mut writer = writer(&place);
    set_text(&mut writer, &"x".repeat(100)).unwrap();
    let block = writer.cursor(AT[1]).look(|snap, at| snap.word(at.plus(8))).unwrap();
    let refused = writer.cursor(AT[1]).change(|edit, _| edit.fill(block, b"overwritten"));
    assert!(matches!(refused, Err(WriteError::Corrupt { .. })), "{refused:?}");
    let refused = writer.cursor(AT[1]).change(|edit, _| edit.put(block, 3, b"overwritten"));
    assert!(matches!(refused, Err(WriteError::Corrupt { .. })), "{refused:?}");
    assert_eq!(writer.snapshot().unwrap().text, "x".repeat(100));
}

/// A type whose check is its user's code.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C)]
struct ByHand(u64);

static CHECKS: AtomicU64 = AtomicU64::new(0);

#[allow(unsafe_code, reason = "the contract of the trait")]
// SAFETY: the layout is that of a `u64`, of which all bytes are values.
unsafe impl Mappable for ByHand {
    const SCHEMA: &'static TypeSchema = u64::SCHEMA;
    const NEEDS_CHECK: bool = true;
    const PLAIN: bool = false;
    type Arg<'a> = Self;
    type Output = ();

    fn assign(&mut self, value: Self) {
        *self = value;
    }

    fn check(_: &[u8]) -> Result<(), Invalid> {
        CHECKS.fetch_max(CHECKS.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        Ok(())
    }

    fn encode(&self, at: usize, image: &mut Image<'_>) {
        self.0.encode(at, image);
        assert_ne!(self.0, UNLUCKY, "after half of the work");
    }
}

/// A value that its encoding panics for.
const UNLUCKY: u64 = 13;

impl Growable for ByHand {
    type Cell = Plain<Self>;
    type Key = Plain<Self>;
}

#[test]
fn code_of_users_sees_no_bytes_that_may_be_torn() {
    let (reclaimed, evicted) = (AtomicU64::new(7), AtomicU64::new(0));
    let words = ReclaimWords { reclaimed: &reclaimed, evicted: &evicted };
    let root = RootPart { start: 0, words: &[5] };
    let load = |generation| {
        let guard = SnapGuard::Unpinned { words, generation, may_pin: false };
        let snap = Snap::new(HeapWords::EMPTY, root, guard, 100);
        <Plain<ByHand> as Cell>::load(&snap, At::root(0)).ok()
    };
    assert_eq!(load(6), None, "overtaken");
    assert_eq!(CHECKS.load(Ordering::Relaxed), 0);
    assert_eq!(load(7), Some(ByHand(5)));
    assert_eq!(CHECKS.load(Ordering::Relaxed), 1);
}

#[test]
fn a_panic_of_an_encoding_leaves_nothing() {
    let place = place();
    let mut writer = writer(&place);
    let set = |writer: &mut Writer<Note>, value| {
        let set = || Plain::<ByHand>::set(writer.cursor(AT[0]), ByHand(value));
        catch_unwind(AssertUnwindSafe(set)).is_ok()
    };
    assert!(set(&mut writer, 5) && !set(&mut writer, UNLUCKY));
    assert_eq!((writer.snapshot().unwrap().serial, writer.file().generation()), (5, 1));
    let result = writer.transaction(|tx| {
        let set = || Plain::<ByHand>::set(tx.cursor(AT[0]), ByHand(UNLUCKY));
        assert!(catch_unwind(AssertUnwindSafe(set)).is_err());
        Ok(())
    });
    assert_eq!(result, Err(WriteError::Aborted));
    assert!(set(&mut writer, 6));
    assert_eq!((writer.snapshot().unwrap().serial, writer.file().generation()), (6, 2));
}

#[test]
fn every_cell_has_a_size_so_that_no_number_of_them_is_free() {
    assert_eq!(<Plain<[u8; 0]> as Cell>::SIZE, 1);
    assert_eq!(<Option<[u8; 0]> as Cell>::SIZE, 2);
    let snap = Snap::new(HeapWords::EMPTY, RootPart { start: 0, words: &[] }, SnapGuard::None, 10);
    assert!((0..10).all(|_| snap.spend(0, 1).is_ok()));
    assert!(snap.spend(0, 1).is_err());
}

#[test]
fn depth_is_bounded_by_hops_and_by_what_they_weigh() {
    let hops = |size: usize| {
        let mut depth = Depth::default();
        let mut hops = 0;
        while let Some(deeper) = depth.deeper(size) {
            (depth, hops) = (deeper, hops + 1);
        }
        hops
    };
    assert_eq!(hops(8), MAX_HOPS);
    assert_eq!(hops(255), MAX_HOPS);
    assert_eq!(hops(256), MAX_WEIGHT / 2);
    assert_eq!(hops(1024), MAX_WEIGHT / 5);
    assert_eq!(hops(1 << 20), 1, "one large cell is no recursion");
    assert_eq!(hops(usize::MAX), 1);
}

#[test]
fn those_who_write_and_those_who_read_count_depth_alike() {
    let place = place();
    let mut writer = writer(&place);
    let snap = Snap::new(HeapWords::EMPTY, RootPart { start: 0, words: &[] }, SnapGuard::None, 10);
    fn read(snap: &Snap<'_>, size: usize, hops: u32) -> bool {
        hops == 0 || snap.deeper(size, || Ok(read(snap, size, hops - 1))).unwrap_or(false)
    }
    for (size, most) in [(8, MAX_HOPS), (256, MAX_WEIGHT / 2), (1024, MAX_WEIGHT / 5)] {
        for (hops, expected) in [(most, true), (most + 1, false)] {
            assert_eq!(read(&snap, size, hops), expected, "{hops} hops of {size} bytes");
            let written = writer.cursor(AT[0]).change(|edit, _| {
                fn write(
                    edit: &mut crate::growable::edit::Edit,
                    size: usize,
                    hops: u32,
                ) -> Result<(), WriteError> {
                    match hops {
                        0 => Ok(()),
                        _ => edit.deeper(size, |edit| write(edit, size, hops - 1)),
                    }
                }
                write(edit, size, hops)
            });
            assert_eq!(written.is_ok(), expected, "{written:?}");
        }
    }
}

#[test]
fn a_closure_that_was_overtaken_is_called_again_with_a_pinned_view() {
    let place = place();
    let mut writer = writer(&place);
    set_text(&mut writer, &"first ".repeat(100)).unwrap();
    let mut calls = 0;
    let reader = Reader::<Note>::open_at(&place.path).unwrap();
    let read = reader.read(|view| {
        calls += 1;
        // As much as it takes to use the blocks of this generation again.
        for round in 0..40 {
            set_bytes(&mut writer, &vec![round; 100_000]).unwrap();
            set_text(&mut writer, &format!("{round} ").repeat(200)).unwrap();
        }
        view.snapshot().map(|note| (view.generation(), note.text))
    });
    assert_eq!(calls, 2, "the second one is held for the call");
    let (generation, text) = read.unwrap();
    assert_eq!((generation, text), (81, "39 ".repeat(200)));

    // Who may not pin gets nothing after 64 tries.
    let options = ReaderOptions::<Note>::new("").path(&place.path).pin(PinPolicy::Never);
    let reader = options.open().unwrap();
    let mut calls = 0;
    let read = reader.read(|view| {
        calls += 1;
        for round in 0..40 {
            set_bytes(&mut writer, &vec![round; 100_000]).unwrap();
            set_text(&mut writer, &format!("{round} ").repeat(200)).unwrap();
        }
        view.snapshot()
    });
    assert!(matches!(read, Err(ReadError::Contended { tries: 64 })), "{read:?}");
    assert_eq!(calls, 64);
}

#[test]
fn a_view_that_is_in_the_way_is_evicted_and_says_so() {
    let place = place();
    let options = crate::growable::WriterOptions::<Note>::new("").path(&place.path);
    let mut writer = options.garbage_budget(1 << 20).create().unwrap();
    set_bytes(&mut writer, &[1; 500_000]).unwrap();
    let reader = Reader::<Note>::open_at(&place.path).unwrap();
    let old = reader.pin().unwrap();
    let mut views = Vec::new();
    for round in 0..100 {
        set_bytes(&mut writer, &vec![round; 500_000]).unwrap();
        views.push(reader.pin().unwrap());
        let stats = writer.file().stats();
        assert!(stats.file_len < 6 << 20, "round {round}: {stats:?}");
    }
    assert_eq!(old.snapshot(), Err(ReadError::Evicted { generation: 1 }));
    let latest = views.pop().unwrap();
    assert_eq!(latest.snapshot().unwrap().bytes, [99; 500_000], "the latest never is");
    let mut old = old;
    old.refresh().unwrap();
    assert_eq!(old.snapshot().unwrap().bytes, [99; 500_000]);
}

#[test]
fn what_does_not_fit_changes_nothing() {
    let place = place();
    let options = crate::growable::WriterOptions::<Note>::new("").path(&place.path);
    let mut writer = options.max_size(1 << 20).create().unwrap();
    set_bytes(&mut writer, &[1; 100_000]).unwrap();
    let reader = Reader::<Note>::open_at(&place.path).unwrap();
    let refused = set_bytes(&mut writer, &vec![2; 2 << 20]);
    assert!(matches!(refused, Err(WriteError::Full { max_size: 0x10_0000, .. })), "{refused:?}");
    let refused = writer.transaction(|tx| {
        set_text(tx, "staged")?;
        set_bytes(tx, &vec![2; 2 << 20])
    });
    assert!(matches!(refused, Err(WriteError::Full { .. })), "{refused:?}");
    assert_eq!(bytes(&reader).load().unwrap(), [1; 100_000]);
    assert_eq!(writer.file().generation(), 1);
    writer.check_books();
    for round in 0..50 {
        set_bytes(&mut writer, &[round; 200_000]).unwrap();
    }
    assert_eq!(bytes(&reader).load().unwrap(), [49; 200_000]);
    assert!(matches!(writer.reserve(4 << 20), Err(WriteError::Full { .. })));
    writer.reserve(100_000).unwrap();
    writer.check_books();
}

#[test]
fn a_value_that_takes_too_much_memory_is_refused() {
    let place = place();
    let mut writer = writer(&place);
    set_text(&mut writer, &"x".repeat(1000)).unwrap();
    let options = ReaderOptions::<Note>::new("").path(&place.path).max_load(1500);
    let reader = options.open().unwrap();
    assert_eq!(text(&reader).unwrap().len(), 1000);
    // The table lies in no block, and counts all the same: 800 bytes of zeros.
    let refused = reader.snapshot();
    assert!(matches!(refused, Err(ReadError::TooLarge { needed: 1800, max: 1500 })), "{refused:?}");
    let _ = Text::SIZE;
}
