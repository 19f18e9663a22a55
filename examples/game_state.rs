//! Shares a state that no fixed type holds between two processes, with two codecs.
//!
//! `cargo run --example game_state` plays a short game and starts itself again as a second process,
//! which follows it. The state has a `HashMap` in it and goes through postcard, the log is a `Vec` of
//! enums with data and goes through MessagePack; the round is a plain number beside them.
#![allow(clippy::print_stdout, reason = "an example prints")]

use core::error::Error;
use core::time::Duration;
use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::{env, thread};

use commy::encoded::{Encoded, MessagePack, Postcard, SchemaName};
use commy::{WaitOutcome, create_reader, create_writer};
use serde::{Deserialize, Serialize};

/// What the players have done so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SchemaName)]
struct GameState {
    level: String,
    scores: HashMap<String, u32>,
    leader: Option<String>,
}

/// What happened, in the order in which it happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SchemaName)]
enum Event {
    Joined { player: String },
    Scored { player: String, points: u32 },
    Finished,
}

#[create_writer(filename = "game.bin")]
#[create_reader(filename = "game.bin")]
#[derive(Debug)]
struct Game {
    state: Encoded<GameState, Postcard, 4096>,
    log: Encoded<Vec<Event>, MessagePack, 8192>,
    round: u64,
}

const ROUNDS: u64 = 8;

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(path) = env::args_os().nth(1) {
        return follow(Path::new(&path));
    }
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("game.bin");
    let mut game = GameWriter::create_at(&path)?;
    let mut spectator = Command::new(env::current_exe()?).arg(&path).spawn()?;
    play(&mut game)?;
    let status = spectator.wait()?;
    println!(
        "the game ended at generation {}, the spectator with {status}",
        game.file().generation()
    );
    if status.success() { Ok(()) } else { Err("the spectator failed".into()) }
}

/// The first process: plays, and publishes state and log together after each round.
fn play(game: &mut GameWriter) -> Result<(), Box<dyn Error>> {
    let players = ["ada", "grace", "edsger"];
    let mut state = GameState { level: "cave".into(), scores: HashMap::new(), leader: None };
    let mut log: Vec<_> = players.map(|name| Event::Joined { player: name.into() }).into();
    for (round, player) in (1..=ROUNDS).zip(players.iter().cycle()) {
        let points = 10 * round as u32;
        *state.scores.entry(player.to_string()).or_default() += points;
        state.leader =
            state.scores.iter().max_by_key(|score| score.1).map(|(name, _)| name.clone());
        log.push(Event::Scored { player: player.to_string(), points });
        if round == ROUNDS {
            log.push(Event::Finished);
        }
        // One publish: no reader sees the state of one round with the log of another.
        game.batch(|game| -> Result<(), Box<dyn Error>> {
            game.set_state(&state)?;
            game.set_log(&log)?;
            game.set_round(round);
            Ok(())
        })?;
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// The second process: follows until the game is finished.
fn follow(path: &Path) -> Result<(), Box<dyn Error>> {
    let game = GameReader::open_at(path)?;
    let mut seen = 0;
    while let WaitOutcome::Newer(_) = game.wait_newer(seen, Duration::from_secs(30)) {
        let (generation, now) =
            game.read(|game| Ok((game.file().generation(), game.snapshot()?)))?;
        seen = generation;
        let (state, log) = (now.state.decode()?, now.log.decode()?);
        let total: u32 = state.scores.values().sum();
        let scored = log.iter().map(|event| match event {
            Event::Scored { points, .. } => *points,
            Event::Joined { .. } | Event::Finished => 0,
        });
        assert_eq!(total, scored.sum::<u32>(), "state and log are of one generation");
        println!(
            "round {}: {} leads {:?} with {total} points in all; {} events in {} bytes, state in {}",
            now.round,
            state.leader.as_deref().unwrap_or("nobody"),
            state.level,
            log.len(),
            now.log.len(),
            now.state.len(),
        );
        if log.last() == Some(&Event::Finished) {
            return Ok(());
        }
    }
    Err("the game did not finish".into())
}
