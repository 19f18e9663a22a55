//! Telemetry of a machine: a daemon that rotates its file, a hot standby, and a dashboard that follows.
//!
//! Two daemons run. One has the writer lock and samples; the other one waits for that lock. The dashboard
//! is started first, when there is no file yet, and is never restarted. Meanwhile the file is rotated
//! four times, and a daemon is killed in the middle of its work.
//!
//! `cargo run --release --example telemetry` runs for a few seconds. By hand, in as many terminals as you
//! like: `telemetry daemon NAME DIRECTORY` and `telemetry dashboard DIRECTORY`
#![allow(clippy::print_stdout, reason = "a program that prints")]
#![allow(clippy::std_instead_of_core, reason = "imports what its users would import")]

use std::error::Error;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use commy::{FixedDeque, FixedString, Follow, create_reader, create_writer};

#[create_writer(filename = "telemetry.bin")]
#[create_reader(filename = "telemetry.bin")]
#[derive(Debug, Clone)]
struct Telemetry {
    /// Which daemon sampled this.
    daemon: FixedString<16>,
    /// Counts the samples of this file.
    samples: u64,
    #[commy(unit = "degC")]
    temperature: f64,
    /// The last temperatures, the oldest first.
    history: FixedDeque<f64, 32>,
    /// Nothing more will come.
    over: bool,
}

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// How many samples go into one file.
const SAMPLES: u64 = 400;
/// How many files are kept beside the live one, before all ends.
const FILES: usize = 4;
/// No process waits longer than this for another one.
const PATIENCE: Duration = Duration::from_secs(60);

// ---- The daemon: one samples, the others stand by.

fn daemon(name: &str, directory: &Path) -> Outcome {
    let path = directory.join(TelemetryWriter::FILENAME);
    loop {
        // A standby is this one line. It goes on as soon as the one that writes is closed or killed.
        let mut telemetry =
            TelemetryWriter::options().path(&path).timestamps(true).create_wait(PATIENCE)?;
        if telemetry.get().over {
            return Ok(());
        }
        telemetry.set_daemon(name)?;
        println!("{name}: writes, from sample {}", telemetry.get().samples);
        while telemetry.get().samples < SAMPLES {
            let temperature = 20.0 + (telemetry.get().samples as f64 / 40.0).sin();
            telemetry.update(|it| {
                it.samples += 1;
                it.temperature = temperature;
                it.history.push_over(temperature);
            });
            thread::sleep(Duration::from_millis(1));
        }
        let kept = (1..).map(|number| directory.join(format!("telemetry-{number}.bin")));
        let Some((count, next)) = kept.enumerate().find(|(_, path)| !path.exists()) else { break };
        if count == FILES {
            telemetry.set_over(true);
            break;
        }
        // Under the lock the file gets its new name. Then it is closed, and whoever gets the lock next makes
        // a new one: this daemon, or the one that stands by.
        fs::rename(&path, &next)?;
    }
    Ok(())
}

// ---- The dashboard: started once, before anybody writes.

fn dashboard(directory: &Path) -> Outcome {
    let path = directory.join(TelemetryReader::FILENAME);
    let (mut values, mut gone, mut back, mut replaced) = (0_u64, 0, 0, 0);
    let mut events = TelemetryReader::options().path(&path).follow();
    while let Some(event) = events.next() {
        match event {
            Follow::Value(now) => {
                values += 1;
                if now.over {
                    break;
                }
            }
            Follow::NotYet => println!("dashboard: waits for the first value"),
            Follow::WriterGone => {
                gone += 1;
                // How old is what the screen shows, and why?
                if let Some(reader) = events.reader() {
                    let how = if reader.file().is_closed() { "has closed" } else { "was killed" };
                    let age = reader.file().age().unwrap_or_default();
                    println!("dashboard: the writer {how}; the last value is {age:.1?} old");
                }
            }
            Follow::WriterBack => back += 1,
            Follow::Replaced => replaced += 1,
            Follow::Refused(error) => println!("dashboard: {error}"),
            Follow::Unreadable(error) => println!("dashboard: {error}"),
            _ => {}
        }
    }
    println!("dashboard: {values} values; writer gone {gone}, back {back}; {replaced} new files");
    Ok(())
}

// ---- Both, and what an operator does meanwhile.

/// This program again, in another role.
fn start(arguments: &[&str], directory: &Path) -> Outcome<Running> {
    let mut command = Command::new(env::current_exe()?);
    Ok(Running(command.args(arguments).arg(directory).spawn()?))
}

/// A process that does not outlive this one.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until something is so.
fn until(what: &str, mut is_so: impl FnMut() -> bool) -> Outcome {
    let started = Instant::now();
    while !is_so() {
        if started.elapsed() > PATIENCE {
            return Err(format!("in vain: {what}").into());
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn direct() -> Outcome {
    let directory = tempfile::tempdir()?;
    let directory = directory.path();
    let kept = |number: u32| directory.join(format!("telemetry-{number}.bin"));
    let mut dashboard = start(&["dashboard"], directory)?;
    let mut daemons =
        vec![start(&["daemon", "north"], directory)?, start(&["daemon", "south"], directory)?];

    // One of them is killed in the middle of a file. The other one goes on with that file.
    until("a file to be kept", || kept(1).exists())?;
    let path = directory.join(TelemetryReader::FILENAME);
    let mut writer = None;
    until("a writer", || {
        writer = TelemetryReader::open_at(&path).ok().and_then(|it| it.file().writer_pid());
        writer.is_some_and(|pid| daemons.iter().any(|daemon| daemon.0.id() == pid))
    })?;
    let killed = daemons.iter().position(|daemon| Some(daemon.0.id()) == writer);
    drop(killed.map(|at| daemons.swap_remove(at)));
    println!("killed the daemon that wrote");
    // An operator, or systemd, starts it again: it stands by from now on.
    daemons.push(start(&["daemon", "west"], directory)?);

    let mut all = dashboard.0.wait()?.success();
    for daemon in &mut daemons {
        all &= daemon.0.wait()?.success();
    }
    // What was kept can be read like the live file.
    for number in 1..=FILES as u32 {
        let file = TelemetryReader::open_at(kept(number))?;
        let last = file.snapshot()?;
        if last.samples != SAMPLES || last.history.len() != 32 {
            return Err(format!("telemetry-{number}.bin has {} samples", last.samples).into());
        }
    }
    println!("kept {FILES} files of {SAMPLES} samples each");
    if all { Ok(()) } else { Err("a process has failed".into()) }
}

fn main() -> Outcome {
    let arguments = env::args().skip(1).collect::<Vec<_>>();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => direct(),
        ["daemon", name, directory] => daemon(name, Path::new(directory)),
        ["dashboard", directory] => dashboard(Path::new(directory)),
        _ => Err("telemetry [daemon NAME DIRECTORY | dashboard DIRECTORY]".into()),
    }
}
