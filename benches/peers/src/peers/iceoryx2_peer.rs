//! iceoryx2: a blackboard with one entry. Large values are written into a loan, without a copy on the
//! stack; reading has one way only, by value.
#![allow(
    unsafe_code,
    reason = "a loan is filled and handed back by unsafe functions of that crate"
)]

use core::hint::black_box;

use iceoryx2::port::reader::EntryHandle;
use iceoryx2::port::writer::EntryHandleMut;
use iceoryx2::prelude::*;

use super::{Peer, Read, ReadByValue, Values, Write, values};
use crate::place::Place;

/// A blackboard service of the place's name.
#[derive(Debug)]
pub struct Iceoryx2;

// Handles keep their port, service and node alive.
#[expect(missing_debug_implementations, reason = "the crate has none for what is inside")]
pub struct Iceoryx2Writer<const W: usize> {
    /// `None` while a large value is being written.
    entry: Option<EntryHandleMut<ipc::Service, u64, [u64; W]>>,
}

#[expect(missing_debug_implementations, reason = "the crate has none for what is inside")]
pub struct Iceoryx2Reader<const W: usize> {
    entry: EntryHandle<ipc::Service, u64, [u64; W]>,
}

/// So many words are handed over by value.
const SMALL: usize = 128;

fn node() -> Node<ipc::Service> {
    set_log_level(LogLevel::Fatal);
    NodeBuilder::new().create::<ipc::Service>().unwrap()
}

impl<const W: usize> Peer<W> for Iceoryx2 {
    const NAME: &'static str = "iceoryx2";
    type Writer = Iceoryx2Writer<W>;
    type Reader = Iceoryx2Reader<W>;

    fn writer(place: &Place) -> Iceoryx2Writer<W> {
        let name = place.name().as_str().try_into().unwrap();
        let service = node()
            .service_builder(&name)
            .blackboard_creator::<u64>()
            .add::<[u64; W]>(0, *values()[0])
            .create()
            .unwrap();
        let entry = service.writer_builder().create().unwrap().entry::<[u64; W]>(&0).unwrap();
        let mut writer = Iceoryx2Writer { entry: Some(entry) };
        writer.publish_all(0, &values());
        writer
    }

    fn reader(place: &Place) -> Iceoryx2Reader<W> {
        let name = place.name().as_str().try_into().unwrap();
        let service = node().service_builder(&name).blackboard_opener::<u64>().open().unwrap();
        let entry = service.reader_builder().create().unwrap().entry::<[u64; W]>(&0).unwrap();
        Iceoryx2Reader { entry }
    }
}

impl<const W: usize> Write<W> for Iceoryx2Writer<W> {
    #[inline]
    fn publish(&mut self, words: &[u64; W]) {
        let words = black_box(words);
        if W <= SMALL {
            self.entry.as_ref().unwrap().update_with_copy(*words);
            return;
        }
        let mut loan = self.entry.take().unwrap().loan_uninit();
        let place = loan.value_mut().as_mut_ptr();
        // SAFETY: the place is the loan's, aligned and of this size.
        unsafe { core::ptr::copy_nonoverlapping(words, place, 1) };
        // SAFETY: initialised above.
        self.entry = Some(unsafe { loan.assume_init_and_update() });
    }

    #[inline]
    fn publish_all(&mut self, turn: usize, values: &Values<W>) {
        self.publish(&values[turn]);
    }
}

impl<const W: usize> Read<W> for Iceoryx2Reader<W> {
    #[inline]
    fn read(&mut self) -> bool {
        black_box(&*self.entry.get());
        true
    }

    fn value(&mut self) -> Option<Box<[u64; W]>> {
        Some(Box::new(*self.entry.get()))
    }
}

impl<const W: usize> ReadByValue<W> for Iceoryx2Reader<W> {
    #[inline]
    fn read_by_value(&mut self) {
        black_box(*self.entry.get());
    }
}
