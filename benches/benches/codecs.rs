//! What each codec costs on one realistic record, beside its crate called directly on a slice.
//!
//! `cargo bench -p commy-benches --bench codecs` measures and ends with a table in Markdown.
//!
//! A codec and its crate take turns of less than a millisecond. One after the other, seconds apart,
//! what else the machine does would meet one of them and not the other, and the factor between
//! them would tell more of that than of the codec.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a program that measures and prints"
)]

use core::hint::black_box;
use core::time::Duration;
use std::collections::HashMap;
use std::time::Instant;

use commy::encoded::{
    Cbor, Decode, Encode, EncodedAligned, Json, MessagePack, Postcard, Rkyv, SchemaName, Wincode,
};
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

/// How often each function has its turn.
const ROUNDS: usize = 1000;
/// How long a turn takes at least; at most about twice as long.
const TURN: Duration = Duration::from_micros(500);

/// A function under measurement, called as often as it is told.
struct Function<'a> {
    call: Box<dyn FnMut(u32) + 'a>,
    calls_per_turn: u32,
    /// Nanoseconds per call, turn by turn.
    turns: Vec<f64>,
}

impl<'a> Function<'a> {
    fn new<R>(mut call: impl FnMut() -> R + 'a) -> Self {
        let mut call = move |count| {
            for _ in 0..count {
                black_box(call());
            }
        };
        let mut calls_per_turn = 1;
        loop {
            let start = Instant::now();
            call(calls_per_turn);
            if start.elapsed() >= TURN {
                break;
            }
            calls_per_turn *= 2;
        }
        Self { call: Box::new(call), calls_per_turn, turns: Vec::new() }
    }

    fn take_turn(&mut self) {
        let start = Instant::now();
        (self.call)(self.calls_per_turn);
        self.turns.push(start.elapsed().as_secs_f64() * 1e9 / f64::from(self.calls_per_turn));
    }

    /// Nanoseconds per call.
    fn time(&self) -> f64 {
        median(self.turns.clone())
    }

    /// How many times as long as `other` it takes: the median of what that was in each round.
    fn factor(&self, other: &Self) -> f64 {
        median(self.turns.iter().zip(&other.turns).map(|(own, other)| own / other).collect())
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    *values.get(values.len() / 2).unwrap()
}

/// Measures one codec and prints its line; the closures are the crate itself.
fn codec<C>(
    name: &str,
    mut encode: impl FnMut(&Player, &mut [u8]) -> usize,
    decode: impl Fn(&[u8]) -> Player,
) where
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

    let mut field = Box::new(EncodedAligned::<Player, C, N>::new());
    let mut functions = [
        Function::new(|| black_box(&mut *field).set(black_box(&player)).unwrap()),
        Function::new(|| encode(black_box(&player), black_box(&mut slice))),
        Function::new(|| black_box(&*bytes).decode().unwrap()),
        Function::new(|| decode(black_box(bytes.as_bytes()))),
    ];
    for _ in 0..ROUNDS {
        functions.iter_mut().for_each(Function::take_turn);
    }
    let [encode, encode_alone, decode, decode_alone] = &functions;
    println!(
        "| {name} | {} | {:.2} us | {:.2}x | {:.2} us | {:.2}x |",
        bytes.len(),
        encode.time() / 1e3,
        encode.factor(encode_alone),
        decode.time() / 1e3,
        decode.factor(decode_alone),
    );
}

fn main() {
    println!("| codec | bytes | encode | of alone | decode | of alone |");
    println!("|---|--:|--:|--:|--:|--:|");
    codec::<Postcard>(
        "postcard",
        |player, buffer| postcard::to_slice(player, buffer).unwrap().len(),
        |bytes| postcard::from_bytes(bytes).unwrap(),
    );
    codec::<MessagePack>(
        "MessagePack",
        |player, buffer| {
            let mut rest = &mut *buffer;
            rmp_serde::encode::write(&mut rest, player).unwrap();
            let left = rest.len();
            buffer.len() - left
        },
        |bytes| rmp_serde::from_slice(bytes).unwrap(),
    );
    codec::<Cbor>(
        "CBOR",
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
    );
    codec::<Json>(
        "JSON",
        |player, buffer| {
            let mut rest = &mut *buffer;
            serde_json::to_writer(&mut rest, player).unwrap();
            let left = rest.len();
            buffer.len() - left
        },
        |bytes| serde_json::from_slice(bytes).unwrap(),
    );
    codec::<Wincode>(
        "wincode",
        |player, buffer| {
            let mut rest = &mut *buffer;
            wincode::serialize_into(&mut rest, player).unwrap();
            let left = rest.len();
            buffer.len() - left
        },
        |bytes| wincode::deserialize(bytes).unwrap(),
    );
    codec::<Rkyv>(
        "rkyv",
        |player, buffer| {
            let written =
                rkyv::api::high::to_bytes_in::<_, BoxedError>(player, Buffer::from(buffer));
            written.unwrap().len()
        },
        |bytes| rkyv::from_bytes::<Player, BoxedError>(bytes).unwrap(),
    );
    let archived = Box::new(EncodedAligned::<Player, Rkyv, N>::try_new(&player()).unwrap());
    let mut access = Function::new(|| black_box(&*archived).access().unwrap().health);
    for _ in 0..ROUNDS {
        access.take_turn();
    }
    println!("rkyv access in place: {:.0} ns", access.time());
}
