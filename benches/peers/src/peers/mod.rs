//! The peers: each one shares the latest value of `W` words between a writer and its readers.

mod commy_peer;
mod heed_peer;
mod iceoryx2_peer;
mod limit;
mod mmap_sync_peer;
mod mutex;

pub use self::commy_peer::Commy;
pub use self::heed_peer::Heed;
pub use self::iceoryx2_peer::Iceoryx2;
pub use self::limit::{Memcpy, bare_open};
pub use self::mmap_sync_peer::{MmapSync, MmapSyncChecked, MmapSyncInPlace};
pub use self::mutex::SharedMutex;

use crate::place::Place;

/// A way to share `W` words.
pub trait Peer<const W: usize> {
    /// What the tables call it.
    const NAME: &'static str;
    type Writer: Write<W>;
    type Reader: Read<W>;

    /// Makes the writer, and publishes zeros.
    fn writer(place: &Place) -> Self::Writer;

    /// Opens a reader of what the writer at `place` publishes, in any thread.
    fn reader(place: &Place) -> Self::Reader;
}

pub trait Write<const W: usize> {
    /// Makes `words` the latest value.
    fn publish(&mut self, words: &[u64; W]);
}

pub trait Read<const W: usize> {
    /// Copies the latest value to the reader's own memory; returns whether there was one.
    fn read(&mut self) -> bool;
}

/// Words on the heap, of which an array of a mebibyte is never on the stack.
#[must_use]
pub fn boxed<const W: usize>() -> Box<[u64; W]> {
    vec![0; W].into_boxed_slice().try_into().unwrap()
}
