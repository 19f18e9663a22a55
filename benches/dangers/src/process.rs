//! The other processes: this program again, as a writer or a reader of one library.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::{env, fs, io, process, thread};

use memmap2::{MmapOptions, MmapRaw};

use crate::libraries::{LIBRARIES, Library, Shape};
use crate::place::Place;

/// After so long, an answer is not waited for: longer than any library waits before it gives up.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// The same where many questions have no answer.
pub const BRIEF: Duration = Duration::from_secs(1);
/// How long a process may take to start.
const START: Duration = Duration::from_secs(20);

const WRITE: &str = "--write";
const READ: &str = "--read";

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A value that was published so, with this serial number.
    Whole(u64),
    /// A value that never was published.
    Mixed,
    /// An error, in its own words.
    Error(String),
    /// Nothing in time.
    Stuck,
    /// The process is gone, by a panic or a signal.
    Crash(String),
}

/// Plays the other process, if this one was started as it.
pub fn role() -> bool {
    let arguments: Vec<String> = env::args().collect();
    let [_, role, library, directory, detail] = arguments.as_slice() else { return false };
    let library = LIBRARIES.iter().find(|known| known.name == library);
    let (Some(library), directory) = (library, Path::new(directory)) else { return false };
    match role.as_str() {
        WRITE => write(library, directory, detail.parse().unwrap()),
        READ => read(library, directory, detail),
        _ => return false,
    }
    true
}

/// Publishes values with serial numbers from `first` on: as many as the line says that comes in, or without
/// end at an empty one.
fn write(library: &Library, directory: &Path, first: u64) {
    let progress = Progress::open(&directory.join("../progress"));
    let mut publish = (library.writer)(directory).unwrap_or_else(|error| refuse(&error));
    let mut serial = first;
    let mut next = || {
        progress.began(serial);
        publish(serial).unwrap_or_else(|error| refuse(&error));
        progress.ended(serial);
        serial += 1;
    };
    next();
    say("ready");
    for line in io::stdin().lines() {
        match line.unwrap().parse::<u64>() {
            Ok(count) => (0..count).for_each(|_| next()),
            Err(_) => loop {
                next();
            },
        }
        say("done");
    }
}

/// Says what went wrong, and ends.
fn refuse(error: &str) -> ! {
    say(&format!("error {}", error.replace('\n', " ")));
    process::exit(1);
}

/// Reads once for each line that comes in.
fn read(library: &Library, directory: &Path, shape: &str) {
    let shape = Shape::ALL.into_iter().find(|known| known.name() == shape).unwrap();
    say("ready");
    let mut reader = None;
    for line in io::stdin().lines() {
        line.unwrap();
        let mut answer = || {
            if reader.is_none() {
                reader = Some((library.reader)(directory, shape)?);
            }
            reader.as_mut().map_or_else(|| unreachable!("made above"), |read| read())
        };
        match answer() {
            Ok(found) if found.is_whole() => say(&format!("whole {}", found.serial)),
            Ok(_) => say("mixed"),
            Err(error) => say(&format!("error {}", error.replace('\n', " "))),
        }
    }
}

fn say(line: &str) {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

/// Which publish began last, and which ended, in a file that outlives the writer.
pub struct Progress {
    map: MmapRaw,
}

impl Progress {
    pub fn open(path: &Path) -> Self {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(path).unwrap();
        file.set_len(16).unwrap();
        Self { map: MmapOptions::new().map_raw(&file).unwrap() }
    }

    fn word(&self, idx: usize) -> &AtomicU64 {
        assert!(idx < 2);
        // SAFETY: the mapping has 16 bytes, starts at a page, and is only used so.
        unsafe { AtomicU64::from_ptr(self.map.as_mut_ptr().cast::<u64>().add(idx)) }
    }

    fn began(&self, serial: u64) {
        self.word(0).store(serial, Ordering::SeqCst);
    }

    fn ended(&self, serial: u64) {
        self.word(1).store(serial, Ordering::SeqCst);
    }

    /// The last publish that began, and the last that ended.
    pub fn last(&self) -> (u64, u64) {
        (self.word(0).load(Ordering::SeqCst), self.word(1).load(Ordering::SeqCst))
    }
}

/// Another process, and what it says, line by line.
#[derive(Debug)]
pub struct Other {
    child: Child,
    lines: Receiver<String>,
    questions: Option<ChildStdin>,
}

impl Other {
    /// A writer that has published the value `first`, or what it said instead.
    pub fn writer(library: &Library, place: &Place, first: u64) -> Result<Self, String> {
        let mut other = Self::start(WRITE, library, place, first.to_string().as_ref(), None);
        match other.line(START) {
            Ok(line) if line == "ready" => Ok(other),
            Ok(line) => Err(line),
            Err(answer) => Err(format!("{answer:?}")),
        }
    }

    /// A reader of that shape, as another user if one is named.
    pub fn reader(library: &Library, place: &Place, shape: Shape, user: Option<u32>) -> Self {
        let mut other = Self::start(READ, library, place, shape.name().as_ref(), user);
        assert_eq!(other.line(START), Ok(String::from("ready")), "a reader did not start");
        other
    }

    fn start(
        role: &str,
        library: &Library,
        place: &Place,
        detail: &OsStr,
        user: Option<u32>,
    ) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.arg(role).arg(library.name).arg(place.directory()).arg(detail);
        command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        if let Some(user) = user {
            command.uid(user).gid(user);
        }
        let mut child = command.spawn().unwrap();
        let (said, lines) = mpsc::channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| said.send(line))
        });
        let questions = child.stdin.take();
        Self { child, lines, questions }
    }

    /// Its next line, or what happened instead.
    fn line(&mut self, within: Duration) -> Result<String, Answer> {
        match self.lines.recv_timeout(within) {
            Ok(line) => Ok(line),
            Err(RecvTimeoutError::Timeout) => Err(Answer::Stuck),
            Err(RecvTimeoutError::Disconnected) => {
                let status = self.child.wait().unwrap();
                Err(Answer::Crash(match (status.signal(), status.code()) {
                    (Some(signal), _) => format!("signal {signal}"),
                    (_, Some(101)) => String::from("panic"),
                    (_, code) => format!("exit {}", code.unwrap_or_default()),
                }))
            }
        }
    }

    fn ask(&mut self, line: &str, within: Duration) -> Result<String, Answer> {
        // A process that is gone takes no question; what became of it is asked below.
        let _ = self.questions.as_mut().unwrap().write_all(line.as_bytes());
        self.line(within)
    }

    /// What it reads.
    pub fn reads(&mut self, within: Duration) -> Answer {
        match self.ask("read\n", within) {
            Ok(line) => match line.split_once(' ') {
                Some(("whole", serial)) => Answer::Whole(serial.parse().unwrap()),
                Some(("error", text)) => Answer::Error(text.to_owned()),
                _ => Answer::Mixed,
            },
            Err(answer) => answer,
        }
    }

    /// Lets a writer publish so many more.
    pub fn publishes(&mut self, count: u64) -> Result<(), String> {
        match self.ask(&format!("{count}\n"), START) {
            Ok(line) if line == "done" => Ok(()),
            Ok(line) => Err(line),
            Err(answer) => Err(format!("{answer:?}")),
        }
    }

    /// Lets a writer publish without end.
    pub fn publishes_on(&mut self) {
        self.questions.as_mut().unwrap().write_all(b"\n").unwrap();
    }
}

impl Drop for Other {
    /// By `SIGKILL`.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether this program may become other users.
pub fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|of| std::os::unix::fs::MetadataExt::uid(&of) == 0)
}
