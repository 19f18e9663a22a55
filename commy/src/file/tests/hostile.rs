//! Files that no writer of commy has made, or that a reader does not trust.

use super::*;

#[test]
fn only_files_of_commy_are_replaced() {
    let (_dir, path) = place();
    fs::write(&path, "a letter").unwrap();
    let refused = replaced(&path, &spec(), &FileOptions::default());
    assert!(matches!(refused, Err(CreateError::Unusable(OpenError::NotCommy { .. }))));
    assert_eq!(fs::read(&path).unwrap(), b"a letter");
    for damaged in ["", "\u{89}"] {
        fs::write(&path, damaged).unwrap();
        let done = replaced(&path, &spec(), &FileOptions::default());
        assert_eq!(done.is_ok(), damaged.is_empty());
        fs::remove_file(&path).unwrap();
    }
    drop(replaced(&path, &spec(), &FileOptions::default()).unwrap());
    File::options().write(true).open(&path).unwrap().set_len(5000).unwrap();
    drop(replaced(&path, &spec(), &FileOptions::default()).unwrap());
    assert!(reader(&path).is_ok());
}

#[test]
fn live_words_that_no_writer_stores_are_corrupt() {
    let (_dir, path) = place();
    drop(writer(&path).unwrap());
    let good = fs::read(&path).unwrap();
    drop(reader(&path).unwrap());
    let first_slot = good.len() / 4096 * 4096 - 4096;
    for (at, value, what) in [
        (4096 + Word::Latest.offset(), (1 << 62) + 1, "latest generation"),
        (4096 + Word::CleanGeneration.offset(), u64::MAX, "generation of the clean record"),
        (first_slot, u64::MAX, "generation in a slot"),
        (first_slot + 128, (1 << 63) + 1, "generation in a slot"),
        (4096 + Word::State.offset(), 0, "state"),
        (4096 + Word::State.offset(), 4, "state"),
        (4096 + Word::FileLen.offset(), 1, "live file length"),
    ] {
        let mut bad = good.clone();
        bad[at..at + 8].copy_from_slice(&value.to_ne_bytes());
        fs::write(&path, bad).unwrap();
        match reader(&path) {
            Err(OpenError::Corrupt { what: found, .. }) => assert_eq!(found, what),
            other => panic!("{what}: {other:?}"),
        }
        assert!(matches!(writer(&path), Err(CreateError::Unusable(OpenError::Corrupt { .. }))));
    }
    let mut bad = good;
    bad[4096..4104].copy_from_slice(&(1u64 << 62).to_ne_bytes());
    fs::write(&path, &bad).unwrap();
    assert!(reader(&path).is_ok());
    // A writer must be able to count on.
    assert!(matches!(writer(&path), Err(CreateError::Unusable(OpenError::Corrupt { .. }))));
    bad[4096..4104].copy_from_slice(&(1u64 << 61).to_ne_bytes());
    fs::write(&path, &bad).unwrap();
    assert!(writer(&path).is_ok());
}

#[test]
fn readers_may_insist_on_owner_and_mode() {
    let (_dir, path) = place();
    let options = FileOptions { mode: Some(0o620), ..FileOptions::default() };
    drop(opened(&path, &spec(), &options).unwrap());
    let owner = fs::metadata(&path).unwrap().uid();
    let open = |owner, refused_mode| {
        open_reader(
            &path,
            &spec(),
            ReadOptions { owner: Some(owner), refused_mode, ..ReadOptions::default() },
        )
    };
    assert!(open(owner, 0o002).is_ok());
    assert!(matches!(open(owner + 1, 0), Err(OpenError::NotOwner { .. })));
    let refused = open(owner, 0o022).unwrap_err();
    assert!(matches!(refused, OpenError::Mode { found: 0o620, refused: 0o020, .. }));
    assert!(refused.to_string().contains("has mode 0620, expected none of the bits 0020"));
}

#[test]
fn a_sound_header_with_enormous_sizes_is_no_danger() {
    let (_dir, path) = place();
    drop(writer(&path).unwrap());
    let good = fs::read(&path).unwrap();
    let bytes: &header::HeaderBytes = good[..4096].try_into().unwrap();
    let header = header::Header::decode(bytes).unwrap();
    let schema = &good[12288..12288 + header.schema_len as usize];
    let tib = 1 << 40;
    let hostile = [
        header::Header { file_len: u64::MAX, ..header },
        header::Header { file_len: 2 * tib, ..header },
        header::Header { root_size: tib, slot_stride: 2 * tib, file_len: 20 * tib, ..header },
        header::Header { slot_count: u64::MAX, slot_stride: u64::MAX - 127, ..header },
        header::Header { root_size: 0, ..header },
        header::Header { root_align: 1 << 63, ..header },
        header::Header { schema_len: 1 << 50, slots: 1 << 51, file_len: 1 << 52, ..header },
        header::Header { control: 1 << 63, wait_page: 1 << 63, ..header },
    ];
    for header in hostile {
        let bytes = [header.encode(schema).as_slice(), &good[4096..]].concat();
        fs::write(&path, &bytes).unwrap();
        // As long as a sparse file may be; where the file system has no such, it stays short.
        let _ = File::options().write(true).open(&path).unwrap().set_len(2 * tib);
        match reader(&path) {
            Err(OpenError::Truncated { .. } | OpenError::Corrupt { .. } | OpenError::Io { .. }) => {
            }
            Ok(reader) => {
                assert_eq!(header.file_len, 2 * tib, "{header:?} was accepted");
                assert!(!believes(&reader));
            }
            Err(other) => panic!("{header:?}: {other}"),
        }
    }
}
