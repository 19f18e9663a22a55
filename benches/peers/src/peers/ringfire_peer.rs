//! ringfire: its blackboard, a table of values behind one sequence number each, as its own benchmark
//! uses it.

use core::hint::black_box;

use ringfire::{BlackboardConsumer, BlackboardProducer};

use super::{Peer, Read, ReadByValue, Values, Write, boxed, values};
use crate::place::Place;

/// A blackboard of 1024 values, of which one is used.
#[derive(Debug)]
pub struct Ringfire;

/// As many as in the crate's benchmark, and the one that it uses.
const SLOTS: usize = 1024;
const KEY: usize = 42;

#[expect(missing_debug_implementations, reason = "the crate has none for what is inside")]
pub struct RingfireWriter<const W: usize> {
    producer: BlackboardProducer<[u64; W]>,
}

#[expect(missing_debug_implementations, reason = "the crate has none for what is inside")]
pub struct RingfireReader<const W: usize> {
    consumer: BlackboardConsumer<[u64; W]>,
    value: Box<[u64; W]>,
}

impl<const W: usize> Peer<W> for Ringfire {
    const NAME: &'static str = "ringfire";
    type Writer = RingfireWriter<W>;
    type Reader = RingfireReader<W>;

    fn writer(place: &Place) -> RingfireWriter<W> {
        let producer = BlackboardProducer::create(place.path("ringfire"), SLOTS).unwrap();
        let mut writer = RingfireWriter { producer };
        writer.publish_all(0, &values());
        writer
    }

    fn reader(place: &Place) -> RingfireReader<W> {
        let consumer = BlackboardConsumer::attach(place.path("ringfire")).unwrap();
        RingfireReader { consumer, value: boxed() }
    }
}

impl<const W: usize> Write<W> for RingfireWriter<W> {
    #[inline]
    fn publish(&mut self, words: &[u64; W]) {
        self.producer.write(black_box(KEY), black_box(words)).unwrap();
    }

    #[inline]
    fn publish_all(&mut self, turn: usize, values: &Values<W>) {
        self.publish(&values[turn]);
    }
}

impl<const W: usize> Read<W> for RingfireReader<W> {
    #[inline]
    fn read(&mut self) -> bool {
        let value = black_box(&mut *self.value);
        let done = self.consumer.read_copy(black_box(KEY), value).is_ok_and(|is_there| is_there);
        black_box(value);
        done
    }

    fn value(&mut self) -> Option<Box<[u64; W]>> {
        self.read().then(|| self.value.clone())
    }
}

impl<const W: usize> ReadByValue<W> for RingfireReader<W> {
    #[inline]
    fn read_by_value(&mut self) {
        black_box(self.consumer.read(black_box(KEY)).unwrap());
    }
}
