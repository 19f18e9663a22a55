//! What is no table: texts, frames, numbers of their own, lists at their ends, pins.

use core::hint::black_box;
use std::collections::VecDeque;
use std::fs::File;
use std::time::Instant;

use commy::{create_reader, create_writer};
use heed::byteorder::NativeEndian;
use heed::types::{Str, U64};
use heed::{Database, Env, IntegerComparator, PutFlags};
use memmap2::MmapMut;

use super::clock::{Repeats, in_turn, median, repeated};
use super::figures::{Figure, Unit, Wanted};
use super::stores::{FAST, environment};
use crate::payload::text;
use crate::place::Place;

#[create_writer(filename = "note.bin", growable)]
#[create_reader(filename = "note.bin", growable)]
struct Note {
    serial: u64,
    text: String,
    #[commy(bytes)]
    frame: Vec<u8>,
    list: Vec<u64>,
    queue: VecDeque<u64>,
}

/// The fields of both records that are beside each other.
macro_rules! plain {
    ($name:ident $file:literal $($growable:tt)*) => {
        #[create_writer(filename = $file $($growable)*)]
        #[create_reader(filename = $file $($growable)*)]
        struct $name {
            serial: u64,
            other: [u64; 4],
        }
    };
}

plain!(Plain "plain.bin", growable);
plain!(Fixed "fixed.bin");

/// What a camera makes of two megapixels: three bytes for each.
const FRAME: usize = 6_000_000;
const FRAME_ROUNDS: usize = 100;
const ROUNDS: usize = 9;
/// A list begins anew when it has so many elements, a text when it has so many pieces.
const LONG: usize = 4096;
/// The elements of the queue, and those that are pushed at once.
const QUEUE: u64 = 100_000;
const AT_ONCE: u64 = 100_000;

/// All of them.
#[must_use]
pub fn measure() -> Vec<Figure> {
    let mut figures = Vec::from(plain());
    figures.push(pins());
    figures.extend(pushes());
    figures.push(queue());
    for (size, len) in [("16 B", 16), ("1 KiB", 1 << 10), ("1 MiB", 1 << 20)] {
        figures.extend(texts(size, len));
    }
    figures.extend(frames());
    figures
}

/// A figure of who takes turns; the first is commy.
fn figure(what: String, wanted: Wanted, turns: &mut [(&'static str, &mut dyn Repeats)]) -> Figure {
    let names: Vec<_> = turns.iter().map(|(name, _)| *name).collect();
    let mut turns: Vec<&mut dyn Repeats> =
        turns.iter_mut().map(|(_, turn)| &mut **turn as &mut dyn Repeats).collect();
    let times = in_turn(&mut turns, ROUNDS);
    let mut times = names.into_iter().zip(times.into_iter().map(Option::unwrap));
    let (_, commy) = times.next().unwrap();
    Figure::beside(what, Unit::Time, commy, times.collect(), wanted)
}

fn pair(place: &Place) -> (NoteWriter, NoteReader) {
    let path = place.path("note");
    let mut writer = NoteWriter::create_at(&path).unwrap();
    writer.set_serial(1).unwrap();
    (writer, NoteReader::open_at(&path).unwrap())
}

/// One number, beside that of a record of fixed size with the same fields.
fn plain() -> [Figure; 2] {
    let place = Place::new();
    let mut writer = PlainWriter::create_at(place.path("plain")).unwrap();
    writer.set_serial(1).unwrap();
    let reader = PlainReader::open_at(place.path("plain")).unwrap();
    let mut fixed = FixedWriter::create_at(place.path("fixed")).unwrap();
    fixed.set_serial(1);
    let fixed_reader = FixedReader::open_at(place.path("fixed")).unwrap();
    let (mut serial, mut other) = (0, 0);
    let mut set_turn = repeated(|| {
        serial += 1;
        writer.set_serial(black_box(serial)).unwrap();
    });
    let mut set_fixed = repeated(|| {
        other += 1;
        fixed.set_serial(black_box(other));
    });
    let what = String::from("set a u64 of a record of five");
    let set = figure(
        what,
        Wanted::OfOther(1.2),
        &mut [("commy", &mut set_turn), ("a fixed record", &mut set_fixed)],
    );
    drop((set_turn, set_fixed));
    assert_eq!(reader.serial().unwrap(), serial);
    assert_eq!(fixed_reader.serial().unwrap(), other);
    let mut get = repeated(|| _ = black_box(reader.serial().unwrap()));
    let mut get_fixed = repeated(|| _ = black_box(fixed_reader.serial().unwrap()));
    let what = String::from("get a u64 of a record of five");
    let get =
        figure(what, Wanted::Any, &mut [("commy", &mut get), ("a fixed record", &mut get_fixed)]);
    [set, get]
}

fn pins() -> Figure {
    let place = Place::new();
    let (_writer, reader) = pair(&place);
    let mut pin = repeated(|| drop(black_box(reader.pin().unwrap())));
    figure(String::from("pin, and let go"), Wanted::AtMost(3000.0), &mut [("commy", &mut pin)])
}

type Numbers = Database<U64<NativeEndian>, U64<NativeEndian>, IntegerComparator>;

fn numbers(env: &Env) -> Numbers {
    let mut transaction = env.write_txn().unwrap();
    let options = env.database_options().types::<U64<NativeEndian>, U64<NativeEndian>>();
    let numbers = options
        .key_comparator::<IntegerComparator>()
        .name("list")
        .create(&mut transaction)
        .unwrap();
    transaction.commit().unwrap();
    numbers
}

/// At the end of a list: one by one with a publish each, and many at once.
fn pushes() -> [Figure; 5] {
    let place = Place::new();
    let (mut writer, reader) = pair(&place);
    let env = environment(&place.path("lmdb"), FAST);
    let list = numbers(&env);
    let mut private: Vec<u64> = Vec::new();
    let (mut pushed, mut put) = (0_u64, 0_u64);
    let mut push = repeated(|| {
        writer.list_mut().push(black_box(pushed)).unwrap();
        pushed += 1;
    });
    let mut append = repeated(|| {
        let mut transaction = env.write_txn().unwrap();
        list.put_with_flags(&mut transaction, PutFlags::APPEND, &put, &put).unwrap();
        transaction.commit().unwrap();
        put += 1;
    });
    let mut push_private = repeated(|| black_box(&mut private).push(7));
    let one = figure(
        String::from("`Vec<u64>`: push one, and publish"),
        Wanted::AtMost(60.0),
        &mut [("commy", &mut push), ("LMDB, APPEND", &mut append), ("std", &mut push_private)],
    );
    drop((push, append, push_private));
    let view = reader.pin().unwrap();
    assert!(view.list().iter().map(Result::unwrap).eq(0..pushed));
    drop(view);

    let all: Vec<u64> = (0..AT_ONCE).collect();
    let mut append = repeated(|| {
        let mut transaction = env.write_txn().unwrap();
        list.clear(&mut transaction).unwrap();
        for number in &all {
            list.put_with_flags(&mut transaction, PutFlags::APPEND, number, number).unwrap();
        }
        transaction.commit().unwrap();
    });
    let mut copy = repeated(|| {
        let mut numbers = Vec::new();
        all.iter().for_each(|number| numbers.push(black_box(*number)));
        black_box(&numbers);
    });
    let mut many = |what: &str, change: &mut dyn FnMut(&mut NoteTransaction<'_>)| {
        let mut change = repeated(|| {
            writer
                .transaction(|tx| {
                    tx.list_mut().clear()?;
                    change(tx);
                    Ok(())
                })
                .unwrap();
        });
        let what = format!("`Vec<u64>`: clear, {what} 100 000, and publish");
        figure(
            what,
            Wanted::Any,
            &mut [("commy", &mut change), ("LMDB, APPEND", &mut append), ("std", &mut copy)],
        )
    };
    let push = many("push", &mut |tx| {
        let mut list = tx.list_mut();
        all.iter().for_each(|number| list.push(*number).unwrap());
    });
    let extend = many("extend by", &mut |tx| tx.list_mut().extend(all.iter().copied()).unwrap());
    let assign = many("assign", &mut |tx| tx.set_list(&all).unwrap());
    drop((append, copy));
    assert_eq!(reader.list().load().unwrap(), all);

    let piece = text(16);
    let mut pieces = 0_usize;
    let mut push_text = repeated(|| {
        pieces += 1;
        if pieces.is_multiple_of(LONG) {
            writer.set_text("").unwrap();
        }
        writer.text_mut().push_str(black_box(&piece)).unwrap();
    });
    let what = String::from("`String`: push 16 B, and publish");
    let text = figure(what, Wanted::Any, &mut [("commy", &mut push_text)]);
    drop(push_text);
    assert_eq!(reader.text().unwrap().len(), 16 * (pieces % LONG + usize::from(pieces >= LONG)));
    [one, push, extend, assign, text]
}

/// A queue of always as many.
fn queue() -> Figure {
    let place = Place::new();
    let (mut writer, reader) = pair(&place);
    writer.queue_mut().extend(0..QUEUE).unwrap();
    let mut private: VecDeque<u64> = (0..QUEUE).collect();
    let mut next = QUEUE;
    let mut turn = repeated(|| {
        writer
            .transaction(|tx| {
                let mut queue = tx.queue_mut();
                queue.push_back(next)?;
                next += 1;
                queue.pop_front().map(drop)
            })
            .unwrap();
    });
    let mut turn_private = repeated(|| {
        private.push_back(7);
        black_box(private.pop_front());
    });
    let what = String::from("`VecDeque<u64>` of 100 000: push one, pop one, and publish");
    let turns = figure(what, Wanted::Any, &mut [("commy", &mut turn), ("std", &mut turn_private)]);
    drop((turn, turn_private));
    assert_eq!(reader.queue().front().unwrap(), Some(next - QUEUE));
    turns
}

/// A text under one key: as with commy, each set is one commit, and each get makes a `String` of what
/// it has checked to be text.
fn texts(size: &str, len: usize) -> [Figure; 2] {
    let place = Place::new();
    let (mut writer, reader) = pair(&place);
    let env = environment(&place.path("lmdb"), FAST);
    let mut transaction = env.write_txn().unwrap();
    let database: Database<Str, Str> = env.create_database(&mut transaction, Some("text")).unwrap();
    transaction.commit().unwrap();
    let (one, two) = (text(len), text(len).to_uppercase());
    let (mut turn, mut other) = (false, false);
    let mut set = repeated(|| {
        turn = !turn;
        writer.set_text(black_box(if turn { &one } else { &two })).unwrap();
    });
    let mut put = repeated(|| {
        other = !other;
        let text = black_box(if other { &one } else { &two });
        let mut transaction = env.write_txn().unwrap();
        database.put(&mut transaction, "text", text).unwrap();
        transaction.commit().unwrap();
    });
    let what = format!("set a text of {size}, and publish");
    let set_figure = figure(what, Wanted::Any, &mut [("commy", &mut set), ("LMDB", &mut put)]);
    drop((set, put));
    assert_eq!(&reader.text().unwrap(), if turn { &one } else { &two });
    let mut get = repeated(|| drop(black_box(reader.text().unwrap())));
    let mut get_lmdb = repeated(|| {
        let transaction = env.read_txn().unwrap();
        black_box(database.get(&transaction, "text").unwrap().unwrap().to_owned());
    });
    let what = format!("get a text of {size}, newest each time");
    [set_figure, figure(what, Wanted::Any, &mut [("commy", &mut get), ("LMDB", &mut get_lmdb)])]
}

/// Frames from a buffer to a buffer, through the record and through as many other buffers as it
/// rotates through. Each round does all of it in turn, so that whatever else the machine does
/// meanwhile hits all alike.
fn frames() -> [Figure; 2] {
    let place = Place::new();
    let (mut writer, reader) = pair(&place);
    let mut frame = vec![7_u8; FRAME];
    let mut seen = vec![1_u8; FRAME];
    for round in 0..20 {
        frame[0] = round;
        writer.set_frame(&frame).unwrap();
    }
    let buffers = usize::try_from(writer.file().stats().file_len).unwrap() / FRAME;
    let mut private = vec![vec![1_u8; FRAME]; buffers];
    let mut mapped: Vec<MmapMut> = (0..buffers).map(|buffer| mapped(&place, buffer)).collect();
    let mut times = [const { Vec::new() }; 6];
    for round in 0..FRAME_ROUNDS {
        let buffer = round % buffers;
        frame[0] = round as u8;
        let mut time = |row: usize, copy: &mut dyn FnMut()| {
            let started = Instant::now();
            copy();
            times[row].push(started.elapsed().as_secs_f64() * 1e9);
        };
        time(0, &mut || writer.set_frame(black_box(&frame)).unwrap());
        time(3, &mut || {
            reader.frame().read_into(0, black_box(&mut seen)).unwrap();
        });
        assert_eq!(seen[0], frame[0]);
        time(1, &mut || mapped[buffer].copy_from_slice(black_box(&frame)));
        time(4, &mut || black_box(&mut seen).copy_from_slice(&mapped[buffer]));
        time(2, &mut || private[buffer].copy_from_slice(black_box(&frame)));
        time(5, &mut || black_box(&mut seen).copy_from_slice(&private[buffer]));
    }
    let [set, to_mapped, to_private, read, of_mapped, of_private] = times.map(median);
    let beside = |what: &str, commy, mapped, private| {
        let others = vec![("memcpy, mapped file", mapped), ("memcpy, private memory", private)];
        Figure::beside(what, Unit::Time, commy, others, Wanted::Any)
    };
    [
        beside("set a frame of 6 MB, and publish", set, to_mapped, to_private),
        beside("read a frame of 6 MB", read, of_mapped, of_private),
    ]
}

/// A file of a frame beside the record, all of whose pages are there.
#[allow(unsafe_code, reason = "memmap2 maps by an unsafe function")]
fn mapped(place: &Place, buffer: usize) -> MmapMut {
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    let file = options.open(place.path(&format!("buffer {buffer}"))).unwrap();
    file.set_len(FRAME as u64).unwrap();
    // SAFETY: nobody else has the file.
    let mut mapped = unsafe { MmapMut::map_mut(&file) }.unwrap();
    mapped.fill(1);
    mapped
}
