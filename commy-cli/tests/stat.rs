//! `commy stat`: how files are published.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use core::time::Duration;
use std::fs;
use std::thread;

use serde_json::json;
use support::{TankWriter, commy, ended, parsed, place, started, tank};

/// Publishes after each of the commands that start, so that the command is sure to see them.
#[test]
fn publishes_are_counted_by_their_generations() {
    let (_directory, at) = place();
    let mut writer = TankWriter::options()
        .path(at.join("tank.bin"))
        .timestamps(true)
        .create_with(tank())
        .unwrap();
    let child = started(&at, &["stat", "tank.bin", "--for", "60s", "--json"]);
    support::takes_interrupts(&child);
    // It counts from the generation that it finds, which is the first: it opens the file before that.
    for number in 0..1000 {
        writer.set_temperature(f64::from(number));
        if number % 100 == 0 {
            thread::sleep(Duration::from_millis(2));
        }
    }
    thread::sleep(Duration::from_millis(50));
    support::interrupt(&child);
    let ran = ended(child);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (Some(130), ""),
        "the summary comes with Ctrl-C: {}",
        ran.out
    );
    let told = parsed(&ran.out)["files"][0].clone();
    assert_eq!((&told["publishes"], &told["generation"]), (&json!(1000), &json!(1001)));
    assert_eq!((&told["times"], &told["writer"]), (&json!("file"), &json!("alive")));
    let seconds = told["seconds"].as_f64().unwrap();
    assert!((told["rate"].as_f64().unwrap() - 1000.0 / seconds).abs() < 1e-6, "{told}");
    let size = told["bytes_per_s"].as_f64().unwrap() / told["rate"].as_f64().unwrap();
    assert!((size - 208.0).abs() < 1e-6, "{size}");
    // The pauses are among the intervals, however seldom it looks.
    assert!(told["interval_s"]["max"].as_f64().unwrap() >= 0.0);
    assert!(
        told["interval_s"]["p50"].as_f64().unwrap() <= told["interval_s"]["p99"].as_f64().unwrap()
    );
}

#[test]
fn people_get_a_table_and_what_to_know_of_the_figures() {
    let (_directory, at) = place();
    let mut writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    let child = started(&at, &["stat", "tank.bin", "--for", "60s"]);
    support::takes_interrupts(&child);
    for number in 0..3000 {
        writer.set_temperature(f64::from(number));
    }
    thread::sleep(Duration::from_millis(20));
    writer.set_temperature(-1.0);
    thread::sleep(Duration::from_millis(50));
    support::interrupt(&child);
    let ran = ended(child);
    assert_eq!(ran.code, Some(130));
    assert!(ran.out.starts_with("file      publishes "), "{}", ran.out);
    assert!(ran.out.contains("\ntank.bin      3 001 "), "{}", ran.out);
    assert!(
        ran.out.contains("tank.bin: keeps no times; intervals are those between looks"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains(" looks for 3 001 publishes; intervals between two looks are means"),
        "{}",
        ran.out
    );
}

#[test]
fn a_replaced_file_is_followed() {
    let (_directory, at) = place();
    let _old = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    let child = started(&at, &["stat", "tank.bin", "--for", "60s", "--json"]);
    support::takes_interrupts(&child);
    let mut new = TankWriter::options().path(at.join("new.bin")).create_with(tank()).unwrap();
    fs::rename(at.join("new.bin"), at.join("tank.bin")).unwrap();
    thread::sleep(Duration::from_millis(500));
    new.set_temperature(2.0);
    thread::sleep(Duration::from_millis(100));
    support::interrupt(&child);
    let told = parsed(&ended(child).out)["files"][0].clone();
    assert_eq!((&told["replaced"], &told["publishes"]), (&json!(1), &json!(1)), "{told}");
}

#[test]
fn each_file_that_cannot_be_read_is_told_and_the_others_are_measured() {
    let (_directory, at) = place();
    let _writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    let _empty = TankWriter::options().path(at.join("empty.bin")).create().unwrap();
    let ran = commy(&at, &["stat", "nowhere.bin", "tank.bin", "--for", "10ms", "--json"]);
    assert_eq!(ran.code, Some(3));
    assert_eq!(parsed(&ran.err)["kind"], json!("not_found"));
    let told = parsed(&ran.out)["files"].clone();
    assert_eq!((told.as_array().unwrap().len(), &told[0]["publishes"]), (1, &json!(0)));
    assert_eq!((&told[0]["interval_s"], &told[0]["rate"]), (&json!(null), &json!(0.0)));
    let ran = commy(&at, &["stat", "empty.bin", "--for", "10ms"]);
    assert_eq!(ran.code, Some(4));
    assert!(
        ran.err.contains("nothing is published yet") && ran.out.contains("empty.bin"),
        "{ran:?}"
    );
    assert_eq!(commy(&at, &["stat"]).code, Some(2));
    assert_eq!(commy(&at, &["stat", "tank.bin", "--for", "x"]).code, Some(2));
    // No time at all is no reason to divide by it.
    assert_eq!(commy(&at, &["stat", "tank.bin", "--for", "0s"]).code, Some(0));
}
