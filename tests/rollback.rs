//! What a closure that picks a field does besides picking is never published by accident: not when it
//! panics, and not by an update that follows.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use commy::{FixedVec, create_reader, create_writer};

#[create_writer(filename = "book.bin")]
#[create_reader(filename = "book.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Book {
    price: u64,
    volumes: [u32; 4],
    bids: FixedVec<u32, 2>,
    #[commy(pod, id = "pair")]
    pair: [u8; 2],
    traded: bool,
}

/// The same of more bytes than are copied whole.
#[create_writer(filename = "large.bin")]
#[create_reader(filename = "large.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Large {
    price: u64,
    rest: [u64; 200],
}

fn panics<R>(action: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(action)).is_err()
}

fn panic_here<R>() -> R {
    panic!("on purpose")
}

fn book() -> Book {
    let mut bids = FixedVec::new();
    bids.push(7).unwrap();
    Book { price: 1, volumes: [2; 4], bids, pair: [3; 2], traded: true }
}

#[test]
fn a_setter_whose_closure_panics_changes_nothing() {
    type Setter = fn(&mut BookWriter);
    let setters: [(&str, Setter); 9] = [
        ("set", |writer| {
            writer.set(
                |book| {
                    book.price = 99;
                    book.traded = false;
                    panic_here::<&mut u64>()
                },
                5,
            );
        }),
        ("set of an element", |writer| {
            let beyond = core::hint::black_box(4);
            writer.set(
                |book| {
                    book.price = 99;
                    &mut book.volumes[beyond]
                },
                5,
            );
        }),
        ("set of what is no part", |writer| {
            writer.set(
                |book| {
                    book.price = 99;
                    Box::leak(Box::new(0_u64))
                },
                5,
            );
        }),
        ("set_pod", |writer| {
            writer.set_pod(
                |book| {
                    book.price = 99;
                    panic_here::<&mut [u8; 2]>()
                },
                [5; 2],
            );
        }),
        ("push", |writer| {
            let pushed = writer.push(
                |book| {
                    book.price = 99;
                    book.bids.push(9).unwrap();
                    panic_here::<&mut FixedVec<u32, 2>>()
                },
                5,
            );
            pushed.unwrap();
        }),
        ("a generated setter of an element", |writer| writer.set_volumes_at(4, 5)),
        ("a batch", |writer| {
            commy::Writer::batch(writer, |batch| {
                batch.set(|book| &mut book.volumes[0], 9);
                batch.set(
                    |book| {
                        book.price = 99;
                        panic_here::<&mut u64>()
                    },
                    5,
                );
            });
        }),
        ("a batch that goes on", |writer| {
            commy::Writer::batch(writer, |batch| {
                batch.set(|book| &mut book.volumes[0], 9);
                let push = || {
                    batch.push(|book| (book.price = 99, panic_here::<&mut FixedVec<u32, 2>>()).1, 5)
                };
                assert!(panics(push));
                batch.set(|book| &mut book.volumes[1], 9);
            });
        }),
        ("a batch that goes on after a pod", |writer| {
            commy::Writer::batch(writer, |batch| {
                let set_pod = || {
                    batch.set_pod(|book| (book.price = 99, panic_here::<&mut [u8; 2]>()).1, [5; 2])
                };
                assert!(panics(set_pod));
                batch.set(|book| &mut book.volumes[1], 9);
            });
        }),
    ];
    for (name, setter) in setters {
        let (_directory, path) = support::place("book.bin");
        let mut writer = BookWriter::options().path(&path).create_with(book()).unwrap();
        let reader = BookReader::open_at(&path).unwrap();
        assert!(panics(|| setter(&mut writer)), "{name}");
        assert_eq!(*writer.get(), book(), "{name}");
        assert_eq!(
            reader.read(|view| Ok((view.file().generation(), view.snapshot()?))).unwrap(),
            (1, book()),
            "{name}"
        );
        // Neither does what is published next show any of it.
        writer.update(|book| book.volumes[3] = 8);
        let expected = Book { volumes: [2, 2, 2, 8], ..book() };
        assert_eq!(
            reader.read(|view| Ok((view.file().generation(), view.snapshot()?))).unwrap(),
            (2, expected),
            "{name}"
        );
        writer.batch(|batch| batch.set_volumes_at(0, 6));
        let expected = Book { volumes: [6, 2, 2, 8], ..book() };
        assert_eq!(
            reader.read(|view| Ok((view.file().generation(), view.snapshot()?))).unwrap(),
            (3, expected),
            "{name}"
        );
    }
}

#[test]
fn what_a_closure_changes_besides_picking_is_not_published_by_the_next_update() {
    let (_directory, path) = support::place("book.bin");
    let mut writer = BookWriter::options().path(&path).create_with(book()).unwrap();
    let reader = BookReader::open_at(&path).unwrap();
    let stray = |book: &mut Book| {
        book.price = 99;
        book.traded = false;
    };
    writer.set(|book| (stray(book), &mut book.volumes[0]).1, 5);
    let pushed = writer.push(|book| (stray(book), &mut book.bids).1, 8);
    pushed.unwrap();
    let full = writer.push(|book| (stray(book), &mut book.bids).1, 9);
    assert!(full.is_err());
    writer.set_pod(|book| (stray(book), &mut book.pair).1, [4; 2]);
    let mut expected = Book { volumes: [5, 2, 2, 2], pair: [4; 2], ..book() };
    expected.bids.push(8).unwrap();
    assert_eq!(reader.snapshot().unwrap(), expected);
    writer.update(|book| {
        assert_eq!(book.price, 1);
        book.volumes[1] = 6;
    });
    expected.volumes[1] = 6;
    assert_eq!(reader.snapshot().unwrap(), expected);
    assert_eq!(*writer.get(), expected);

    // A refused update leaves none of it, either.
    writer.set(|book| (stray(book), &mut book.volumes[2]).1, 7);
    expected.volumes[2] = 7;
    assert_eq!(writer.try_update(|_| Err::<(), ()>(())), Err(()));
    assert_eq!(*writer.get(), expected);
}

#[test]
fn a_large_record_is_rolled_back_as_exactly_as_a_small_one() {
    let (_directory, path) = support::place("large.bin");
    let large = Large { price: 1, rest: [2; 200] };
    let mut writer = LargeWriter::options().path(&path).create_with(large.clone()).unwrap();
    let reader = LargeReader::open_at(&path).unwrap();
    let stray = |large: &mut Large| large.rest[150] = 99;
    assert!(panics(|| writer.set(|large| (stray(large), panic_here::<&mut u64>()).1, 5)));
    assert_eq!(*writer.get(), large);
    writer.set(|large| (stray(large), &mut large.price).1, 5);
    writer.update(|large| large.rest[0] = 3);
    let mut expected = Large { price: 5, ..large };
    expected.rest[0] = 3;
    assert_eq!(reader.snapshot().unwrap(), expected);
    assert!(panics(|| writer.set(|large| (stray(large), panic_here::<&mut u64>()).1, 5)));
    // The fast way of a plain record compares with the image alone.
    expected.rest[199] = 4;
    writer.publish(&expected);
    assert_eq!(*writer.get(), expected);
    assert_eq!(reader.snapshot().unwrap(), expected);
}
