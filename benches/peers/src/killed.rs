//! What readers get when the writer is killed while it does nothing but publish.
//!
//! A kill at a random moment meets a writer inside its copy more often than not. Two readers ask
//! afterwards: one that had been open before, and one that is opened then. A library survives if both
//! get a whole value each time. [`Memcpy`] has no protocol and shows that the test can tell.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::{env, io, thread};

use crate::background::{BACK, FRONT, pin};
use crate::payload::Bytes8K;
#[cfg(commy_subetha)]
use crate::peers::Subetha;
use crate::peers::{
    Commy, Heed, Iceoryx2, Memcpy, MmapSync, Peer, Read as _, Ringfire, SharedMutex, Write as _,
    values,
};
use crate::place::Place;

const KILLS: u64 = 20;
/// After so long, a reader is not waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the other process is started with: `<role> <library> <directory>`.
const WRITE: &str = "--killed-write";
const READ: &str = "--killed-read";

/// What a reader said.
const WHOLE: &str = "whole";
const TORN: &str = "torn";
const NOTHING: &str = "nothing";

/// What came of the kills, as readers had it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    pub library: String,
    pub reads: u64,
    pub torn: u64,
    /// An error, or no answer in time.
    pub refused: u64,
}

impl Outcome {
    /// Whether each read had a whole value.
    #[must_use]
    pub const fn survives(&self) -> bool {
        self.reads > 0 && self.torn == 0 && self.refused == 0
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { library, reads, torn, refused } = self;
        write!(f, "{library}\t{reads}\t{torn}\t{refused}")
    }
}

impl FromStr for Outcome {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let mut parts = line.split('\t');
        let mut next = || parts.next().ok_or_else(|| format!("{line} has not four parts"));
        let library = next()?.to_owned();
        let mut number =
            || next()?.parse::<u64>().map_err(|error| format!("{line} is no outcome: {error}"));
        Ok(Self { library, reads: number()?, torn: number()?, refused: number()? })
    }
}

macro_rules! libraries {
    ($($(#[$attribute:meta])* $peer:ty, $words:literal;)*) => {
        /// Plays the other process, if this one was started as it.
        #[must_use]
        pub fn role() -> bool {
            let args: Vec<_> = env::args().collect();
            let [_, role, library, directory] = args.as_slice() else { return false };
            if role != WRITE && role != READ {
                return false;
            }
            let place = Place::of_other(PathBuf::from(directory));
            $(
                $(#[$attribute])*
                if library == <$peer as Peer<$words>>::NAME {
                    match role.as_str() {
                        WRITE => write::<$peer, $words>(&place),
                        _ => read::<$peer, $words>(&place),
                    }
                }
            )*
            true
        }

        /// Kills writers of each library.
        #[must_use]
        pub fn outcomes() -> Vec<Outcome> {
            vec![$($(#[$attribute])* outcome(<$peer as Peer<$words>>::NAME),)*]
        }
    };
}

libraries! {
    Memcpy, 1024;
    Commy<Bytes8K>, 1024;
    MmapSync, 1024;
    Iceoryx2, 1024;
    Heed, 1024;
    SharedMutex, 1024;
    Ringfire, 1024;
    #[cfg(commy_subetha)]
    Subetha, 5;
}

fn write<P: Peer<W>, const W: usize>(place: &Place) {
    pin(BACK);
    let mut writer = P::writer(place);
    let values = values();
    let mut turn = 0;
    println!("ready");
    loop {
        turn = 1 - turn;
        writer.publish_all(turn, &values);
    }
}

/// Reads once for each line that comes in.
fn read<P: Peer<W>, const W: usize>(place: &Place) {
    pin(FRONT);
    let mut reader = P::reader(place);
    println!("ready");
    for line in io::stdin().lines() {
        line.unwrap();
        let value = reader.value();
        let is_whole = value.map(|value| value.iter().all(|word| *word == value[0]));
        println!("{}", is_whole.map_or(NOTHING, |is| if is { WHOLE } else { TORN }));
    }
}

/// Another process in a role, and what it says, line by line.
struct Other {
    child: Child,
    lines: Receiver<String>,
    questions: ChildStdin,
}

impl Other {
    fn start(role: &str, library: &str, place: &Place) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args([role, library])
            .arg(place.directory())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (said, lines) = mpsc::channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| said.send(line))
        });
        let questions = child.stdin.take().unwrap();
        Self { child, lines, questions }
    }

    fn says(&self, within: Duration) -> Option<String> {
        self.lines.recv_timeout(within).ok()
    }

    /// What it reads; nothing if it does not answer.
    fn reads(&mut self) -> String {
        let asked = self.questions.write_all(b"read\n");
        let answer = asked.ok().and_then(|()| self.says(PATIENCE));
        answer.unwrap_or_else(|| String::from(NOTHING))
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn outcome(library: &str) -> Outcome {
    const START: Duration = Duration::from_secs(10);
    let mut outcome = Outcome { library: library.to_owned(), ..Outcome::default() };
    for round in 0..KILLS {
        let place = Place::new();
        let writer = Other::start(WRITE, library, &place);
        assert!(writer.says(START).is_some(), "the writer of {library} did not start");
        let mut before = Other::start(READ, library, &place);
        assert!(before.says(START).is_some(), "the reader of {library} did not start");
        // At no fixed place of its loop.
        thread::sleep(Duration::from_micros(1000 + round * 137 % 1000));
        drop(writer);
        let mut after = Other::start(READ, library, &place);
        let is_open = after.says(START).is_some();
        let answers = [before.reads(), if is_open { after.reads() } else { NOTHING.to_owned() }];
        outcome.reads += 2;
        outcome.torn += answers.iter().filter(|answer| *answer == TORN).count() as u64;
        outcome.refused += answers.iter().filter(|answer| *answer == NOTHING).count() as u64;
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_what_was_written_of_it() {
        let outcome = Outcome { library: String::from("a b"), reads: 80, torn: 3, refused: 1 };
        assert_eq!(outcome.to_string().parse(), Ok(outcome.clone()));
        assert!(!outcome.survives() && !Outcome::default().survives());
        assert!("x\t1\t2".parse::<Outcome>().is_err());
    }
}
