//! Measures this computer, shares the figures with a second process, and shows them there live.
//!
//! `cargo run --release --example quickstart` runs for about three seconds. The program starts
//! itself again as the reader, in a process of its own.
#![allow(clippy::print_stdout, clippy::indexing_slicing, reason = "a program that prints")]
#![allow(clippy::std_instead_of_core, reason = "imports what its users would import")]

use std::error::Error;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};
use std::{env, thread};

use commy::{FixedString, FixedVec, Mappable, SmartString, create_reader, create_writer};
use sysinfo::{ProcessesToUpdate, System};

/// One process that uses the processor.
#[derive(Debug, Clone, Copy, Mappable)]
#[repr(C)]
pub struct Busy {
    /// The process id.
    pub pid: u32,
    /// How much of one core it uses.
    pub load_percent: f32,
    /// The name of its program.
    pub name: FixedString<32>,
}

/// How hard the computer works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Mappable)]
#[repr(u8)]
pub enum Mood {
    /// Under a quarter of what it can do.
    Idle = 0,
    /// In between.
    Working = 1,
    /// More than three quarters.
    Busy = 2,
}

/// What the two processes share.
#[create_writer(filename = "quickstart.bin")]
#[create_reader(filename = "quickstart.bin")]
#[derive(Debug)]
pub struct Host {
    /// The name of the computer.
    pub name: FixedString<64>,
    /// The system and its version.
    pub system: SmartString,
    /// Since the computer started.
    #[commy(unit = "s")]
    pub uptime: u64,
    /// Memory in use.
    #[commy(unit = "bytes")]
    pub memory_used: u64,
    /// Memory in all.
    #[commy(unit = "bytes")]
    pub memory_total: u64,
    /// The load of each core.
    #[commy(unit = "percent")]
    pub core_loads: FixedVec<f32, 256>,
    /// The processes with the most load, the first one most.
    pub busiest: FixedVec<Busy, 5>,
    /// All cores together.
    pub mood: Mood,
    /// Whether swap space is in use.
    pub swapping: bool,
    /// How often this was published.
    pub ticks: u64,
    /// Over all numbers above that change, so that the reader would notice a torn copy.
    pub checksum: u64,
}

const RUN_TIME: Duration = Duration::from_secs(3);
const FRAME: Duration = Duration::from_millis(500);
const MEASURE: Duration = Duration::from_millis(250);
const TICK: Duration = Duration::from_micros(50);
/// Snapshots per timing, so that reading the clock does not count.
const TIMED: u32 = 64;

fn main() -> ExitCode {
    let mut args = env::args_os().skip(1);
    let done = match (args.next(), args.next()) {
        (Some(role), Some(path)) if role == "reader" => read(Path::new(&path)),
        _ => write(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quickstart: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The writer process: measures, publishes, and waits for the reader to end.
fn write() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::Builder::new().prefix("commy-").tempdir_in(live_directory())?;
    let path = directory.path().join("quickstart.bin");
    let mut writer = HostWriter::create_at(&path)?;
    println!("writer: process {}, file {}", std::process::id(), path.display());

    let mut system = System::new_all();
    writer.set_name(&System::host_name().unwrap_or_default())?;
    writer.set_system(&System::long_os_version().unwrap_or_default())?;
    writer.try_update(|host| measure(&mut system, host))?;

    let mut reader = Command::new(env::current_exe()?).arg("reader").arg(&path).spawn()?;
    let mut measured = Instant::now();
    let status = loop {
        if let Some(status) = reader.try_wait()? {
            break status;
        }
        if measured.elapsed() >= MEASURE {
            writer.try_update(|host| measure(&mut system, host))?;
            measured = Instant::now();
        } else {
            writer.update(tick);
        }
        thread::sleep(TICK);
    };
    println!("writer: {} generations published", writer.file().generation());
    if status.success() { Ok(()) } else { Err(format!("the reader ended with {status}").into()) }
}

/// A directory in memory, so that no publish waits for a disk.
fn live_directory() -> PathBuf {
    let shared_memory = PathBuf::from("/dev/shm");
    if shared_memory.is_dir() { shared_memory } else { env::temp_dir() }
}

/// Measures this computer into `host`.
fn measure(system: &mut System, host: &mut Host) -> Result<(), commy::CapacityError> {
    system.refresh_cpu_usage();
    system.refresh_memory();
    system.refresh_processes(ProcessesToUpdate::All, true);
    host.uptime = System::uptime();
    host.memory_used = system.used_memory();
    host.memory_total = system.total_memory();
    host.swapping = system.used_swap() > 0;

    host.core_loads.clear();
    for core in system.cpus().iter().take(host.core_loads.capacity()) {
        host.core_loads.push(core.cpu_usage())?;
    }
    let all_cores = system.global_cpu_usage();
    host.mood = match all_cores {
        ..25.0 => Mood::Idle,
        ..75.0 => Mood::Working,
        _ => Mood::Busy,
    };

    let mut processes: Vec<_> =
        system.processes().values().filter(|process| process.thread_kind().is_none()).collect();
    processes.sort_by(|a, b| b.cpu_usage().total_cmp(&a.cpu_usage()));
    host.busiest.clear();
    for process in processes.into_iter().take(host.busiest.capacity()) {
        let name = FixedString::from_str_truncated(&process.name().to_string_lossy());
        let (pid, load_percent) = (process.pid().as_u32(), process.cpu_usage());
        host.busiest.push(Busy { pid, load_percent, name })?;
    }
    tick(host);
    Ok(())
}

/// What changes with every publish.
fn tick(host: &mut Host) {
    host.ticks += 1;
    host.checksum = checksum(host);
}

fn checksum(host: &Host) -> u64 {
    let loads: u64 = host.core_loads.iter().map(|load| u64::from(load.to_bits())).sum();
    let pids: u64 = host.busiest.iter().map(|busy| u64::from(busy.pid)).sum();
    loads + pids + host.uptime + host.memory_used + host.ticks + host.mood as u64
}

/// The reader process: takes snapshots for three seconds and shows some of them.
fn read(path: &Path) -> Result<(), Box<dyn Error>> {
    let reader = HostReader::open_at(path)?;
    println!("reader: process {}, opened read-only\n", std::process::id());

    let (mut snapshots, mut torn) = (0_u64, 0_u64);
    let mut times_ns = Vec::new();
    let started = Instant::now();
    let mut frames = 0;
    while started.elapsed() < RUN_TIME {
        let timing = Instant::now();
        for _ in 0..TIMED {
            let host = reader.snapshot()?;
            torn += u64::from(host.checksum != checksum(&host));
        }
        times_ns.push(timing.elapsed().as_nanos() / u128::from(TIMED));
        snapshots += u64::from(TIMED);
        if started.elapsed() >= FRAME * frames {
            show(&reader.snapshot()?, reader.uptime()?, frames > 0);
            frames += 1;
        }
    }
    times_ns.sort_unstable();
    let median_ns = times_ns[times_ns.len() / 2];
    println!("reader: {snapshots} snapshots of {} bytes taken", size_of::<Host>());
    println!("reader: torn reads seen = {torn}");
    println!("reader: median snapshot time {median_ns} ns, its checksum included");
    if torn == 0 { Ok(()) } else { Err("torn reads".into()) }
}

/// Prints one frame; on a terminal, over the one before.
fn show(host: &Host, uptime: u64, again: bool) {
    const GIB: f64 = 1024.0 * 1024.0 * 1024.0;
    const BAR: usize = 20;
    let lines = 6 + host.core_loads.len() + host.busiest.capacity();
    if again && io::stdout().is_terminal() {
        print!("\x1b[{lines}A\x1b[J");
    }
    let (hours, minutes, seconds) = (uptime / 3600, uptime / 60 % 60, uptime % 60);
    println!("{} - {} - up {hours}:{minutes:02}:{seconds:02}", host.name, host.system);
    let memory = (host.memory_used as f64 / GIB, host.memory_total as f64 / GIB);
    let swap = if host.swapping { "swapping" } else { "no swap in use" };
    println!("memory {:.1} of {:.1} GiB, {swap}, {:?}", memory.0, memory.1, host.mood);
    for (core, load) in host.core_loads.iter().enumerate() {
        let filled = (*load as usize * BAR / 100).min(BAR);
        println!("core {core:<3} [{:<BAR$}] {load:5.1} %", "#".repeat(filled));
    }
    println!("{:>9}  {:>6}  program", "pid", "load");
    for busy in &host.busiest {
        println!("{:>9}  {:>5.1}%  {}", busy.pid, busy.load_percent, busy.name);
    }
    for _ in host.busiest.len()..host.busiest.capacity() {
        println!();
    }
    println!("publish number {}\n", host.ticks);
}
