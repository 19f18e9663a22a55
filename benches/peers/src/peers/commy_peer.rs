//! commy: `publish_changed` where little differs, `publish` where all does; `snapshot_into` and
//! `snapshot`, everything validated.

use core::hint::black_box;
use core::marker::PhantomData;

use commy::{Reader, Writer};

use super::{Peer, Read, ReadByValue, Values, WORDS, Write, values};
use crate::payload::Payload;
use crate::place::Place;

/// commy with the record type `T`.
#[derive(Debug)]
pub struct Commy<T>(PhantomData<T>);

#[derive(Debug)]
pub struct CommyWriter<T: commy::FixedRecord> {
    writer: Writer<T>,
    /// Of the record's type from the start; the first of the two is what changes in places.
    values: [Box<T>; 2],
}

#[derive(Debug)]
pub struct CommyReader<T: commy::FixedRecord> {
    pub reader: Reader<T>,
    value: Box<T>,
}

impl<T: Payload<W>, const W: usize> Peer<W> for Commy<T> {
    const NAME: &'static str = "commy";
    type Writer = CommyWriter<T>;
    type Reader = CommyReader<T>;

    fn writer(place: &Place) -> CommyWriter<T> {
        let mut writer = Writer::<T>::create_at(place.path("commy")).unwrap();
        writer.update(|_| ());
        let reader = Reader::<T>::open_at(place.path("commy")).unwrap();
        let own = WORDS.map(|word| {
            let mut value = reader.snapshot_boxed().unwrap();
            value.words().fill(word);
            value
        });
        let mut writer = CommyWriter { writer, values: own };
        writer.publish_all(0, &values());
        writer
    }

    fn reader(place: &Place) -> CommyReader<T> {
        let reader = Reader::<T>::open_at(place.path("commy")).unwrap();
        let value = reader.snapshot_boxed().unwrap();
        CommyReader { reader, value }
    }
}

impl<T: Payload<W>, const W: usize> Write<W> for CommyWriter<T> {
    #[inline]
    fn publish(&mut self, words: &[u64; W]) {
        let value = &mut *self.values[0];
        value.words()[0] = words[0];
        value.words()[W - 1] = words[W - 1];
        self.writer.publish_changed(black_box(value));
    }

    #[inline]
    fn publish_all(&mut self, turn: usize, _: &Values<W>) {
        self.writer.publish(black_box(&self.values[turn]));
    }
}

impl<T: Payload<W>, const W: usize> Read<W> for CommyReader<T> {
    #[inline]
    fn read(&mut self) -> bool {
        let done = self.reader.snapshot_into(black_box(&mut *self.value)).is_ok();
        black_box(&mut *self.value);
        done
    }

    fn value(&mut self) -> Option<Box<[u64; W]>> {
        self.read().then(|| Box::new(*self.value.words()))
    }
}

impl<T: Payload<W>, const W: usize> ReadByValue<W> for CommyReader<T> {
    #[inline]
    fn read_by_value(&mut self) {
        black_box(self.reader.snapshot().unwrap());
    }
}
