//! The file layer as a whole: creating, opening, locking, replacing, believing.

mod creating;
mod locking;
mod believing;
mod durability;
mod hostile;
mod growing;
mod limited_heaps;
mod pins;
mod pins_of_processes;
mod refused_pins;

use std::env;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use commy_types::Mappable;
use tempfile::TempDir;

use super::durable::tests::{FAULT, Fault};
use super::lock::Presence;
use super::path::beside;
use super::place::Place;
use super::recover::Recovery;
use super::session::tests::FAKE_BOOT_ID;
use super::temporary::write_record;
use super::unnamed::Instead;
use super::*;
use crate::error::{CreateError, FlushError, OpenError, ReadError};
use crate::format::control::{State, Word};
use crate::format::{RecordSpec, clean_checksum, header};
use crate::mem::load_words;
use crate::publish::{self, Proven, SlotMemory as _};
use crate::sync::Ordering;

fn spec_of<T: Mappable>() -> RecordSpec {
    RecordSpec::of_schema(T::SCHEMA, T::FINGERPRINT, (size_of::<T>(), align_of::<T>()))
}

fn spec() -> RecordSpec {
    spec_of::<[u64; 3]>()
}

fn place() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data.bin");
    (dir, path)
}

fn writer(path: &Path) -> Result<OpenedWriter, CreateError> {
    opened(path, &spec(), &FileOptions::default())
}

/// Opens a writer to the end, as one does that finds a value it can go on from.
fn opened(
    path: &Path,
    spec: &RecordSpec,
    options: &FileOptions,
) -> Result<OpenedWriter, CreateError> {
    named(open_writer(path, spec, options))
}

/// Options by which a new file takes the place of what is there.
fn replacing(path: &Path, options: &FileOptions) -> FileOptions {
    let front = fs::read(path).ok().and_then(|bytes| bytes.first_chunk::<4096>().copied());
    let slots = front.and_then(|front| header::Header::decode(&front).ok());
    let slots = if slots.is_some_and(|header| header.slot_count == 5) { 6 } else { 5 };
    FileOptions { slots: Some(slots), on_mismatch: OnMismatch::Replace, ..options.clone() }
}

/// The same for one that replaces what is there.
fn replaced(
    path: &Path,
    spec: &RecordSpec,
    options: &FileOptions,
) -> Result<OpenedWriter, CreateError> {
    named(open_writer(path, spec, &replacing(path, options)))
}

fn named(writer: Result<OpenedWriter, CreateError>) -> Result<OpenedWriter, CreateError> {
    let mut writer = writer?;
    writer.give_names()?;
    Ok(writer)
}

/// The names of the files in a directory, in order.
fn names(directory: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn reader(path: &Path) -> Result<OpenedReader, OpenError> {
    open_reader(path, &spec(), ReadOptions::default())
}

/// Where the checkpoints of the file at `path` are.
fn checkpoints(path: &Path) -> PathBuf {
    beside(path, "", ".ckpt")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Publishes `content` in every word as `generation`.
fn publish(writer: &OpenedWriter, generation: u64, content: u64) {
    publish::publish::<Proven>(writer.slots(), generation, |payload| {
        for word in payload {
            word.store(content, Ordering::Relaxed);
        }
    });
    writer.store_session();
}

/// Closes as an orderly writer does.
fn close(writer: OpenedWriter) {
    let slots = writer.slots();
    let mut words = vec![0; slots.payload_words()];
    let copied = publish::read::<Proven>(slots, |payload| load_words(payload, &mut words));
    writer.mark_closed(copied.ok().map(|latest| (latest, clean_checksum(latest, &words))));
}

/// Whether no file there is of an earlier boot.
fn is_in_memory(path: &Path) -> bool {
    crate::sys::file_system(&File::open(path).unwrap()) == crate::sys::FileSystem::Memory
}

fn believes(reader: &OpenedReader) -> bool {
    reader.believes_slots()
}

fn is_busy<T>(result: Result<T, CreateError>) -> bool {
    matches!(result, Err(CreateError::WriterBusy { .. }))
}
