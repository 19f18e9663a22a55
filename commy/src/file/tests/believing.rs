//! Which slots are believed, and which file a path means now.

use super::*;

#[test]
fn slots_of_a_copy_are_believed_only_after_an_orderly_close() {
    let (dir, path) = place();
    let opened = writer(&path).unwrap();
    publish(&opened, 1, 11);
    assert!(believes(&reader(&path).unwrap()));
    let copied = |name: &str| {
        let copy = dir.path().join(name);
        fs::copy(&path, &copy).unwrap();
        reader(&copy).unwrap()
    };
    let torn = copied("torn.bin");
    assert!(!believes(&torn));
    assert_eq!(torn.vouched(), Err(ReadError::NeedsWriter));
    close(opened);
    assert!(believes(&copied("clean.bin")));

    // A later writer dies: the clean record is of an older generation than the slots, even if
    // what was published is the same.
    publish(&writer(&path).unwrap(), 2, 11);
    assert!(!believes(&copied("later.bin")));
}

#[test]
fn a_clean_record_with_another_payload_is_not_believed() {
    let (dir, path) = place();
    let opened = writer(&path).unwrap();
    publish(&opened, 1, 11);
    let slot_1 = opened.slots().clone();
    close(opened);
    slot_1.slot_of(1).payload[2].store(12, Ordering::Relaxed);
    let copy = dir.path().join("copy.bin");
    fs::copy(&path, &copy).unwrap();
    assert!(!believes(&reader(&copy).unwrap()));
}

#[test]
fn a_writer_that_published_nothing_does_not_vouch_for_what_it_found() {
    let (dir, path) = place();
    publish(&writer(&path).unwrap(), 1, 11);
    let copy = dir.path().join("copy.bin");
    fs::copy(&path, &copy).unwrap();
    close(writer(&copy).unwrap());
    assert!(!believes(&reader(&copy).unwrap()));
    let opened = writer(&copy).unwrap();
    publish(&opened, 2, 22);
    assert!(believes(&reader(&copy).unwrap()));
    assert_eq!(reader(&copy).unwrap().vouched(), Ok(()));
}

#[test]
fn slots_of_an_earlier_boot_are_not_believed() {
    let (_dir, path) = place();
    publish(&writer(&path).unwrap(), 1, 11);
    // On tmpfs no file is of an earlier boot, and the boot id is not asked for.
    let is_volatile = is_in_memory(&path);
    FAKE_BOOT_ID.set(Some(Some(b"the boot after".to_vec())));
    assert_eq!(believes(&reader(&path).unwrap()), is_volatile);
    FAKE_BOOT_ID.take();
    assert!(believes(&reader(&path).unwrap()));
}

#[test]
fn the_lock_is_asked_for_once_for_each_writer_and_when_somebody_waits() {
    let (_dir, path) = place();
    publish(&writer(&path).unwrap(), 1, 11);
    if is_in_memory(&path) {
        return;
    }
    FAKE_BOOT_ID.set(Some(Some(b"that of a container".to_vec())));
    let reader = reader(&path).unwrap();
    assert_eq!(reader.vouched(), Err(ReadError::NeedsWriter));
    // What a writer does only with another voucher.
    let locked = File::options().read(true).write(true).open(&path).unwrap();
    let at = (1 << 62) + 3;
    assert!(crate::sys::try_lock_bytes(&locked, at, 1, crate::sys::ByteLock::Exclusive).unwrap());
    assert_eq!(reader.vouched(), Err(ReadError::NeedsWriter));
    reader.ask_again();
    assert_eq!(reader.vouched(), Ok(()));
    drop(locked);
    assert_eq!(reader.vouched(), Err(ReadError::NeedsWriter));

    let mut next = writer(&path).unwrap();
    next.begin_session();
    assert_eq!(reader.vouched(), Err(ReadError::NeedsWriter), "it has published nothing yet");
    publish(&next, 2, 22);
    assert_eq!(reader.vouched(), Ok(()));
}

#[test]
fn every_word_that_speaks_of_a_generation_is_counted_on_from() {
    let (_dir, path) = place();
    // So large that it has a steady slot.
    let large = spec_of::<[u64; 600]>();
    let open = || opened(&path, &large, &FileOptions::default()).unwrap();
    drop(open());
    let good = fs::read(&path).unwrap();
    let header = header::Header::decode(good[..4096].try_into().unwrap()).unwrap();
    let slot = |index: u64| (header.slots + index * header.slot_stride) as usize;
    let words = [Word::Latest, Word::Steady, Word::CleanGeneration];
    let words = words.map(|word| (4096 + word.offset(), 70));
    // Finished or not.
    let slots =
        (0..=header.slot_count).flat_map(|index| [139, 140].map(|mark| (slot(index), mark)));
    for (at, word) in words.into_iter().chain(slots) {
        let mut bytes = good.clone();
        bytes[at..at + 8].copy_from_slice(&u64::to_ne_bytes(word));
        fs::write(&path, bytes).unwrap();
        assert_eq!(open().newest_generation(), 70, "{word} at {at}");
    }
}

#[test]
fn a_replaced_file_is_superseded_and_the_new_one_counts_on() {
    let (_dir, path) = place();
    let first = writer(&path).unwrap();
    publish(&first, 41, 1);
    assert!(is_busy(replaced(&path, &spec(), &FileOptions::default())));
    let old_reader = reader(&path).unwrap();
    assert!(!old_reader.is_superseded());
    drop(first);

    let other = spec_of::<[u32; 9]>();
    assert!(matches!(
        opened(&path, &other, &FileOptions::default()),
        Err(CreateError::SchemaMismatch(_))
    ));
    let second = replaced(&path, &other, &FileOptions::default()).unwrap();
    assert_eq!(second.base_generation(), 41);
    assert!(old_reader.is_superseded());
    assert!(believes(&old_reader));
    assert!(matches!(reader(&path), Err(OpenError::SchemaMismatch(_))));
    let new_reader = open_reader(&path, &other, ReadOptions::default()).unwrap();
    assert!(!new_reader.is_superseded());
    assert_eq!(new_reader.vouched(), Err(ReadError::Empty));
    assert!(is_busy(opened(&path, &other, &FileOptions::default())));
}

#[test]
fn a_reader_that_came_by_another_name_learns_of_the_replacement_too() {
    let (dir, path) = place();
    drop(writer(&path).unwrap());
    let link = dir.path().join("hard");
    fs::hard_link(&path, &link).unwrap();
    let reader = reader(&link).unwrap();
    assert!(!reader.is_superseded());
    drop(replaced(&path, &spec(), &FileOptions::default()).unwrap());
    assert!(reader.is_superseded());
}

#[test]
fn a_removed_file_is_superseded() {
    let (_dir, path) = place();
    drop(writer(&path).unwrap());
    let reader = reader(&path).unwrap();
    assert!(!reader.is_superseded());
    fs::remove_file(&path).unwrap();
    assert!(reader.is_superseded());
    drop(writer(&path).unwrap());
    assert!(reader.is_superseded());
}

#[test]
fn a_closed_file_is_live_again_when_a_writer_says_so() {
    let (_dir, path) = place();
    let state = |path: &Path| {
        let mut word = [0; 8];
        let at = 4096 + Word::State.offset() as u64;
        File::open(path).unwrap().read_exact_at(&mut word, at).unwrap();
        State::from_word(u64::from_ne_bytes(word))
    };
    let opened = writer(&path).unwrap();
    assert_eq!(state(&path), Some(State::Live));
    close(opened);
    assert_eq!(state(&path), Some(State::Closed));
    writer(&path).unwrap().mark_live();
    assert_eq!(state(&path), Some(State::Live));
}
