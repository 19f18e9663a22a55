//! Two programs that disagree about a struct are told which field differs.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed test may panic")]
#![allow(unreachable_pub, reason = "as a library would declare its records")]

use core::sync::atomic::{AtomicBool, Ordering};
use std::process::Command;
use std::thread;

use commy::{CreateError, OpenError};

mod old {
    #[commy::create_writer(filename = "weather.bin")]
    #[commy::create_reader(filename = "weather.bin")]
    #[derive(Debug)]
    pub struct Weather {
        pub place: commy::FixedString<32>,
        pub temperature: f32,
        pub wind: u64,
    }
}

mod new {
    #[commy::create_writer(filename = "weather.bin")]
    #[commy::create_reader(filename = "weather.bin")]
    #[derive(Debug)]
    pub struct Weather {
        pub place: commy::FixedString<64>,
        pub temperature: f64,
        pub wind: u64,
    }
}

/// The same layout as `old`, under another name and by way of an alias.
mod same {
    pub type Degrees = f32;

    #[commy::create_reader(filename = "weather.bin")]
    #[derive(Debug)]
    pub struct Climate {
        pub place: commy::FixedString<32>,
        pub temperature: Degrees,
        pub wind: u64,
    }
}

#[test]
fn the_error_names_every_field_that_differs() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("weather.bin");
    let mut writer = old::WeatherWriter::create_at(&path).unwrap();
    writer.set_temperature(3.5);

    let OpenError::SchemaMismatch(mismatch) = new::WeatherReader::open_at(&path).unwrap_err()
    else {
        panic!("another error")
    };
    let fields: Vec<_> = mismatch.differences().iter().map(|d| d.field().to_string()).collect();
    assert_eq!(fields, ["place", "temperature", "wind"]);
    let message = mismatch.to_string();
    assert!(
        message.contains(
            "field `temperature`: file has f32 at offset 40, this program expects f64 at offset 72"
        ),
        "{message}"
    );

    drop(writer);
    let refused = new::WeatherWriter::create_at(&path).unwrap_err();
    assert!(matches!(refused, CreateError::SchemaMismatch(_)), "{refused}");
    // Nothing was lost by the attempt.
    assert_eq!(old::WeatherReader::open_at(&path).unwrap().temperature().unwrap(), 3.5);
}

#[test]
fn the_structs_name_and_aliases_do_not_matter() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("weather.bin");
    old::WeatherWriter::create_at(&path).unwrap().set_wind(9);
    assert_eq!(same::ClimateReader::open_at(&path).unwrap().wind().unwrap(), 9);
}

/// A writer that was refused once left its lock in a child that another thread was just starting:
/// the next writer, in the same process, was told that there is a writer already.
#[test]
fn a_refused_writer_leaves_no_lock_in_children_that_are_starting() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("weather.bin");
    drop(old::WeatherWriter::create_at(&path).unwrap());
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                Command::new("true").status().unwrap();
            }
        });
        for round in 0..500 {
            let refused = new::WeatherWriter::create_at(&path).unwrap_err();
            let is_refused = matches!(refused, CreateError::SchemaMismatch(_));
            let next = old::WeatherWriter::create_at(&path).map(drop);
            if !is_refused || next.is_err() {
                ended.store(true, Ordering::Relaxed);
            }
            assert!(is_refused, "round {round}: {refused}");
            next.unwrap();
        }
        ended.store(true, Ordering::Relaxed);
    });
}
