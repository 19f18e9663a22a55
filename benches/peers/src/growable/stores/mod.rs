//! The libraries, one in each file, with the settings that are their fastest on tmpfs.

pub mod commy_store;
mod lmdb;
mod mmap_sync_store;
mod private;
mod redb_store;
mod sanakirja_store;

pub use self::commy_store::{
    HashedStore, HashedTextsStore, ListedStore, NestedStore, NumbersStore, TextsStore,
};
pub use self::lmdb::{FAST, Lmdb, environment};
pub use self::mmap_sync_store::MmapSync;
pub use self::private::{Private, PrivateKind};
pub use self::redb_store::{Redb, RedbKind};
pub use self::sanakirja_store::{Sanakirja, SanakirjaKind};
