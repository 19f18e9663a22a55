//! What is read of a text or a vector is what is in use of it, and never of two generations.

use core::error::Error;
use core::sync::atomic::{AtomicBool, Ordering};
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use commy::{
    FixedString, FixedVec, InvalidReason, ReadError, SmartString, create_reader, create_writer,
};

/// Texts and vectors of many sizes, at even and at odd places.
#[create_writer(filename = "places.bin")]
#[create_reader(filename = "places.bin")]
struct Places {
    few: FixedString<3>,
    odd: SmartString<200>,
    note: SmartString,
    long: FixedString<6000>,
    huge: FixedString<{ 300 << 10 }>,
    bytes: FixedVec<u8, 5>,
    rows: FixedVec<u64, 100>,
    many: FixedVec<u32, 2000>,
    flags: FixedVec<bool, 300>,
}

type Ends = (tempfile::TempDir, PlacesWriter, PlacesReader);

fn ends() -> Result<Ends, Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("places.bin");
    let writer = PlacesWriter::create_at(&path)?;
    let reader = PlacesReader::open_at(&path)?;
    Ok((directory, writer, reader))
}

#[test]
fn a_text_of_any_length_is_read_alike_in_all_ways() -> Result<(), Box<dyn Error>> {
    let (_directory, mut writer, reader) = ends()?;
    let mut target = String::new();
    let lens =
        (0..80).chain([127, 128, 129, 180, 200, 255, 256, 257, 1000, 1024, 5999, 6000, 70_000]);
    for (len, letters) in lens.flat_map(|len| [(len, "abcdefg"), (len, "größe €")]) {
        // As many bytes, or a few less where a letter has several.
        let mut text: String = letters.chars().cycle().take(len).collect();
        while text.len() > len {
            text.pop();
        }
        if text.len() <= 3 {
            writer.set_few(&text)?;
            assert_eq!(reader.few()?, text);
            assert_eq!(reader.few_with(str::to_owned)?, text);
        }
        if text.len() <= 200 {
            writer.set_odd(&text)?;
            assert_eq!(reader.odd()?, text);
            assert_eq!(reader.odd_with(str::to_owned)?, text);
            reader.odd_read_into(&mut target)?;
            assert_eq!(target, text);
        }
        if text.len() <= 1024 {
            writer.set_note(&text)?;
            let note = reader.note()?;
            assert_eq!(note, text);
            let tail = bytemuck::bytes_of(&note).iter().skip(8 + text.len());
            assert!(tail.copied().all(|byte| byte == 0));
            assert_eq!(reader.note_with(str::to_owned)?, text);
            reader.note_read_into(&mut target)?;
            assert_eq!(target, text);
            assert_eq!(reader.read(|view| view.note_with(str::to_owned))?, text);
        }
        if text.len() <= 6000 {
            writer.set_long(&text)?;
            assert_eq!(reader.long_with(str::to_owned)?, text);
            reader.long_read_into(&mut target)?;
            assert_eq!(target, text);
        }
        writer.set_huge(&text)?;
        assert_eq!(reader.huge_with(str::to_owned)?, text);
        reader.huge_read_into(&mut target)?;
        assert_eq!(target, text);
    }
    Ok(())
}

#[test]
fn a_vector_of_any_length_is_read_alike_in_all_ways() -> Result<(), Box<dyn Error>> {
    let (_directory, mut writer, reader) = ends()?;
    let (mut bytes, mut rows, mut many, mut flags) = (vec![1], vec![2], Vec::new(), vec![true]);
    for len in (0..40).chain([99, 100, 299, 300, 1999, 2000]) {
        if len <= 5 {
            let expected: Vec<u8> = (0..len).map(|at| at as u8 + 1).collect();
            writer.set_bytes(&expected)?;
            assert_eq!(reader.bytes_with(<[u8]>::to_vec)?, expected);
            reader.bytes_read_into(&mut bytes)?;
            assert_eq!(bytes, expected);
        }
        if len <= 100 {
            let expected: Vec<u64> = (0..len).map(|at| at as u64 * 0x0101_0101).collect();
            writer.set_rows(&expected)?;
            assert_eq!(*reader.rows()?, *expected);
            assert_eq!(reader.rows_with(<[u64]>::to_vec)?, expected);
            reader.rows_read_into(&mut rows)?;
            assert_eq!(rows, expected);
        }
        if len <= 300 {
            let expected: Vec<bool> = (0..len).map(|at| at % 3 == 0).collect();
            writer.set_flags(&expected)?;
            assert_eq!(*reader.flags()?, *expected);
            assert_eq!(reader.flags_with(<[bool]>::to_vec)?, expected);
            reader.flags_read_into(&mut flags)?;
            assert_eq!(flags, expected);
        }
        let expected: Vec<u32> = (0..len).map(|at| at as u32 ^ 0x5555).collect();
        writer.set_many(&expected)?;
        assert_eq!(reader.many_with(<[u32]>::to_vec)?, expected);
        reader.many_read_into(&mut many)?;
        assert_eq!(many, expected);
    }
    Ok(())
}

/// Each text goes another way to its reader: whole, by blocks, and into memory of its own.
#[create_writer(filename = "hostile.bin")]
#[create_reader(filename = "hostile.bin")]
struct Hostile {
    mark: [u8; 8],
    text: FixedString<16>,
    note: SmartString,
    huge: FixedString<{ 300 << 10 }>,
    rows: FixedVec<u32, 40>,
    flags: FixedVec<bool, 200>,
}

const MARK: [u8; 8] = *b"#places#";

/// Writes over the bytes of the latest value, which begins with the mark, `at` bytes behind it.
fn overwrite(path: &Path, at: usize, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    let found = fs::read(path)?.windows(8).position(|bytes| bytes == MARK).ok_or("no mark")?;
    File::options().write(true).open(path)?.write_all_at(bytes, (found + at) as u64)?;
    Ok(())
}

#[test]
fn what_is_no_text_is_named_and_shown_to_nobody() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("hostile.bin");
    let mut writer = HostileWriter::create_at(&path)?;
    writer.update(|value| {
        value.mark = MARK;
        value.text = FixedString::literal("ten bytes.");
        value.note = FixedString::literal("ten bytes.");
        value.huge = FixedString::literal("ten bytes.");
        value.rows = FixedVec::literal(&[1, 2, 3]);
        value.flags = FixedVec::literal(&[true; 30]);
    });
    let reader = HostileReader::open_at(&path)?;
    let mut target = String::with_capacity(100);
    let lengths = [(8, 16_usize), (32, 1024), (1064, 300 << 10)];
    for (at, capacity) in lengths {
        let found = [u64::MAX, capacity as u64 + 1, 1 << 40];
        for found in found {
            overwrite(&path, at, &found.to_le_bytes())?;
            let with = match capacity {
                16 => reader.text_with(drop_text),
                1024 => reader.note_with(drop_text),
                _ => reader.huge_with(drop_text),
            };
            let into = match capacity {
                16 => reader.text_read_into(&mut target),
                1024 => reader.note_read_into(&mut target),
                _ => reader.huge_read_into(&mut target),
            };
            assert_eq!(with, into);
            let Err(ReadError::Invalid { reason, .. }) = with else { panic!("{with:?}") };
            assert_eq!(reason, InvalidReason::Length { found, capacity });
            assert_eq!((target.as_str(), target.capacity()), ("", 100));
        }
        overwrite(&path, at, &10_u64.to_le_bytes())?;
        overwrite(&path, at + 8 + 7, &[0xff])?;
        let with = match capacity {
            16 => reader.text_with(drop_text),
            1024 => reader.note_with(drop_text),
            _ => reader.huge_with(drop_text),
        };
        let by_value = match capacity {
            16 => reader.text().map(drop),
            1024 => reader.note().map(drop),
            _ => reader.huge_read_into(&mut target),
        };
        assert_eq!(with, by_value);
        let Err(ReadError::Invalid { field, reason, .. }) = with else { panic!("{with:?}") };
        assert_eq!(reason, InvalidReason::Utf8 { valid_up_to: 7 });
        assert_eq!(
            field,
            match capacity {
                16 => "text",
                1024 => "note",
                _ => "huge",
            }
        );
        // What is behind the text is nobody's, and does not count.
        overwrite(&path, at + 8 + 7, b"es.\xff")?;
        let shown = match capacity {
            16 => reader.text_with(str::to_owned),
            1024 => reader.note_with(str::to_owned),
            _ => reader.huge_with(str::to_owned),
        };
        assert_eq!(shown?, "ten bytes.");
    }
    Ok(())
}

fn drop_text(_: &str) {
    unreachable!("it is no text");
}

#[test]
fn what_are_no_elements_is_named_and_shown_to_nobody() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("hostile.bin");
    let mut writer = HostileWriter::create_at(&path)?;
    writer.update(|value| {
        value.mark = MARK;
        value.rows = FixedVec::literal(&[1, 2, 3]);
        value.flags = FixedVec::literal(&[true; 30]);
    });
    let reader = HostileReader::open_at(&path)?;
    let rows_at = core::mem::offset_of!(Hostile, rows);
    let flags_at = core::mem::offset_of!(Hostile, flags);
    let (mut rows, mut flags) = (vec![7], vec![true]);
    for found in [41, u64::MAX, 1 << 62] {
        overwrite(&path, rows_at, &found.to_le_bytes())?;
        let with = reader.rows_with(|_| unreachable!("there are not so many"));
        assert_eq!(with, reader.rows_read_into(&mut rows));
        assert_eq!(with, reader.rows().map(drop));
        let Err(ReadError::Invalid { field, reason, .. }) = with else { panic!("{with:?}") };
        assert_eq!(
            (field.as_str(), reason),
            ("rows", InvalidReason::Length { found, capacity: 40 })
        );
        assert!(rows.is_empty());
    }
    overwrite(&path, flags_at + 8 + 29, &[2])?;
    let with = reader.flags_with(|_| unreachable!("one is none"));
    assert_eq!(with, reader.flags_read_into(&mut flags));
    assert_eq!(with, reader.flags().map(drop));
    let Err(ReadError::Invalid { field, reason, .. }) = with else { panic!("{with:?}") };
    assert_eq!((field.as_str(), reason), ("flags[29]", InvalidReason::Bool { found: 2 }));
    assert!(flags.is_empty());
    Ok(())
}

/// Each value has one letter, and a length that tells which: a mix of two would be seen.
#[create_writer(filename = "torn.bin")]
#[create_reader(filename = "torn.bin")]
#[derive(Clone)]
struct Torn {
    text: SmartString,
    long: FixedString<9000>,
    rows: FixedVec<u64, 600>,
}

fn letter_of(len: usize) -> u8 {
    b'a' + (len % 26) as u8
}

#[test]
fn no_mix_of_two_generations_is_shown_beside_a_busy_writer() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("torn.bin");
    // Few slots, and values that are made before: every copy shall be overtaken now and then.
    let mut writer = TornWriter::options().path(&path).slots(2).create()?;
    let mut values = Vec::new();
    for round in [1, 500, 3, 700, 120] {
        let (len, long) = (round * 7 % 1025, round * 11 % 9001);
        writer.batch(|batch| {
            batch.set_text(&char::from(letter_of(len)).to_string().repeat(len))?;
            batch.set_long(&char::from(letter_of(long)).to_string().repeat(long))?;
            batch.set_rows(&vec![long as u64; long % 601])
        })?;
        values.push(Box::new(writer.get().clone()));
    }
    let reader = TornReader::open_at(&path)?;
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let seen = scope.spawn(|| {
            let (mut text, mut rows, mut seen) = (String::new(), Vec::new(), [0; 8]);
            let is_whole = |text: &str| text.bytes().all(|byte| byte == letter_of(text.len()));
            // Contention is no mix: whoever meets it tries again.
            while seen.iter().any(|seen| *seen < 1000) {
                let whole = [
                    reader.text_with(is_whole),
                    reader.long_with(is_whole),
                    reader.text_read_into(&mut text).map(|()| is_whole(&text)),
                    reader.long_read_into(&mut text).map(|()| is_whole(&text)),
                    reader.text().map(|text| is_whole(&text)),
                    reader
                        .rows_with(|rows| rows.iter().all(|row| *row as usize % 601 == rows.len())),
                    reader
                        .rows_read_into(&mut rows)
                        .map(|()| rows.iter().all(|row| *row as usize % 601 == rows.len())),
                    reader.snapshot_boxed().map(|all| is_whole(&all.text) && is_whole(&all.long)),
                ];
                for (result, seen) in whole.into_iter().zip(&mut seen) {
                    match result {
                        Ok(is_whole) => {
                            assert!(is_whole, "a mix of two generations");
                            *seen += 1;
                        }
                        Err(error) => assert!(matches!(error, ReadError::Contended { .. })),
                    }
                }
            }
            is_over.store(true, Ordering::Relaxed);
        });
        let mut values = values.iter().cycle();
        while !is_over.load(Ordering::Relaxed) && !seen.is_finished() {
            values.next().into_iter().for_each(|value| writer.publish(value));
        }
        seen.join().expect("each of them has seen whole values, and no mix");
    });
    Ok(())
}
