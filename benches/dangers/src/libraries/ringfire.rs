//! ringfire: its blackboard, a table of values behind one sequence number each; and its ring, of which a
//! reader jumps to the latest message.

use std::path::Path;

use bytemuck::Zeroable as _;
use ringfire::{BlackboardConsumer, BlackboardProducer, RingConsumer, RingProducer};

use super::plain::{Plain, changed, here, renamed};
use super::{Publish, Read, Shape, text};

const SLOTS: usize = 4;
const KEY: usize = 1;
const CAPACITY: u64 = 8;

pub fn writer(directory: &Path) -> Result<Publish, String> {
    let mut producer = BlackboardProducer::create(directory.join("board"), SLOTS).map_err(text)?;
    let mut value = here::Sample::zeroed();
    Ok(Box::new(move |serial| {
        value.fill(serial);
        producer.write(KEY, &value).map_err(text)
    }))
}

pub fn reader(directory: &Path, shape: Shape) -> Result<Read, String> {
    fn read<V: Plain>(directory: &Path) -> Result<Read, String> {
        let consumer = BlackboardConsumer::<V>::attach(directory.join("board")).map_err(text)?;
        Ok(Box::new(move || {
            let value = consumer.read(KEY).map_err(text)?;
            value.map(|value| value.found()).ok_or_else(|| String::from("nothing was written"))
        }))
    }
    match shape {
        Shape::Same => read::<here::Sample>(directory),
        Shape::Changed => read::<changed::Sample>(directory),
        Shape::Renamed => read::<renamed::Reading>(directory),
    }
}

pub fn ring_writer(directory: &Path) -> Result<Publish, String> {
    let mut producer = RingProducer::create(directory.join("ring"), CAPACITY).map_err(text)?;
    let mut value = here::Sample::zeroed();
    Ok(Box::new(move |serial| {
        value.fill(serial);
        producer.push(&value);
        Ok(())
    }))
}

pub fn ring_reader(directory: &Path, shape: Shape) -> Result<Read, String> {
    fn read<V: Plain>(directory: &Path) -> Result<Read, String> {
        let mut consumer =
            RingConsumer::<V>::attach_latest(directory.join("ring")).map_err(text)?;
        let mut newest = None;
        Ok(Box::new(move || {
            consumer.jump_to_latest();
            newest = consumer.try_recv().or(newest);
            newest.map(|value| value.found()).ok_or_else(|| String::from("the ring is empty"))
        }))
    }
    match shape {
        Shape::Same => read::<here::Sample>(directory),
        Shape::Changed => read::<changed::Sample>(directory),
        Shape::Renamed => read::<renamed::Reading>(directory),
    }
}
