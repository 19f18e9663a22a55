//! Records that grow, without their type: what the cores do about their heaps.

use std::fs;
use std::path::{Path, PathBuf};

use commy_types::{InvalidReason, Mappable};
use tempfile::TempDir;

use super::*;
use crate::error::{CreateError, OpenError, ReadError};
use crate::file::{FileOptions, OnCorrupt, OnMismatch, OpenedWriter, ReadOptions, Recovered};
use crate::format::RecordSpec;
use crate::format::control::Word;
use crate::mem::Extent;
use crate::sync::Ordering;

/// A root of the prefix and two fields.
struct Root {
    words: Vec<u64>,
    /// What it says of the values that it is given.
    refusal: Option<Refused>,
    /// What it has seen at the end of the heap.
    last: Option<u64>,
}

impl Root {
    fn new(refusal: Option<Refused>) -> Self {
        Self { words: vec![0; 4], refusal, last: None }
    }
}

impl Source for Root {
    fn restore(&mut self, file: &OpenedWriter, _: u64, words: &[u64]) -> Result<(), Refused> {
        let heap = file.heap().unwrap().mapped();
        let last = words[0].checked_sub(8).and_then(|at| heap.words(at, 1));
        self.last = last.map(|words| words[0].load(Ordering::Relaxed));
        self.words.copy_from_slice(words);
        self.refusal.clone().map_or(Ok(()), Err)
    }

    fn image(&self) -> &[u64] {
        &self.words
    }
}

fn spec() -> RecordSpec {
    type Cells = [u64; 4];
    let spec = RecordSpec::of_schema(Cells::SCHEMA, Cells::FINGERPRINT, (32, 8));
    RecordSpec { is_growable: true, ..spec }
}

fn open(path: &Path, options: &FileOptions, root: &mut Root) -> Result<WriterCore, CreateError> {
    WriterCore::open(path, &spec(), options, root)
}

/// A file with a heap of a page, in which each word is `content`, left by a writer with these options.
fn closed(options: &FileOptions, content: u64) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data.bin");
    let mut root = Root::new(None);
    let mut core = open(&path, options, &mut root).unwrap();
    let end = core.file().load(Word::FileLen) + 4096;
    core.file().grow_heap(end).unwrap();
    let words = core.file().heap().unwrap().mapped().words(end - 4096, 512).unwrap();
    words.iter().for_each(|word| word.store(content, Ordering::Relaxed));
    root.words[0] = end;
    core.commit(root.image(), Extent::Whole);
    core.flush(root.image()).unwrap();
    drop(core);
    (dir, path)
}

fn copied(path: &Path) -> PathBuf {
    let copy = path.with_extension("copy");
    fs::copy(path, &copy).unwrap();
    copy
}

#[test]
fn a_source_sees_the_heap_of_the_value_that_it_restores() {
    let (_dir, path) = closed(&FileOptions::default(), 7);
    let mut root = Root::new(None);
    let core = open(&path, &FileOptions::default(), &mut root).unwrap();
    assert_eq!((root.last, core.recovered()), (Some(7), Recovered::Live));
    let prefault = FileOptions { prefault: true, ..FileOptions::default() };
    drop(core);
    open(&path, &prefault, &mut root).unwrap();
    assert_eq!(root.last, Some(7));
}

#[test]
fn a_writer_that_is_dropped_vouches_for_its_heap_unless_it_closes_quickly() {
    let (_dir, path) = closed(&FileOptions::default(), 7);
    let copy = copied(&path);
    let reader = ReaderCore::open(&copy, &spec(), ReadOptions::default()).unwrap();
    assert!(reader.file().is_clean());
    assert_eq!(reader.check_believed(), Ok(()));
    let core = open(&copy, &FileOptions::default(), &mut Root::new(None)).unwrap();
    assert_eq!(core.recovered(), Recovered::Clean);

    let quick = FileOptions { quick_close: true, ..FileOptions::default() };
    let (_dir, path) = closed(&quick, 7);
    let copy = copied(&path);
    let reader = ReaderCore::open(&copy, &spec(), ReadOptions::default()).unwrap();
    assert!(!reader.file().is_clean());
    assert_eq!(reader.check_believed(), Err(ReadError::NeedsWriter));
    let core = open(&copy, &FileOptions::default(), &mut Root::new(None)).unwrap();
    assert_eq!(core.recovered(), Recovered::Lost);
}

#[test]
fn a_copy_of_a_file_whose_writer_has_stored_to_its_heap_is_not_believed() {
    let (_dir, path) = closed(&FileOptions::default(), 7);
    let core = open(&path, &FileOptions::default(), &mut Root::new(None)).unwrap();
    // Nothing is published, as by a transaction that is not complete.
    let end = core.file().load(Word::FileLen);
    let words = core.file().heap().unwrap().mapped().words(end - 8, 1).unwrap();
    words[0].store(8, Ordering::Relaxed);
    let copy = copied(&path);
    let copy = open(&copy, &FileOptions::default(), &mut Root::new(None)).unwrap();
    assert_eq!(copy.recovered(), Recovered::Lost);
}

fn corrupt() -> Refused {
    Refused::Corrupt { what: "kind of a block", found: 9, expected: "3".into(), offset: 0x7000 }
}

#[test]
fn a_damaged_heap_is_refused_with_its_place_and_left_as_it_is() {
    let (_dir, path) = closed(&FileOptions::default(), 7);
    let before = fs::read(&path).unwrap();
    for salvages in [OnCorrupt::Refuse, OnCorrupt::Salvage] {
        let options = FileOptions { on_corrupt: salvages, ..FileOptions::default() };
        let refused = open(&path, &options, &mut Root::new(Some(corrupt()))).unwrap_err();
        let CreateError::Unusable(refused) = refused else { panic!("{refused}") };
        let told = refused.to_string();
        assert!(
            told.ends_with("is corrupt: kind of a block at byte 28672 is 9, expected 3"),
            "{told}"
        );
        assert!(matches!(refused, OpenError::Corrupt { offset: 0x7000, found: 9, .. }));
        assert_eq!(fs::read(&path).unwrap(), before);
    }
    let invalid = Refused::Invalid("x".into(), InvalidReason::Tail);
    let refused = open(&path, &FileOptions::default(), &mut Root::new(Some(invalid)));
    assert!(matches!(refused, Err(CreateError::Invalid { .. })), "{refused:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_new_file_takes_the_place_of_a_damaged_heap_if_that_is_asked_for() {
    let on_corrupt = FileOptions { on_corrupt: OnCorrupt::Replace, ..FileOptions::default() };
    let on_mismatch = FileOptions { on_mismatch: OnMismatch::Replace, ..FileOptions::default() };
    for options in [&on_corrupt, &on_mismatch] {
        let (_dir, path) = closed(&FileOptions::default(), 7);
        let old = ReaderCore::open(&path, &spec(), ReadOptions::default()).unwrap();
        let mut root = Root::new(Some(corrupt()));
        let core = open(&path, options, &mut root).unwrap();
        assert_eq!((core.recovered(), core.generation()), (Recovered::Fresh, 1));
        assert!(old.file().is_superseded() && old.check_believed().is_ok());
        let new = ReaderCore::open(&path, &spec(), ReadOptions::default()).unwrap();
        assert_eq!(new.check_believed(), Ok(()), "there is nothing that could be torn");
        assert!(new.is_empty());
    }
    // Another field is a mismatch and no damage.
    let (_dir, path) = closed(&FileOptions::default(), 7);
    let invalid = Refused::Invalid("x".into(), InvalidReason::Tail);
    let refused = open(&path, &on_corrupt, &mut Root::new(Some(invalid)));
    assert!(matches!(refused, Err(CreateError::Invalid { .. })), "{refused:?}");
}
