//! `cargo bench -p commy-peers --bench compare`: every operation through every peer, then one table.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark, which prints its table"
)]

use core::hint::black_box;
use core::time::Duration;
use std::sync::Arc;
use std::thread;

use commy::__private::{FieldPlace, FieldSource as _};
use commy::{Mappable as _, ReadError, Reader, Writer};
use commy_peers::background::{Background, FRONT, pin, timed};
use commy_peers::payload::{
    Bytes1K, Bytes1M, Bytes8, Bytes8K, Bytes64, Large, Medium, Payload, REALISTIC_WORDS, Realistic,
    Small, fill, text,
};
use commy_peers::peers::{
    Commy, Heed, Iceoryx2, Memcpy, MmapSync, MmapSyncChecked, MmapSyncInPlace, Peer, Read,
    SharedMutex, Write, bare_open, boxed,
};
use commy_peers::place::Place;
use commy_peers::report;
use criterion::Criterion;

/// What the other core does while a snapshot is timed.
#[derive(Clone, Copy, PartialEq)]
enum Company {
    Nobody,
    Reader,
    Writer(Option<Duration>),
}

fn main() {
    // Some peers hand a mebibyte over by value.
    let bench = thread::Builder::new().stack_size(256 << 20).spawn(|| {
        pin(FRONT);
        let mut criterion = Criterion::default()
            .output_directory(&report::directory())
            .warm_up_time(Duration::from_millis(200))
            .measurement_time(Duration::from_millis(500))
            .sample_size(30)
            .nresamples(2000)
            .configure_from_args();
        size::<Bytes8, 1>(&mut criterion, "8 B");
        size::<Bytes64, 8>(&mut criterion, "64 B");
        size::<Bytes1K, 128>(&mut criterion, "1 KiB");
        size::<Bytes8K, 1024>(&mut criterion, "8 KiB");
        size::<Bytes1M, 131_072>(&mut criterion, "1 MiB");
        realistic(&mut criterion);
        fields(&mut criterion);
        setters(&mut criterion);
        open(&mut criterion);
        criterion.final_summary();
    });
    bench.unwrap().join().unwrap();
    println!("\n{}", report::table());
}

/// The operations on plain words of one size.
fn size<T: Payload<W>, const W: usize>(criterion: &mut Criterion, size: &str) {
    if W > 32 {
        publish_all::<T, W>(criterion, &format!("publish {size}, all of it"));
    }
    peer::<Memcpy, W>(criterion, size);
    peer::<Commy<T>, W>(criterion, size);
    peer::<MmapSync, W>(criterion, size);
    peer::<MmapSyncChecked, W>(criterion, size);
    peer::<MmapSyncInPlace, W>(criterion, size);
    peer::<Iceoryx2, W>(criterion, size);
    peer::<Heed, W>(criterion, size);
    peer::<SharedMutex, W>(criterion, size);
}

fn peer<P: Peer<W> + 'static, const W: usize>(criterion: &mut Criterion, size: &str) {
    snapshot::<P, W>(criterion, &format!("snapshot {size}"), Company::Nobody);
    let reads_in_company = P::NAME != "heed" && P::NAME != "mmap-sync checked";
    if reads_in_company && matches!(W, 8 | 1024 | 131_072) {
        let group = |with: &str| format!("snapshot {size} {with}");
        snapshot::<P, W>(criterion, &group("beside a reader"), Company::Reader);
        let busy = [
            ("beside a writer, flat out", None),
            ("beside a writer, 1 MHz", Some(Duration::from_micros(1))),
            ("beside a writer, 1 kHz", Some(Duration::from_millis(1))),
        ];
        for (with, period) in busy {
            snapshot::<P, W>(criterion, &group(with), Company::Writer(period));
        }
    }
    let reads_only = ["mmap-sync checked", "mmap-sync in place"].contains(&P::NAME);
    if !reads_only {
        publish::<P, W>(criterion, &format!("publish {size}"), false);
        publish::<P, W>(criterion, &format!("publish {size} beside a reader"), true);
    }
}

/// What differs from the last value is not looked for: the other rows of publishes change two words.
fn publish_all<T: Payload<W>, const W: usize>(criterion: &mut Criterion, group: &str) {
    let place = Place::new();
    let mut writer = Writer::<T>::create_at(place.path("commy")).unwrap();
    writer.update(|_| ());
    let mut value = Reader::<T>::open_at(place.path("commy")).unwrap().snapshot_boxed().unwrap();
    let mut group = criterion.benchmark_group(group);
    group.bench_function("commy", |bencher| {
        bencher.iter(|| {
            value.words()[0] += 1;
            writer.publish(black_box(&value));
        });
    });
    group.finish();
}

fn snapshot<P: Peer<W> + 'static, const W: usize>(
    criterion: &mut Criterion,
    group: &str,
    company: Company,
) {
    let place = Arc::new(Place::new());
    let writer = P::writer(&place);
    let background = match company {
        Company::Nobody => None,
        Company::Reader => Some(other_reader::<P, W>(&place)),
        Company::Writer(period) => {
            drop(writer);
            let place = Arc::clone(&place);
            Some(Background::start(period, move || rewriter::<P, W>(&place)))
        }
    };
    let mut reader = P::reader(&place);
    let mut read = || {
        reader.read();
    };
    criterion.benchmark_group(group).bench_function(P::NAME, |bencher| match &background {
        None => bencher.iter_custom(|iterations| timed(iterations, &mut read)),
        Some(background) => {
            bencher.iter_custom(|iterations| background.overlapped(iterations, &mut read));
        }
    });
}

/// Reads without a pause on the other core.
fn other_reader<P: Peer<W>, const W: usize>(place: &Arc<Place>) -> Background {
    let place = Arc::clone(place);
    Background::start(None, move || {
        let mut reader = P::reader(&place);
        move || {
            reader.read();
        }
    })
}

/// Publishes words of which the first and the last change.
fn rewriter<P: Peer<W>, const W: usize>(place: &Place) -> impl FnMut() + use<P, W> {
    let mut writer = P::writer(place);
    let mut words = boxed::<W>();
    move || {
        words[0] = words[0].wrapping_add(1);
        words[W - 1] = words[0];
        writer.publish(&words);
    }
}

fn publish<P: Peer<W> + 'static, const W: usize>(
    criterion: &mut Criterion,
    group: &str,
    in_company: bool,
) {
    let place = Arc::new(Place::new());
    let mut publish = rewriter::<P, W>(&place);
    let background = in_company.then(|| other_reader::<P, W>(&place));
    criterion.benchmark_group(group).bench_function(P::NAME, |bencher| match &background {
        None => bencher.iter_custom(|iterations| timed(iterations, &mut publish)),
        Some(background) => {
            bencher.iter_custom(|iterations| background.overlapped(iterations, &mut publish));
        }
    });
}

/// A record with strings and a vector; peers move its bytes.
fn realistic(criterion: &mut Criterion) {
    let place = Place::new();
    let path = place.path("realistic");
    let mut writer = Writer::<Realistic>::create_at(&path).unwrap();
    writer.update(fill);
    let reader = Reader::<Realistic>::open_at(&path).unwrap();
    let mut value = reader.snapshot_boxed().unwrap();

    let mut group = criterion.benchmark_group("snapshot realistic");
    group.bench_function("commy", |bencher| {
        bencher.iter(|| reader.snapshot_into(black_box(&mut *value)).unwrap());
    });
    group.finish();
    let mut group = criterion.benchmark_group("cached realistic, unchanged");
    group.bench_function("commy", |bencher| {
        let mut cached = reader.cached();
        bencher.iter(|| black_box(cached.refresh().unwrap().count));
    });
    group.finish();
    let mut group = criterion.benchmark_group("publish realistic");
    group.bench_function("commy", |bencher| {
        bencher.iter(|| {
            value.title =
                if value.count.is_multiple_of(2) { "one" } else { "two" }.parse().unwrap();
            value.count += 1;
            writer.publish(black_box(&value));
        });
    });
    group.finish();
    realistic_bytes::<Memcpy>(criterion);
    realistic_bytes::<MmapSync>(criterion);
    realistic_bytes::<Iceoryx2>(criterion);
    realistic_bytes::<Heed>(criterion);
    realistic_bytes::<SharedMutex>(criterion);

    let mut group = criterion.benchmark_group("update of several fields");
    group.bench_function("commy", |bencher| {
        bencher.iter(|| {
            writer.update(|record| {
                record.count += 1;
                record.temperature += 0.5;
                record.active = !record.active;
            });
        });
    });
    group.finish();

    for len in [10, 1000] {
        let (one, two) = (text(len), text(len).to_uppercase());
        let mut turn = false;
        let mut group = criterion.benchmark_group(format!("set a SmartString of {len} bytes"));
        group.bench_function("commy", |bencher| {
            bencher.iter(|| {
                turn = !turn;
                let text = if turn { &one } else { &two };
                writer.set(|record| &mut record.description, black_box(text.as_str())).unwrap();
            });
        });
        group.finish();
        let offset = core::mem::offset_of!(Realistic, description);
        let mut group = criterion.benchmark_group(format!("read a SmartString of {len} bytes"));
        group.bench_function("commy", |bencher| {
            bencher.iter(|| {
                black_box(reader.field::<commy::SmartString>(FieldPlace::new(0, offset)).unwrap())
            });
        });
        group.finish();
    }
}

/// The bytes of the realistic record, which no peer looks into.
fn realistic_bytes<P: Peer<REALISTIC_WORDS> + 'static>(criterion: &mut Criterion) {
    snapshot::<P, REALISTIC_WORDS>(criterion, "snapshot realistic", Company::Nobody);
    publish::<P, REALISTIC_WORDS>(criterion, "publish realistic", false);
}

/// One number out of records of several sizes.
fn fields(criterion: &mut Criterion) {
    let place = Place::new();
    let (small, medium, large) = (place.path("s"), place.path("m"), place.path("l"));
    let mut small_writer = Writer::<Small>::create_at(&small).unwrap();
    small_writer.set(|record| &mut record.number, 1.0);
    let mut medium_writer = Writer::<Medium>::create_at(&medium).unwrap();
    medium_writer.set(|record| &mut record.number, 1.0);
    let mut large_writer = Writer::<Large>::create_at(&large).unwrap();
    large_writer.set(|record| &mut record.number, 1.0);
    let small = Reader::<Small>::open_at(&small).unwrap();
    let medium = Reader::<Medium>::open_at(&medium).unwrap();
    let large = Reader::<Large>::open_at(&large).unwrap();

    one_field(criterion, "64 B", || {
        small.field::<f64>(FieldPlace::new(0, core::mem::offset_of!(Small, number)))
    });
    one_field(criterion, "8 KiB", || {
        medium.field::<f64>(FieldPlace::new(0, core::mem::offset_of!(Medium, number)))
    });
    one_field(criterion, "1 MiB", || {
        large.field::<f64>(FieldPlace::new(0, core::mem::offset_of!(Large, number)))
    });
    snapshot::<MmapSyncInPlace, 8>(criterion, "one field of 64 B", Company::Nobody);
    snapshot::<MmapSyncInPlace, 1024>(criterion, "one field of 8 KiB", Company::Nobody);
    snapshot::<MmapSyncInPlace, 131_072>(criterion, "one field of 1 MiB", Company::Nobody);
}

fn one_field(criterion: &mut Criterion, size: &str, field: impl Fn() -> Result<f64, ReadError>) {
    let mut read = || {
        black_box(field().unwrap());
    };
    criterion.benchmark_group(format!("one field of {size}")).bench_function("commy", |bencher| {
        bencher.iter_custom(|iterations| timed(iterations, &mut read));
    });
}

/// One number into records of several sizes.
fn setters(criterion: &mut Criterion) {
    let place = Place::new();
    let mut small = Writer::<Small>::create_at(place.path("s")).unwrap();
    let mut medium = Writer::<Medium>::create_at(place.path("m")).unwrap();
    let mut large = Writer::<Large>::create_at(place.path("l")).unwrap();
    let mut number = 0.0;
    let mut set = |size: &str, set: &mut dyn FnMut(f64)| {
        let group = format!("set one f64 in {size}");
        criterion.benchmark_group(group).bench_function("commy", |bencher| {
            bencher.iter(|| {
                number += 1.0;
                set(number);
            });
        });
    };
    set("64 B", &mut |number| small.set(|record| &mut record.number, number));
    set("8 KiB", &mut |number| medium.set(|record| &mut record.number, number));
    set("1 MiB", &mut |number| large.set(|record| &mut record.number, number));
}

/// From nothing to the first value.
fn open(criterion: &mut Criterion) {
    const GROUP: &str = "open to first read 64 B";
    let place = Place::new();
    let mut writer = <Commy<Bytes64> as Peer<8>>::writer(&place);
    writer.publish(&[1; 8]);
    let path = place.path("commy");
    let len = usize::try_from(std::fs::metadata(&path).unwrap().len()).unwrap();
    let mut group = criterion.benchmark_group(GROUP);
    group.bench_function("bare", |bencher| bencher.iter(|| bare_open(&path, len)));
    group.bench_function("commy", |bencher| {
        bencher.iter(|| {
            let reader = Reader::<Bytes64>::open_at(&path).unwrap();
            black_box(reader.field::<u64>(FieldPlace::new(0, 0)).unwrap());
        });
    });
    group.finish();
    opening::<MmapSync>(criterion, GROUP);
    opening::<Iceoryx2>(criterion, GROUP);
    opening::<SharedMutex>(criterion, GROUP);
    const { assert!(!Bytes64::NEEDS_CHECK) };
}

fn opening<P: Peer<8>>(criterion: &mut Criterion, group: &str) {
    let place = Place::new();
    let mut writer = P::writer(&place);
    writer.publish(&[1; 8]);
    criterion.benchmark_group(group).bench_function(P::NAME, |bencher| {
        bencher.iter(|| P::reader(&place).read());
    });
}
