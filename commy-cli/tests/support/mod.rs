//! Running the built command, as a user does, on files that a test has made.
#![allow(dead_code, unreachable_pub, reason = "a module of many tests, each of which needs a part")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use commy::{FixedMap, FixedString, FixedVec, Mappable, create_writer};
use serde_json::Value;

/// What a kind of field each looks like.
#[create_writer(filename = "tank.bin")]
#[derive(Clone, Debug)]
pub struct Tank {
    pub name: FixedString<32>,
    /// Of the water.
    #[commy(unit = "degC")]
    pub temperature: f64,
    pub levels: [f32; 3],
    pub mode: Mode,
    pub codes: FixedVec<i32, 4>,
    pub total: u128,
    pub prices: FixedMap<FixedString<8>, u32, 4>,
}

#[derive(Mappable, Clone, Copy, Debug, PartialEq)]
#[repr(u8)]
pub enum Mode {
    Idle = 0,
    Auto = 1,
    Fault = 7,
}

/// A value of it.
pub fn tank() -> Tank {
    let mut prices = FixedMap::new();
    prices.insert("tea".parse().unwrap(), 3).unwrap();
    Tank {
        name: "north".parse().unwrap(),
        temperature: 21.5,
        levels: [0.5, 0.75, 1.0],
        mode: Mode::Auto,
        codes: [1, -2, 3].as_slice().try_into().unwrap(),
        total: u128::MAX,
        prices,
    }
}

/// What a run of the command came to.
#[derive(Debug)]
pub struct Ran {
    /// `None` after a signal.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(output: &Output) -> Self {
        let text =
            |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("all that is printed is text");
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// What it has printed, if it was that and a success.
    #[track_caller]
    pub fn good(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{}", self.out);
        self.out
    }

    /// What it says of its failure, if it ended with this code and printed nothing else.
    #[track_caller]
    pub fn failed(self, code: i32) -> String {
        assert_eq!((self.code, self.out.as_str()), (Some(code), ""), "{}", self.err);
        self.err
    }

    /// The one object that it has printed.
    #[track_caller]
    pub fn json(self) -> Value {
        parsed(&self.good())
    }
}

/// The one object on the one line.
#[track_caller]
pub fn parsed(text: &str) -> Value {
    assert_eq!(text.matches('\n').count(), 1, "one line: {text}");
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The command, in a directory, with nothing in its environment that changes what it does.
pub fn command(directory: &Path) -> Command {
    command_at(Path::new(env!("CARGO_BIN_EXE_commy")), directory)
}

pub fn command_at(program: &Path, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(directory).stdin(Stdio::null());
    for name in [
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "COMMY_DIR",
        "RUNTIME_DIRECTORY",
        "XDG_RUNTIME_DIR",
    ] {
        command.env_remove(name);
    }
    command.env("TERM", "xterm");
    command
}

/// Runs the command in a directory.
pub fn commy(directory: &Path, arguments: &[&str]) -> Ran {
    Ran::of(&command(directory).args(arguments).output().expect("it starts"))
}

/// Starts it, with pipes for what it prints.
pub fn started(directory: &Path, arguments: &[&str]) -> Child {
    let mut command = command(directory);
    command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts")
}

/// Waits until it ends.
pub fn ended(child: Child) -> Ran {
    Ran::of(&child.wait_with_output().expect("it ends"))
}

/// A directory of its own for a test.
pub fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().to_path_buf();
    (directory, path)
}

/// Whether anything in a text could do more to a terminal than to show itself, and end lines.
pub fn is_harmless(text: &str) -> bool {
    let is_turned = |char| matches!(char, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !text.chars().any(|char| char != '\n' && (char.is_control() || is_turned(char)))
}

/// Waits until a process takes Ctrl-C itself.
pub fn takes_interrupts(child: &Child) {
    let status = format!("/proc/{}/status", child.id());
    loop {
        let status = std::fs::read_to_string(&status).expect("it runs");
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("a line");
        let caught = u64::from_str_radix(caught.trim(), 16).expect("digits");
        // SIGINT is 2, and the first bit is that of 1.
        if caught & 0b10 != 0 {
            return;
        }
        std::thread::sleep(core::time::Duration::from_millis(2));
    }
}

/// Presses Ctrl-C, so to speak.
pub fn interrupt(child: &Child) {
    let pid = rustix::process::Pid::from_raw(child.id().cast_signed()).expect("a process");
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it is there");
}
