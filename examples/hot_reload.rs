//! Configuration that ten workers use while it changes: without a restart, a socket or a lock.
//!
//! A tool writes the configuration. Each worker follows it on a thread of its own, and each job takes
//! the newest one. A change that does not fit is refused at the tool. Then a release of the tool has
//! another struct: the workers say so, keep what they have, and go on when it is rolled back.
//!
//! `cargo run --release --example hot_reload` runs for a few seconds. By hand: `hot_reload worker NUMBER`,
//! `hot_reload tool`, `hot_reload release` and `hot_reload roll-back`. They find each other in the runtime
//! directory, wherever they are started.
#![allow(clippy::print_stdout, reason = "a program that prints")]
#![allow(clippy::std_instead_of_core, reason = "imports what its users would import")]

use std::error::Error;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{env, thread};

use commy::{FixedMap, FixedString, Follow, Mappable, OnMismatch, create_reader, create_writer};

/// How much is told of what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Mappable)]
#[repr(u8)]
enum Level {
    Error = 0,
    Info = 1,
    Trace = 2,
}

#[create_writer(filename = "service.bin")]
#[create_reader(filename = "service.bin")]
#[derive(Debug, Clone, PartialEq)]
struct Config {
    /// Counts the changes.
    revision: u32,
    level: Level,
    upstream: FixedString<64>,
    /// Requests in a second, by the name of the client.
    limits: FixedMap<FixedString<16>, u32, 8>,
    /// No more jobs.
    over: bool,
}

/// What a later release of the tool writes into the same file.
mod next_release {
    use super::{FixedString, create_writer};

    #[create_writer(filename = "service.bin")]
    #[derive(Debug)]
    pub(super) struct Config {
        pub(super) revision: u32,
        pub(super) upstream: FixedString<64>,
        /// In place of all limits.
        pub(super) limit: u32,
    }
}

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const WORKERS: u32 = 10;
const PATIENCE: Duration = Duration::from_secs(60);

// ---- A worker: any number of processes.

/// Works until the configuration says that nothing is left to do.
fn worker(number: u32) -> Outcome {
    let newest = Arc::new(Mutex::new(None::<Arc<Config>>));
    let told = Arc::clone(&newest);
    // The file need not be there yet. Whatever becomes of it, the thread goes on.
    let _watch = ConfigReader::options().runtime_dir().on_follow(move |event| match event {
        Follow::Value(config) => {
            *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(config.clone()));
        }
        // It is told once. The last good configuration stays.
        Follow::Refused(error) if number == 0 => println!("worker {number}: {error}"),
        Follow::Unreadable(error) => println!("worker {number}: {error}"),
        _ => {}
    })?;
    let (mut jobs, mut revisions, mut last) = (0_u64, 0_u32, 0);
    let started = Instant::now();
    loop {
        if started.elapsed() > PATIENCE {
            return Err(format!("worker {number}: revision {last} is the last that came").into());
        }
        // This job, from its begin to its end, has one configuration.
        let config = newest.lock().unwrap_or_else(PoisonError::into_inner).clone();
        thread::sleep(Duration::from_micros(500));
        let Some(config) = config else { continue };
        if config.revision != last {
            // The tool changes both at once.
            if config.limits.get("batch") != Some(&config.revision) {
                return Err(
                    format!("worker {number}: revision {} is a mix", config.revision).into()
                );
            }
            (last, revisions) = (config.revision, revisions + 1);
        }
        if config.over {
            println!("worker {number}: {jobs} jobs by {revisions} revisions, the last {last}");
            return Ok(());
        }
        jobs += 1;
    }
}

// ---- The tool, as operators run it: it changes something, and ends. The file stays.

/// The next revision, in one step.
fn change(config: &mut ConfigWriter, change: impl FnOnce(&mut Config) -> Outcome) -> Outcome {
    config.try_update(|config| {
        config.revision += 1;
        config.limits.insert("batch".try_into()?, config.revision)?;
        change(config)
    })
}

fn tool() -> Outcome {
    let mut config = ConfigWriter::options().runtime_dir().create_wait(PATIENCE)?;
    change(&mut config, |config| {
        config.level = Level::Info;
        config.upstream = "http://10.0.0.7:8080".try_into()?;
        Ok(())
    })?;
    for client in 0..40 {
        thread::sleep(Duration::from_millis(10));
        let name = format!("client {}", client % 10);
        // There is room for eight names. The change that wants more leaves all as it was.
        let changed = change(&mut config, |config| {
            config.limits.insert(name.as_str().try_into()?, 100)?;
            Ok(())
        });
        if let Err(error) = changed {
            if client < 10 {
                println!("tool: {name}: {error}");
            }
            change(&mut config, |_| Ok(()))?;
        }
    }
    println!("tool: revision {} with {} limits", config.get().revision, config.get().limits.len());
    Ok(())
}

fn release() -> Outcome {
    let next = next_release::ConfigWriter::options().runtime_dir();
    let mut config = next.on_mismatch(OnMismatch::Replace).create_wait(PATIENCE)?;
    config.update(|config| config.limit = 100);
    println!("release: the file has another struct now");
    Ok(())
}

fn roll_back() -> Outcome {
    let options = ConfigWriter::options().runtime_dir().on_mismatch(OnMismatch::Replace);
    let mut config = options.create_wait(PATIENCE)?;
    config.try_update(|config| -> Outcome {
        config.revision = 1000;
        config.limits.insert("batch".try_into()?, 1000)?;
        config.over = true;
        Ok(())
    })
}

// ---- All of them.

/// A process that does not outlive this one.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// This program again, in another role, as a unit of systemd with `RuntimeDirectory=` would be started.
fn start(arguments: &[&str], runtime: &Path) -> Outcome<Running> {
    let mut command = Command::new(env::current_exe()?);
    command.args(arguments).env_remove("COMMY_DIR").env("RUNTIME_DIRECTORY", runtime);
    Ok(Running(command.spawn()?))
}

fn direct() -> Outcome {
    let runtime = tempfile::tempdir()?;
    let numbers = (0..WORKERS).map(|number| number.to_string());
    let workers = numbers.map(|number| start(&["worker", &number], runtime.path()));
    let mut workers = workers.collect::<Outcome<Vec<_>>>()?;
    let mut all = true;
    for role in ["tool", "release", "roll-back"] {
        all &= start(&[role], runtime.path())?.0.wait()?.success();
        thread::sleep(Duration::from_millis(300));
    }
    for worker in &mut workers {
        all &= worker.0.wait()?.success();
    }
    if all { Ok(()) } else { Err("a process has failed".into()) }
}

fn main() -> Outcome {
    let arguments = env::args().skip(1).collect::<Vec<_>>();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => direct(),
        ["worker", number] => worker(number.parse()?),
        ["tool"] => tool(),
        ["release"] => release(),
        ["roll-back"] => roll_back(),
        _ => Err("hot_reload [worker NUMBER | tool | release | roll-back]".into()),
    }
}
