//! The libraries, each used as its documentation says for the latest value of a struct.

mod arrow;
mod commy_fixed;
mod commy_growable;
mod iceoryx2;
mod lmdb;
mod memmap3;
mod mmap_sync;
mod plain;
mod ringfire;
mod sqlite;
#[cfg(commy_subetha)]
mod subetha;

use core::fmt::Display;
use std::path::{Path, PathBuf};

use crate::value::Found;

/// Publishes the value with this serial number.
pub type Publish = Box<dyn FnMut(u64) -> Result<(), String>>;
/// Reads the latest value.
pub type Read = Box<dyn FnMut() -> Result<Found, String>>;

/// The struct that a reader declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The writer's.
    Same,
    /// With two fields exchanged.
    Changed,
    /// With two fields exchanged, under another name.
    Renamed,
}

impl Shape {
    pub const ALL: [Self; 3] = [Self::Same, Self::Changed, Self::Renamed];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Changed => "changed",
            Self::Renamed => "renamed",
        }
    }
}

/// A way to share the latest value.
#[derive(Debug, Clone, Copy)]
pub struct Library {
    pub name: &'static str,
    /// The package that is measured.
    pub package: &'static str,
    /// Opens what is in the directory, or makes it.
    pub writer: fn(&Path) -> Result<Publish, String>,
    pub reader: fn(&Path, Shape) -> Result<Read, String>,
    /// The files that are not in the directory.
    pub elsewhere: fn(&Path) -> Vec<PathBuf>,
}

const fn library(
    name: &'static str,
    package: &'static str,
    writer: fn(&Path) -> Result<Publish, String>,
    reader: fn(&Path, Shape) -> Result<Read, String>,
) -> Library {
    Library { name, package, writer, reader, elsewhere: nowhere }
}

fn nowhere(_: &Path) -> Vec<PathBuf> {
    Vec::new()
}

/// All of them, in the order of the table.
pub const LIBRARIES: &[Library] = &[
    library("commy, fixed", "commy", commy_fixed::writer, commy_fixed::reader),
    library("commy, growable", "commy", commy_growable::writer, commy_growable::reader),
    Library {
        elsewhere: iceoryx2::elsewhere,
        ..library("iceoryx2, blackboard", "iceoryx2", iceoryx2::writer, iceoryx2::reader)
    },
    library("ringfire, blackboard", "ringfire", ringfire::writer, ringfire::reader),
    library("ringfire, ring", "ringfire", ringfire::ring_writer, ringfire::ring_reader),
    #[cfg(commy_subetha)]
    library("subetha-cxc, cell", "subetha-cxc", subetha::writer, subetha::reader),
    library("memmap3", "memmap3", memmap3::writer, memmap3::reader),
    library("mmap-sync, checked", "mmap-sync", mmap_sync::writer, mmap_sync::reader),
    library("LMDB, by heed", "heed", lmdb::writer, lmdb::reader),
    library("Arrow, file renamed", "arrow-ipc", arrow::writer, arrow::reader),
    library("SQLite in WAL, by rusqlite", "rusqlite", sqlite::writer, sqlite::reader),
];

/// An error in its own words.
fn text(error: impl Display) -> String {
    error.to_string()
}
