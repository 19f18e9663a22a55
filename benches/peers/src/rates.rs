//! How often snapshots succeed, and how often they are tried again, beside a writer that does
//! nothing but publish.

use core::hint::black_box;
use core::time::Duration;
use std::time::Instant;

use commy::{FixedRecord, Reader, Writer};

use crate::background::Background;
use crate::payload::{Large, Medium, Small};
use crate::place::Place;

const DURATION: Duration = Duration::from_secs(2);

/// A table of rates for three sizes.
#[must_use]
pub fn table() -> String {
    [
        String::from(
            "| size | snapshots | succeeded | tries again per million |\n|---|--:|--:|--:|",
        ),
        row::<Small>("64 B", |writer, number| writer.set(|record| &mut record.number, number)),
        row::<Medium>("8 KiB", |writer, number| writer.set(|record| &mut record.number, number)),
        row::<Large>("1 MiB", |writer, number| writer.set(|record| &mut record.number, number)),
    ]
    .join("\n")
}

fn row<T: FixedRecord>(size: &str, set: fn(&mut Writer<T>, f64)) -> String {
    let place = Place::new();
    let path = place.path("rates");
    let background = Background::start(None, move || {
        let mut writer = Writer::<T>::create_at(path).unwrap();
        let mut number = 0.0;
        move || {
            number += 1.0;
            set(&mut writer, number);
        }
    });
    let reader = Reader::<T>::open_at(place.path("rates")).unwrap();
    let mut value = reader.snapshot_boxed().ok();
    let (mut snapshots, mut succeeded) = (0_u64, 0_u64);
    let started = Instant::now();
    while started.elapsed() < DURATION {
        match &mut value {
            Some(value) => succeeded += u64::from(reader.snapshot_into(black_box(value)).is_ok()),
            None => value = reader.snapshot_boxed().ok(),
        }
        snapshots += 1;
    }
    let mut value = value.unwrap();
    // The closure is called once per try.
    let (mut reads, mut tries) = (0_u64, 0_u64);
    let started = Instant::now();
    while started.elapsed() < DURATION / 4 {
        let _ = reader.read(|view| {
            tries += 1;
            view.snapshot_into(&mut value)
        });
        reads += 1;
    }
    drop(background);
    let percent = 100.0 * succeeded as f64 / snapshots as f64;
    let again = 1e6 * (tries - reads) as f64 / reads as f64;
    format!("| {size} | {snapshots} | {percent:.3} % | {again:.0} |")
}
