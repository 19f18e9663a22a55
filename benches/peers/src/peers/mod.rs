//! The peers: each one shares the latest value of `W` words between a writer and its readers.

mod commy_peer;
mod heed_peer;
mod iceoryx2_peer;
mod limit;
mod mmap_sync_peer;
mod mutex;
mod ringfire_peer;
#[cfg(commy_subetha)]
mod subetha_peer;

pub use self::commy_peer::Commy;
pub use self::heed_peer::Heed;
pub use self::iceoryx2_peer::Iceoryx2;
pub use self::limit::{Memcpy, bare_open};
pub use self::mmap_sync_peer::{MmapSync, MmapSyncChecked, MmapSyncInPlace};
pub use self::mutex::SharedMutex;
pub use self::ringfire_peer::Ringfire;
#[cfg(commy_subetha)]
pub use self::subetha_peer::Subetha;

use crate::place::Place;

/// A way to share `W` words.
pub trait Peer<const W: usize> {
    /// What the tables call it.
    const NAME: &'static str;
    type Writer: Write<W>;
    type Reader: Read<W>;

    /// Makes the writer, and publishes the first of the [values].
    fn writer(place: &Place) -> Self::Writer;

    /// Opens a reader of what the writer at `place` publishes, in any thread.
    fn reader(place: &Place) -> Self::Reader;
}

pub trait Write<const W: usize> {
    /// Makes `words` the latest value; the first and the last of them are others than in the call
    /// before.
    fn publish(&mut self, words: &[u64; W]);

    /// Makes `values[turn]` the latest value, all of whose words are others than in the call before.
    fn publish_all(&mut self, turn: usize, values: &Values<W>);
}

pub trait Read<const W: usize> {
    /// Copies the latest value to the reader's own memory; returns whether there was one.
    fn read(&mut self) -> bool;

    /// The latest value.
    fn value(&mut self) -> Option<Box<[u64; W]>>;
}

/// What a program gets that asks for the value and says nothing of memory of its own.
pub trait ReadByValue<const W: usize> {
    /// Returns the latest value to a caller that looks at it.
    fn read_by_value(&mut self);
}

/// Two values that differ in all words; those of one are equal.
pub type Values<const W: usize> = [Box<[u64; W]>; 2];

/// The words of the values.
pub const WORDS: [u64; 2] = [0x0101_0101_0101_0101, 0x0202_0202_0202_0202];

/// The values.
#[must_use]
pub fn values<const W: usize>() -> Values<W> {
    WORDS.map(|word| {
        let mut words = boxed();
        words.fill(word);
        words
    })
}

/// Words on the heap, of which an array of a mebibyte is never on the stack.
#[must_use]
pub fn boxed<const W: usize>() -> Box<[u64; W]> {
    vec![0; W].into_boxed_slice().try_into().unwrap()
}
