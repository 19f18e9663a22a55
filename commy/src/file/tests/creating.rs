//! A new file, its options, and what stays of a file that could not be made.

use super::*;

#[test]
fn a_new_file_is_private_complete_and_empty() {
    let (dir, path) = place();
    let writer = writer(&path).unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&beside(&path, "", ".lock")), 0o600);
    assert_eq!(names(&dir), ["data.bin", "data.bin.lock"]);
    let metadata = fs::metadata(&path).unwrap();
    assert!(metadata.blocks() * 512 >= metadata.len());

    let reader = reader(&path).unwrap();
    assert!(!believes(&reader));
    assert_eq!(reader.vouched(), Err(ReadError::Empty));
    assert_eq!(reader.writer_state(), WriterState::Alive);
    drop(writer);
    assert_eq!(reader.writer_state(), WriterState::Dead);
}

#[test]
fn the_mode_is_what_was_asked_for_and_the_lock_file_is_for_those_who_may_write() {
    let (_dir, path) = place();
    let options = FileOptions { mode: Some(0o664), durable: true, ..FileOptions::default() };
    let _writer = opened(&path, &spec(), &options).unwrap();
    assert_eq!(mode(&path), 0o664);
    assert_eq!(mode(&beside(&path, "", ".lock")) & 0o717, 0o600);
}

#[test]
fn options_that_shape_the_file_must_be_those_it_was_created_with() {
    let (_dir, path) = place();
    let options = FileOptions { slots: Some(7), mode: Some(0o640), ..FileOptions::default() };
    drop(opened(&path, &spec(), &options).unwrap());
    assert!(opened(&path, &spec(), &options).is_ok());
    assert!(writer(&path).is_ok());
    let other = FileOptions { slots: Some(8), ..FileOptions::default() };
    assert!(matches!(
        opened(&path, &spec(), &other),
        Err(CreateError::OptionMismatch { option: "slots", file: 7, asked: 8 })
    ));
    let other = FileOptions { mode: Some(0o600), ..FileOptions::default() };
    assert!(matches!(
        opened(&path, &spec(), &other),
        Err(CreateError::OptionMismatch { option: "mode", file: 0o640, asked: 0o600 })
    ));
}

#[test]
fn options_that_no_file_can_have_are_refused_before_anything_is_created() {
    let (dir, path) = place();
    for (slots, mode) in [(1, 0o600), (65_537, 0o600), (4, 0o400), (4, 0o1600), (4, 0o066)] {
        let options =
            FileOptions { slots: Some(slots), mode: Some(mode), ..FileOptions::default() };
        let refused = opened(&path, &spec(), &options);
        assert!(matches!(refused, Err(CreateError::InvalidOption { .. })), "{slots} {mode:o}");
    }
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);
}

// A disk can hold what 32 bits can address.
#[cfg(target_pointer_width = "64")]
#[test]
fn a_disk_without_room_is_an_error_and_leaves_nothing() {
    let (dir, path) = place();
    // 5 x 64 TiB: more than any disk has that tests run on, less than can be mapped.
    let large = RecordSpec { size: 1 << 46, ..spec() };
    let refused = opened(&path, &large, &FileOptions::default());
    assert!(matches!(refused, Err(CreateError::StorageFull { .. })), "{refused:?}");
    let huge = RecordSpec { size: usize::MAX, ..spec() };
    let refused = opened(&path, &huge, &FileOptions::default());
    assert!(matches!(refused, Err(CreateError::TooLarge { slots: 4, .. })), "{refused:?}");
    assert!(names(&dir).is_empty());
}

#[test]
fn a_name_that_was_taken_meanwhile_stays_with_its_file() {
    let (_dir, path) = place();
    let options = FileOptions::default();
    let (place, _side) = Place::take(&path, &spec(), &options).unwrap();
    let mut made = write_record(&place, 0, Instead::Nothing).unwrap();
    fs::write(&path, "somebody else's").unwrap();
    let taken = made.name.as_mut().unwrap().give().unwrap_err();
    assert_eq!(taken.kind(), std::io::ErrorKind::AlreadyExists);
    drop(made);
    assert_eq!(fs::read(&path).unwrap(), b"somebody else's");
    assert!(!beside(&path, ".", ".commy-new").exists());
}

#[test]
fn a_name_that_was_given_is_taken_away_unless_it_is_kept_or_another_files() {
    for (is_kept, is_moved) in [(false, false), (true, false), (false, true)] {
        let (dir, path) = place();
        let options = FileOptions::default();
        let (place, side) = Place::take(&path, &spec(), &options).unwrap();
        let mut made = write_record(&place, 0, Instead::Nothing).unwrap();
        let name = made.name.as_mut().unwrap();
        name.give().unwrap();
        if is_kept {
            name.keep();
        }
        if is_moved {
            fs::rename(&path, dir.path().join("moved.bin")).unwrap();
            fs::write(&path, "somebody else's").unwrap();
        }
        drop((made, side));
        let expected: &[&str] = match (is_kept, is_moved) {
            (_, true) => &["data.bin", "moved.bin"],
            (true, _) => &["data.bin"],
            _ => &[],
        };
        assert_eq!(names(&dir), expected);
    }
}

#[test]
fn a_writer_that_is_dropped_before_it_goes_live_leaves_nothing() {
    let (dir, path) = place();
    let options = FileOptions { durable: true, ..FileOptions::default() };
    drop(open_writer(&path, &spec(), &options).unwrap());
    drop(open_writer(&path, &spec(), &replacing(&path, &options)).unwrap());
    assert!(names(&dir).is_empty());
    let mut writer = opened(&path, &spec(), &options).unwrap();
    publish(&writer, 1, 11);
    writer.flush(1, &[11; 3]).unwrap();
    drop(writer);
    let before = names(&dir);
    drop(open_writer(&path, &spec_of::<[u32; 9]>(), &replacing(&path, &options)).unwrap());
    assert_eq!(names(&dir), before);
    let mut writer = opened(&path, &spec(), &options).unwrap();
    assert_eq!(writer.recover().unwrap().payload.unwrap(), [11; 3]);
}

#[test]
fn a_sparse_copy_gets_its_space_when_a_writer_opens_it() {
    let (dir, path) = place();
    let large = RecordSpec { size: 1 << 20, ..spec() };
    let options = FileOptions { durable: true, ..FileOptions::default() };
    drop(opened(&path, &large, &options).unwrap());
    let copy = dir.path().join("copy.bin");
    let copied = [(path.clone(), copy.clone()), (checkpoints(&path), checkpoints(&copy))];
    let sparse = copied.map(|(from, to)| {
        let bytes = fs::read(from).unwrap();
        let sparse = File::create(to).unwrap();
        sparse.set_len(bytes.len() as u64).unwrap();
        sparse.write_all_at(&bytes[..16384], 0).unwrap();
        sparse.set_permissions(fs::Permissions::from_mode(0o600)).unwrap();
        sparse
    });
    let is_sparse = |file: &File| {
        let metadata = file.metadata().unwrap();
        metadata.blocks() * 512 < metadata.len()
    };
    assert!(sparse.iter().all(is_sparse));
    drop(opened(&copy, &large, &options).unwrap());
    assert_eq!(sparse.each_ref().map(is_sparse), [false; 2]);
}
