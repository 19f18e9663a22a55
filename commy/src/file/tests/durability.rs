//! Checkpoints: what a failing disk leaves, what a restart finds, what a replacement keeps.

use super::*;

fn durable() -> FileOptions {
    FileOptions { durable: true, ..FileOptions::default() }
}

fn durable_writer(path: &Path) -> OpenedWriter {
    opened(path, &spec(), &durable()).unwrap()
}

/// Publishes `content` as `generation` and flushes it.
fn flush(writer: &mut OpenedWriter, generation: u64, content: u64) -> Result<(), FlushError> {
    publish(writer, generation, content);
    writer.flush(generation, &[content; 3]).map(drop)
}

fn recover(writer: &mut OpenedWriter) -> Recovery {
    writer.recover().unwrap()
}

/// What a writer finds in a copy of both files, which is as after a restart.
fn after_restart(path: &Path) -> Recovery {
    let (_dir, copy) = place();
    fs::copy(path, &copy).unwrap();
    fs::copy(checkpoints(path), checkpoints(&copy)).unwrap();
    recover(&mut durable_writer(&copy))
}

fn found(recovery: &Recovery) -> (Recovered, u64) {
    (recovery.source, recovery.payload.as_ref().map_or(0, |payload| payload[0]))
}

#[test]
fn a_flush_that_fails_is_an_error_and_leaves_the_older_checkpoint() {
    let faults = |error| {
        let short = [0, 70, 4096].map(|len| Fault::ShortWrite(len, error));
        let all = [Fault::Write(error), Fault::Sync(error)].into_iter().chain(short);
        all.map(move |fault| (fault, error))
    };
    for (fault, expected) in [libc::EIO, libc::ENOSPC].into_iter().flat_map(faults) {
        let (_dir, path) = place();
        let mut writer = durable_writer(&path);
        flush(&mut writer, 1, 11).unwrap();
        FAULT.set(Some(fault));
        let error = flush(&mut writer, 2, 22).unwrap_err();
        let shown = format!("cannot flush `{}.ckpt`", path.display());
        assert_eq!(error.to_string(), shown, "{fault:?}");
        let FlushError::Io { source, .. } = &error else { panic!("{error}") };
        assert_eq!(source.raw_os_error(), Some(expected), "{fault:?}");
        let recovery = after_restart(&path);
        assert_eq!(recovery.source, Recovered::Checkpoint);
        // What failed may have reached the disk all the same; nothing else may be there.
        let payload = recovery.payload.unwrap();
        assert!([[11; 3], [22; 3]].contains(&payload[..].try_into().unwrap()), "{fault:?}");

        // The next flush writes the whole value again, over what failed and not over the other.
        let area = |index: usize| {
            let bytes = fs::read(checkpoints(&path)).unwrap();
            let at = bytes.len() - (2 - index) * 4096;
            u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
        };
        assert_eq!(area(0), 1);
        writer.flush(2, &[22; 3]).unwrap();
        assert_eq!((area(0), area(1)), (1, 2));
        assert_eq!(found(&after_restart(&path)), (Recovered::Checkpoint, 22));
        flush(&mut writer, 3, 33).unwrap();
        assert_eq!((area(0), area(1)), (3, 2));
    }
}

#[test]
fn what_is_durable_is_not_written_again_and_after_a_failure_nothing_is() {
    let (_dir, path) = place();
    let mut writer = durable_writer(&path);
    flush(&mut writer, 1, 11).unwrap();
    FAULT.set(Some(Fault::Sync(libc::EIO)));
    // Nothing is written, so nothing fails.
    writer.flush(1, &[11; 3]).unwrap();
    assert!(writer.flush(2, &[22; 3]).is_err());
    FAULT.set(Some(Fault::Sync(libc::EIO)));
    assert!(writer.flush(2, &[22; 3]).is_err());
    assert!(FAULT.take().is_none());
    writer.flush(2, &[22; 3]).unwrap();
}

#[test]
fn a_writer_writes_again_what_an_earlier_one_may_have_failed_to_sync() {
    let (_dir, path) = place();
    let mut writer = durable_writer(&path);
    flush(&mut writer, 1, 11).unwrap();
    drop(writer);
    FAULT.set(Some(Fault::Sync(libc::EIO)));
    let refused = opened(&path, &spec(), &durable()).unwrap_err();
    assert!(matches!(refused, CreateError::Io { doing: "flush", .. }), "{refused}");
    let mut writer = durable_writer(&path);
    assert_eq!(found(&recover(&mut writer)), (Recovered::Live, 11));
}

#[test]
fn after_a_restart_the_newer_of_clean_record_and_checkpoint_counts() {
    let (_dir, path) = place();
    let mut writer = durable_writer(&path);
    flush(&mut writer, 1, 11).unwrap();
    publish(&writer, 2, 22);
    close(writer);
    let closed = fs::read(&path).unwrap();
    assert_eq!(found(&after_restart(&path)), (Recovered::Clean, 22));

    // The disk keeps the file as it was closed, and a checkpoint that came later.
    let mut writer = durable_writer(&path);
    flush(&mut writer, 3, 33).unwrap();
    drop(writer);
    fs::write(&path, closed).unwrap();
    assert_eq!(found(&after_restart(&path)), (Recovered::Checkpoint, 33));
}

#[test]
fn checkpoints_are_shown_in_the_boot_after_and_slots_are_not() {
    let (_dir, path) = place();
    let mut writer = durable_writer(&path);
    flush(&mut writer, 1, 11).unwrap();
    publish(&writer, 2, 22);
    drop(writer);
    // On tmpfs no file is of an earlier boot, and the boot id is not asked for.
    if is_in_memory(&path) {
        eprintln!("skipped: temporary files are in memory");
        return;
    }
    assert!(reader(&path).unwrap().kept().is_none());
    FAKE_BOOT_ID.set(Some(Some(b"the boot after".to_vec())));
    let shown = reader(&path).unwrap();
    let kept = shown.kept().unwrap();
    assert_eq!((kept.generation(), kept.slot_of(1).payload[0].load(Ordering::Relaxed)), (1, 11));
    assert_eq!(shown.vouched(), Err(ReadError::NeedsWriter));
    assert!(!believes(&shown));

    FAKE_BOOT_ID.set(Some(Some(b"the boot after".to_vec())));
    let mut writer = durable_writer(&path);
    let recovery = recover(&mut writer);
    assert_eq!(found(&recovery), (Recovered::Checkpoint, 11));
    assert!(recovery.is_hidden);
    assert_eq!(writer.newest_generation(), 2);
}

#[test]
fn a_generation_that_only_a_checkpoint_speaks_of_is_not_used_again() {
    let (_dir, path) = place();
    let mut writer = durable_writer(&path);
    flush(&mut writer, 70, 7).unwrap();
    // A flush that the power cut short.
    FAULT.set(Some(Fault::ShortWrite(512, libc::ENOSPC)));
    assert!(writer.flush(80, &[8; 3]).is_err());
    drop(writer);
    fs::remove_file(&path).unwrap();
    let mut writer = durable_writer(&path);
    assert_eq!(found(&recover(&mut writer)), (Recovered::Checkpoint, 8));
    assert_eq!(writer.newest_generation(), 80);
}

#[test]
fn a_replaced_file_forgets_the_checkpoints_and_counts_on_from_them() {
    let (_dir, path) = place();
    let mut writer = durable_writer(&path);
    flush(&mut writer, 70, 7).unwrap();
    drop(writer);
    let other = spec_of::<[u32; 9]>();
    let mut writer = replaced(&path, &other, &durable()).unwrap();
    assert_eq!((writer.base_generation(), writer.newest_generation()), (70, 70));
    assert_eq!(found(&recover(&mut writer)), (Recovered::Fresh, 0));
    writer.flush(71, &[1; 5]).unwrap();
    drop(writer);
    assert!(opened(&path, &other, &durable()).is_ok());

    // Without the option, what is left of them is too old to count.
    let writer = replaced(&path, &other, &FileOptions::default()).unwrap();
    assert_eq!(writer.base_generation(), 71);
    drop(writer);
    let reader = open_reader(&path, &other, ReadOptions::default()).unwrap();
    assert!(reader.kept().is_none());
    let mut writer = opened(&path, &other, &durable()).unwrap();
    assert_eq!(found(&recover(&mut writer)), (Recovered::Fresh, 0));
}

#[test]
fn checkpoints_are_as_private_as_the_file_and_belong_to_the_right_user() {
    let (_dir, path) = place();
    let options = FileOptions { mode: Some(0o644), ..durable() };
    let mut writer = opened(&path, &spec(), &options).unwrap();
    let checkpoints = checkpoints(&path);
    assert_eq!(mode(&checkpoints), 0o644);
    flush(&mut writer, 1, 11).unwrap();
    drop(writer);
    fs::remove_file(&path).unwrap();
    let writer = opened(&path, &spec(), &FileOptions::default()).unwrap();
    assert_eq!(writer.newest_generation(), 1);
    drop(writer);
    fs::remove_file(&path).unwrap();
    if std::os::unix::fs::chown(&checkpoints, Some(65_533), None).is_err() {
        eprintln!("skipped: only root can give a file away");
        return;
    }
    let writer = opened(&path, &spec(), &FileOptions::default()).unwrap();
    assert_eq!(writer.newest_generation(), 0);
    drop(writer);
    let owner = fs::metadata(&path).unwrap().uid();
    let insist = ReadOptions { owner: Some(owner), ..ReadOptions::default() };
    assert!(open_reader(&path, &spec(), insist).unwrap().kept().is_none());
    let refused = opened(&path, &spec(), &durable());
    assert!(matches!(refused, Err(CreateError::NotOwner { found: 65_533, .. })), "{refused:?}");
}

#[test]
fn checkpoints_in_a_directory_that_is_not_there_are_an_error() {
    let (dir, path) = place();
    let missing = dir.path().join("missing");
    let checkpoint_path = Some(missing.join("data.ckpt"));
    let options = FileOptions { checkpoint_path, ..durable() };
    let refused = opened(&path, &spec(), &options).unwrap_err();
    assert!(
        matches!(&refused, CreateError::NotFound { directory, .. } if *directory == missing),
        "{refused}"
    );
}

#[test]
fn a_disk_that_is_full_refuses_a_flush_and_keeps_the_older_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let Some(_disk) = SmallDisk::mount(dir.path()) else {
        eprintln!("skipped: only root can mount a small disk");
        return;
    };
    let path = dir.path().join("data.bin");
    let mut writer = durable_writer(&path);
    flush(&mut writer, 1, 11).unwrap();
    // The file system takes the room of the second checkpoint back, and gives it to somebody.
    let checkpoints = checkpoints(&path);
    let punched = Command::new("fallocate")
        .args(["--punch-hole", "--length", "4096", "--offset"])
        .arg((fs::metadata(&checkpoints).unwrap().len() - 4096).to_string())
        .arg(&checkpoints)
        .status();
    assert!(punched.unwrap().success());
    let hog = File::create(dir.path().join("hog")).unwrap();
    let mut at = 0;
    while hog.write_all_at(&[1; 4096], at).is_ok() {
        at += 4096;
    }
    let error = flush(&mut writer, 2, 22).unwrap_err();
    let FlushError::Io { source, .. } = &error else { panic!("{error}") };
    assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
    assert_eq!(found(&after_restart(&path)), (Recovered::Checkpoint, 11));
    let refused = opened(&dir.path().join("other.bin"), &spec(), &durable());
    assert!(refused.is_err());

    drop(hog);
    fs::remove_file(dir.path().join("hog")).unwrap();
    writer.flush(2, &[22; 3]).unwrap();
    assert_eq!(found(&after_restart(&path)), (Recovered::Checkpoint, 22));
}

/// A file system in memory with room for little more than two files.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=128k", "tmpfs"]).arg(at).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then(|| Self(at.into()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}
