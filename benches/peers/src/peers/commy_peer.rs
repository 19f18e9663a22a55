//! commy: `publish_changed` and `snapshot_into`, everything validated.

use core::hint::black_box;
use core::marker::PhantomData;

use commy::{Reader, Writer};

use super::{Peer, Read, Write};
use crate::payload::Payload;
use crate::place::Place;

/// commy with the record type `T`.
#[derive(Debug)]
pub struct Commy<T>(PhantomData<T>);

#[derive(Debug)]
pub struct CommyWriter<T: commy::FixedRecord> {
    writer: Writer<T>,
    value: Box<T>,
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
        let value = Reader::<T>::open_at(place.path("commy")).unwrap().snapshot_boxed().unwrap();
        CommyWriter { writer, value }
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
        // The caller's value is of the record's type from the start; only its first word differs
        // from one publish to the next.
        self.value.words()[0] = words[0];
        self.value.words()[W - 1] = words[W - 1];
        self.writer.publish_changed(black_box(&self.value));
    }
}

impl<T: Payload<W>, const W: usize> Read<W> for CommyReader<T> {
    #[inline]
    fn read(&mut self) -> bool {
        let done = self.reader.snapshot_into(black_box(&mut *self.value)).is_ok();
        black_box(&mut *self.value);
        done
    }
}
