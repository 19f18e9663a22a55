//! iceoryx2: a blackboard with one entry.

use core::hint::black_box;

use iceoryx2::port::reader::EntryHandle;
use iceoryx2::port::writer::EntryHandleMut;
use iceoryx2::prelude::*;

use super::{Peer, Read, Write};
use crate::place::Place;

/// A blackboard service of the place's name.
#[derive(Debug)]
pub struct Iceoryx2;

// Handles keep their port, service and node alive.
#[expect(missing_debug_implementations, reason = "the crate has none for what is inside")]
pub struct Iceoryx2Writer<const W: usize> {
    entry: EntryHandleMut<ipc::Service, u64, [u64; W]>,
}

#[expect(missing_debug_implementations, reason = "the crate has none for what is inside")]
pub struct Iceoryx2Reader<const W: usize> {
    entry: EntryHandle<ipc::Service, u64, [u64; W]>,
}

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
            .add::<[u64; W]>(0, [0; W])
            .create()
            .unwrap();
        let entry = service.writer_builder().create().unwrap().entry::<[u64; W]>(&0).unwrap();
        Iceoryx2Writer { entry }
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
        self.entry.update_with_copy(*black_box(words));
    }
}

impl<const W: usize> Read<W> for Iceoryx2Reader<W> {
    #[inline]
    fn read(&mut self) -> bool {
        black_box(&*self.entry.get());
        true
    }
}
