//! A robot: a pose a thousand times a second, a camera's frame thirty times, and a controller that needs
//! both and must never act on old ones.
//!
//! The pose is a small file with the poses of the last quarter of a second in it. The frame is a large
//! one. The controller takes a frame, looks up where the robot was when it was taken, and stops the
//! robot when the pose is older than 50 ms: then its writer hangs, or was killed.
//!
//! `cargo run --release --example robot` runs for a few seconds. By hand: `robot localize DIRECTORY`,
//! `robot camera DIRECTORY` and `robot control DIRECTORY`
#![allow(clippy::print_stdout, reason = "a program that prints")]
#![allow(clippy::std_instead_of_core, reason = "imports what its users would import")]

use std::error::Error;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, thread};

use commy::{FixedDeque, Mappable, ReadError, create_reader, create_writer};

#[derive(Debug, Clone, Copy, PartialEq, Default, Mappable)]
#[repr(C)]
struct Pose {
    /// Since 1970.
    #[commy(unit = "us")]
    at: u64,
    #[commy(unit = "m")]
    x: f64,
    #[commy(unit = "m")]
    y: f64,
}

#[create_writer(filename = "pose.bin")]
#[create_reader(filename = "pose.bin")]
struct Poses {
    now: Pose,
    /// The last ones, the oldest first.
    trail: FixedDeque<Pose, 256>,
}

const WIDTH: usize = 640;
const HEIGHT: usize = 480;

#[create_writer(filename = "frame.bin")]
#[create_reader(filename = "frame.bin")]
struct Frame {
    number: u64,
    /// When it was taken, since 1970.
    #[commy(unit = "us")]
    taken: u64,
    pixels: [[u8; WIDTH]; HEIGHT],
}

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The robot stops when it does not know for so long where it is.
const STALE: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(60);
/// How many frames the controller wants to have worked on.
const FRAMES: u64 = 40;

fn now() -> Outcome<u64> {
    Ok(u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros())?)
}

/// Drives a circle.
fn localize(directory: &Path) -> Outcome {
    let path = directory.join(PosesWriter::FILENAME);
    let mut poses = PosesWriter::options().path(path).timestamps(true).create_wait(PATIENCE)?;
    loop {
        let at = now()?;
        let angle = at as f64 / 1e6;
        let pose = Pose { at, x: angle.cos(), y: angle.sin() };
        // One publish for both: who looks the history up finds the present in it.
        poses.batch(|poses| {
            poses.set_now(pose);
            poses.push_over_trail(pose);
        });
        thread::sleep(Duration::from_millis(1));
    }
}

/// Takes a picture of what is there: here, of nothing but its own number.
fn camera(directory: &Path) -> Outcome {
    let path = directory.join(FrameWriter::FILENAME);
    let mut frames = FrameWriter::options().path(path).create_wait(PATIENCE)?;
    for number in 1.. {
        let taken = now()?;
        // Into the writer's own memory, and one publish: nothing of 300 KiB crosses the stack.
        frames.update(|frame| {
            frame.number = number;
            frame.taken = taken;
            for (row, line) in frame.pixels.iter_mut().enumerate() {
                line.fill((number as usize + row) as u8);
            }
        });
        thread::sleep(Duration::from_millis(33));
    }
    Ok(())
}

/// Where the robot was at that time, from poses that are sorted by it; the pose before, if that is there.
fn pose_at(trail: &[Pose], time: u64) -> Option<Pose> {
    let after = trail.partition_point(|pose| pose.at <= time);
    after.checked_sub(1).and_then(|before| trail.get(before).copied())
}

fn control(directory: &Path) -> Outcome {
    let poses =
        PosesReader::options().path(directory.join(PosesReader::FILENAME)).open_wait(PATIENCE)?;
    let frames =
        FrameReader::options().path(directory.join(FrameReader::FILENAME)).open_wait(PATIENCE)?;
    let mut frame = loop {
        match frames.snapshot_boxed() {
            Err(ReadError::Empty) => thread::sleep(Duration::from_millis(1)),
            frame => break frame?,
        }
    };
    let mut trail = [Pose::default(); 256];
    let (mut worked, mut stops, mut moving) = (0, 0, false);
    let mut seen = 0;
    let started = Instant::now();
    while worked < FRAMES {
        if started.elapsed() > PATIENCE {
            return Err(format!("only {worked} frames came").into());
        }
        // Every turn, as cheap as a look at a variable: is it still known where the robot is?
        let is_known = poses.file().age().is_some_and(|age| age < STALE);
        if moving && !is_known {
            stops += 1;
            println!("control: stops, the pose is old");
        } else if !moving && is_known {
            println!("control: moves");
        }
        moving = is_known;
        if !moving {
            thread::sleep(Duration::from_millis(1));
            continue;
        }
        // Only the number of the frame is looked at, until there is a new one; then all of it is copied.
        let newest = frames.number()?;
        if newest == seen {
            thread::sleep(Duration::from_millis(1));
            continue;
        }
        seen = newest;
        frames.snapshot_into_timeout(&mut frame, Duration::from_millis(20))?;
        let count = poses.trail_last_into(&mut trail)?;
        let Some(pose) = pose_at(trail.get(..count).unwrap_or_default(), frame.taken) else {
            continue; // taken before the first pose that is kept
        };
        let whole = frame.pixels.iter().enumerate().all(|(row, line)| {
            line.iter().all(|pixel| *pixel == (frame.number as usize + row) as u8)
        });
        let late = frame.taken.saturating_sub(pose.at);
        if !whole || (pose.x.hypot(pose.y) - 1.0).abs() > 1e-9 {
            return Err(
                format!("frame {} or the pose {late} us before it is a mix", frame.number).into()
            );
        }
        worked += 1;
    }
    println!("control: {worked} frames with the pose they were taken at; {stops} stops");
    Ok(())
}

// ---- All three, and what goes wrong meanwhile.

/// A process that does not outlive this one.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// This program again, in another role.
fn start(role: &str, directory: &Path) -> Outcome<Running> {
    let mut command = Command::new(env::current_exe()?);
    Ok(Running(command.arg(role).arg(directory).spawn()?))
}

fn direct() -> Outcome {
    let directory = tempfile::tempdir()?;
    let directory = directory.path();
    let _camera = start("camera", directory)?;
    let localizer = start("localize", directory)?;
    let mut control = start("control", directory)?;
    thread::sleep(Duration::from_millis(500));
    println!("the localizer is killed");
    drop(localizer);
    thread::sleep(Duration::from_millis(300));
    println!("the localizer is started again");
    let _localizer = start("localize", directory)?;
    if control.0.wait()?.success() { Ok(()) } else { Err("a process has failed".into()) }
}

fn main() -> Outcome {
    let mut arguments = env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => direct(),
        (Some("localize"), Some(directory)) => localize(Path::new(&directory)),
        (Some("camera"), Some(directory)) => camera(Path::new(&directory)),
        (Some("control"), Some(directory)) => control(Path::new(&directory)),
        _ => Err("robot [localize | camera | control] DIRECTORY".into()),
    }
}
