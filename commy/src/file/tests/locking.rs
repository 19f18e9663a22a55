//! One file, one writer.

use super::*;

#[test]
fn a_second_writer_is_refused_by_whatever_name_it_comes() {
    let (dir, path) = place();
    let first = writer(&path).unwrap();
    assert!(is_busy(writer(&path)));

    let link = dir.path().join("symbolic");
    symlink("data.bin", &link).unwrap();
    assert!(is_busy(writer(&link)));

    let link = dir.path().join("hard");
    fs::hard_link(&path, &link).unwrap();
    assert!(is_busy(writer(&link)));

    fs::remove_file(beside(&path, "", ".lock")).unwrap();
    assert!(is_busy(writer(&path)));

    drop(first);
    assert!(writer(&path).is_ok());
}

#[test]
fn a_reader_cannot_keep_a_writer_out() {
    let (_dir, path) = place();
    drop(writer(&path).unwrap());
    let stranger = File::open(&path).unwrap();
    assert!(
        crate::sys::try_lock_bytes(&stranger, 1 << 62, 1, crate::sys::ByteLock::Shared).unwrap()
    );
    let writer = writer(&path).unwrap();
    assert_eq!(reader(&path).unwrap().writer_state(), WriterState::Alive);
    drop(writer);
}

#[test]
fn a_lock_counts_only_if_the_name_was_that_files_all_the_time() {
    let (dir, path) = place();
    let [other, spare] = ["other", "spare"].map(|name| dir.path().join(name));
    let (spec, options) = (spec(), FileOptions::default());
    let (place, _side) = Place::take(&path, &spec, &options).unwrap();
    fs::write(&path, "the file").unwrap();
    fs::write(&other, "another one").unwrap();
    let swap = || {
        let names = [(&path, &spare), (&other, &path), (&spare, &other)];
        names.into_iter().for_each(|(from, to)| fs::rename(from, to).unwrap());
    };
    let file = place.open().unwrap().unwrap();
    let is_locked = |meanwhile: &dyn Fn()| place.lock_after(&file, meanwhile).unwrap().is_some();
    assert!(is_locked(&|| {}));
    swap();
    assert!(!is_locked(&|| {}), "another file, since before it was opened for the lock");
    assert!(!is_locked(&swap), "another file, but only then");
    assert!(!is_locked(&swap), "another file, since then");
    swap();
    assert!(is_locked(&|| {}));
    assert!(!is_locked(&|| fs::remove_file(&path).unwrap()), "no file, since then");
    assert!(!is_locked(&|| {}), "no file, since before");
}

#[test]
fn a_file_that_makes_room_is_locked_until_the_new_one_has_its_name() {
    for durable in [false, true] {
        let (_dir, path) = place();
        let options = FileOptions { durable, ..FileOptions::default() };
        drop(opened(&path, &spec(), &options).unwrap());
        let open = || open_writer(&path, &spec(), &options);
        // By another side lock, and for the same checkpoints.
        let is_taken = || {
            let _ = fs::remove_file(beside(&path, "", ".lock"));
            is_busy(opened(&path, &spec(), &FileOptions::default()))
        };
        let are_taken = || {
            let checkpoint_path = Some(checkpoints(&path));
            let other = FileOptions { checkpoint_path, ..options.clone() };
            is_busy(opened(&path.with_extension("other"), &spec(), &other))
        };
        let yielded = open().unwrap().make_room().unwrap();
        assert!(is_taken());
        assert_eq!(are_taken(), durable);
        drop(yielded);
        assert!(!is_taken());

        let mut new = replace(open().unwrap()).unwrap();
        assert!(is_taken(), "the name is still that of the old file");
        assert_eq!(are_taken(), durable);
        new.give_names().unwrap();
        assert!(is_taken(), "and now that of the new one");
        drop(new);
        assert!(!is_taken());
    }
}

const ROLE: &str = "COMMY_TEST_HOLD_WRITER_OF";

/// Not a test by itself: the process that the next test starts and kills.
#[test]
fn role_holds_a_writer_until_it_is_killed() {
    let Some(path) = env::var_os(ROLE) else { return };
    let _writer = writer(Path::new(&path)).unwrap();
    // Past the test harness, which keeps what a test prints.
    std::io::Write::write_all(&mut std::io::stdout(), b"\nholding\n").unwrap();
    loop {
        std::thread::park();
    }
}

#[test]
fn a_writer_that_is_killed_leaves_no_lock() {
    let (_dir, path) = place();
    let mut child = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "file::tests::locking::role_holds_a_writer_until_it_is_killed",
            "--nocapture",
        ])
        .env(ROLE, &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "holding"), "the child ended early");
    assert!(is_busy(writer(&path)));
    let reader = reader(&path).unwrap();
    assert_eq!(reader.writer_state(), WriterState::Alive);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(reader.writer_state(), WriterState::Dead);
    assert!(writer(&path).is_ok());
}

#[test]
fn what_a_dead_creator_left_is_removed_and_what_a_live_one_writes_is_not() {
    let (_dir, path) = place();
    let left_over = beside(&path, ".", ".commy-new");
    fs::write(&left_over, crate::format::MAGIC).unwrap();
    drop(writer(&path).unwrap());
    assert!(!left_over.exists());

    fs::write(&left_over, crate::format::MAGIC).unwrap();
    let creator =
        crate::sys::open(&left_over, crate::sys::Rights::ReadWrite, crate::sys::Links::Refuse)
            .unwrap();
    let creator = Presence::take(creator).unwrap().unwrap();
    assert!(is_busy(writer(&path)));
    assert!(left_over.exists());
    drop(creator);
    assert!(writer(&path).is_ok());
    assert!(!left_over.exists());

    let options = FileOptions { durable: true, ..FileOptions::default() };
    let left_over = beside(&checkpoints(&path), ".", ".commy-new");
    for make in [opened, replaced] {
        fs::write(&left_over, crate::format::MAGIC).unwrap();
        drop(make(&path, &spec(), &options).unwrap());
        assert!(!left_over.exists());
    }
}

#[test]
fn a_file_of_another_user_is_not_written() {
    let (_dir, path) = place();
    drop(writer(&path).unwrap());
    if std::os::unix::fs::chown(&path, Some(65_533), None).is_err() {
        eprintln!("skipped: only root can give a file away");
        return;
    }
    let refused = writer(&path);
    assert!(matches!(refused, Err(CreateError::NotOwner { found: 65_533, .. })), "{refused:?}");
}

#[test]
fn a_link_that_a_stranger_put_into_a_shared_directory_is_not_followed() {
    let (dir, path) = place();
    let link = dir.path().join("link");
    symlink(&path, &link).unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    assert!(writer(&link).is_ok());
    fs::remove_file(&path).unwrap();
    if std::os::unix::fs::lchown(&link, Some(65_533), None).is_err() {
        eprintln!("skipped: only root can give a link away");
        return;
    }
    assert!(matches!(writer(&link), Err(CreateError::Permission { .. })));
    assert!(!path.exists());
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
    assert!(writer(&link).is_ok());
}

#[test]
fn racing_creators_make_one_file_and_one_writer() {
    let (_dir, path) = place();
    let mut files = 0;
    for _ in 0..20 {
        let start = std::sync::Barrier::new(4);
        let winners: Vec<OpenedWriter> = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        // As a cleaner would, so that the side file alone decides nothing.
                        let _ = fs::remove_file(beside(&path, "", ".lock"));
                        writer(&path)
                    })
                })
                .collect();
            let results = racers.into_iter().map(|racer| racer.join().unwrap());
            results
                .filter_map(|result| match result {
                    Ok(writer) => Some(writer),
                    Err(CreateError::WriterBusy { .. }) => None,
                    Err(other) => panic!("{other}"),
                })
                .collect()
        });
        assert!(winners.len() <= 1, "{} writers of one file", winners.len());
        if let [winner] = winners.as_slice() {
            files += 1;
            publish(winner, 1, 5);
            assert!(believes(&reader(&path).unwrap()));
        }
        drop(winners);
        let _ = fs::remove_file(&path);
    }
    assert!(files > 0, "nobody ever won");
}
