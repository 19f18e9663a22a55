//! What each codec costs on one realistic record, beside its crate called directly on a slice.
//!
//! `cargo bench -p commy-benches --bench codecs` measures and ends with a table in Markdown.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a program that measures and prints"
)]

use core::hint::black_box;
use core::time::Duration;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use commy::encoded::{
    Cbor, Decode, Encode, EncodedAligned, Json, MessagePack, Postcard, Rkyv, SchemaName, Wincode,
};
use criterion::Criterion;
use rkyv::rancor::BoxedError;
use rkyv::ser::writer::Buffer;
use serde::{Deserialize, Serialize};

/// A player of a game, as a server shares it: texts, numbers, a list, a map, an enum with data.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Serialize,
    Deserialize,
    SchemaName,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
    wincode::SchemaWrite,
    wincode::SchemaRead,
)]
struct Player {
    id: u64,
    name: String,
    position: [f32; 3],
    health: u16,
    guild: Option<String>,
    inventory: Vec<Item>,
    scores: HashMap<String, u32>,
    doing: Doing,
}

#[derive(
    Debug,
    Clone,
    PartialEq,
    Serialize,
    Deserialize,
    SchemaName,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
    wincode::SchemaWrite,
    wincode::SchemaRead,
)]
struct Item {
    name: String,
    count: u32,
    price: f64,
}

#[derive(
    Debug,
    Clone,
    PartialEq,
    Serialize,
    Deserialize,
    SchemaName,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
    wincode::SchemaWrite,
    wincode::SchemaRead,
)]
enum Doing {
    Nothing,
    Walking { to: [f32; 3] },
    Talking { with: String },
}

fn player() -> Player {
    let item = |index: u32| Item {
        name: format!("item number {index}"),
        count: index * 37,
        price: f64::from(index) * 1.25,
    };
    let worlds = ["cave", "forest", "harbour", "tower", "desert", "lake", "mill", "castle"];
    let score = |(index, world): (u32, &str)| (world.to_owned(), index * 1000 + 7);
    Player {
        id: 0x1234_5678_9abc,
        name: "grace hopper".to_owned(),
        position: [12.5, -3.25, 1000.0],
        health: 87,
        guild: Some("compilers".to_owned()),
        inventory: (0..12).map(item).collect(),
        scores: (0..).zip(worlds).map(score).collect(),
        doing: Doing::Walking { to: [1.0, 2.0, 3.0] },
    }
}

const N: usize = 4096;

/// Measures one codec; the closures are the crate itself.
fn codec<C>(
    criterion: &mut Criterion,
    name: &str,
    mut encode: impl FnMut(&Player, &mut [u8]) -> usize,
    decode: impl Fn(&[u8]) -> Player,
) -> Row
where
    C: Encode<Player> + for<'de> Decode<'de, Player>,
{
    let player = player();
    // Aligned for rkyv; the others do not care.
    let mut field = Box::new(EncodedAligned::<Player, C, N>::new());
    field.set(&player).unwrap();
    assert_eq!(field.decode().unwrap(), player);
    let bytes = field;
    let mut slice = vec![0; N];
    assert_eq!(encode(&player, &mut slice), bytes.len());
    assert_eq!(decode(bytes.as_bytes()), player);

    let mut group = criterion.benchmark_group(name);
    group.bench_function("encode-direct", |b| {
        b.iter(|| encode(black_box(&player), black_box(&mut slice)));
    });
    let mut field = Box::new(EncodedAligned::<Player, C, N>::new());
    group.bench_function("encode", |b| {
        b.iter(|| black_box(&mut *field).set(black_box(&player)).unwrap());
    });
    group.bench_function("decode-direct", |b| b.iter(|| decode(black_box(bytes.as_bytes()))));
    group.bench_function("decode", |b| b.iter(|| black_box(&*bytes).decode().unwrap()));
    group.finish();
    Row { name: name.to_owned(), size: bytes.len() }
}

/// A line of the table.
struct Row {
    name: String,
    size: usize,
}

impl Row {
    /// The median that criterion has stored, in nanoseconds.
    fn median(&self, directory: &Path, function: &str) -> f64 {
        let estimates = directory.join(&self.name).join(function).join("new/estimates.json");
        let estimates = fs::read(estimates).unwrap();
        let estimates: serde_json::Value = serde_json::from_slice(&estimates).unwrap();
        estimates.pointer("/median/point_estimate").and_then(|value| value.as_f64()).unwrap()
    }
}

fn main() {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("codecs");
    let mut criterion = Criterion::default()
        .output_directory(&directory)
        .without_plots()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    let criterion = &mut criterion;
    let rows = [
        codec::<Postcard>(
            criterion,
            "postcard",
            |player, buffer| postcard::to_slice(player, buffer).unwrap().len(),
            |bytes| postcard::from_bytes(bytes).unwrap(),
        ),
        codec::<MessagePack>(
            criterion,
            "messagepack",
            |player, buffer| {
                let mut rest = &mut *buffer;
                rmp_serde::encode::write(&mut rest, player).unwrap();
                let left = rest.len();
                buffer.len() - left
            },
            |bytes| rmp_serde::from_slice(bytes).unwrap(),
        ),
        codec::<Cbor>(
            criterion,
            "cbor",
            {
                // It has no writer for slices; a vector that is kept comes nearest.
                let mut kept = Vec::with_capacity(N);
                move |player, _| {
                    let mut taken = core::mem::take(&mut kept);
                    taken.clear();
                    kept = cbor4ii::serde::to_vec(taken, player).unwrap();
                    kept.len()
                }
            },
            |bytes| cbor4ii::serde::from_slice(bytes).unwrap(),
        ),
        codec::<Json>(
            criterion,
            "json",
            |player, buffer| {
                let mut rest = &mut *buffer;
                serde_json::to_writer(&mut rest, player).unwrap();
                let left = rest.len();
                buffer.len() - left
            },
            |bytes| serde_json::from_slice(bytes).unwrap(),
        ),
        codec::<Wincode>(
            criterion,
            "wincode",
            |player, buffer| {
                let mut rest = &mut *buffer;
                wincode::serialize_into(&mut rest, player).unwrap();
                let left = rest.len();
                buffer.len() - left
            },
            |bytes| wincode::deserialize(bytes).unwrap(),
        ),
        codec::<Rkyv>(
            criterion,
            "rkyv",
            |player, buffer| {
                let written =
                    rkyv::api::high::to_bytes_in::<_, BoxedError>(player, Buffer::from(buffer));
                written.unwrap().len()
            },
            |bytes| rkyv::from_bytes::<Player, BoxedError>(bytes).unwrap(),
        ),
    ];
    let player = player();
    let archived = Box::new(EncodedAligned::<Player, Rkyv, N>::try_new(&player).unwrap());
    let mut group = criterion.benchmark_group("rkyv");
    group.bench_function("access", |b| b.iter(|| black_box(&*archived).access().unwrap().health));
    group.finish();

    println!("| codec | bytes | encode | crate alone | decode | crate alone |");
    println!("|---|--:|--:|--:|--:|--:|");
    for row in &rows {
        let time = |function| row.median(&directory, function);
        println!(
            "| {} | {} | {:.2} us | {:.2} us | {:.2} us | {:.2} us |",
            row.name,
            row.size,
            time("encode") / 1e3,
            time("encode-direct") / 1e3,
            time("decode") / 1e3,
            time("decode-direct") / 1e3,
        );
    }
    for (row, function) in rows.iter().flat_map(|row| ["encode", "decode"].map(|f| (row, f))) {
        let ratio = row.median(&directory, function)
            / row.median(&directory, &format!("{function}-direct"));
        println!("{} {function}: {ratio:.2} times the crate alone", row.name);
    }
    let access = rows.last().unwrap().median(&directory, "access");
    println!("rkyv access in place: {access:.0} ns");
}
