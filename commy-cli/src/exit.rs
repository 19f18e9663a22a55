//! How the command ends: with a number for scripts, and a word for people.

use core::error::Error;
use core::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use commy::dynamic::{GetError, PathError};
use commy::{OpenError, ReadError};

use crate::output::escape::{Escaped, path_text};
use crate::output::json;

/// The exit codes, as the manual has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// It was done, or the answer is yes.
    Yes = 0,
    /// The answer is no.
    No = 1,
    /// The arguments say nothing that can be done.
    Usage = 2,
    /// The file cannot be read: absent, of another kind, damaged, not permitted.
    Unreadable = 3,
    /// Nothing is published yet, or the time is over.
    NothingYet = 4,
    /// The record is another one than was expected.
    Mismatch = 5,
    /// Ctrl-C.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command ends without having done what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Who read the output has enough: no failure to anybody.
    ClosedPipe,
    /// All others.
    Told(Box<Told>),
}

/// What is told of a failure.
#[derive(Debug)]
pub(crate) struct Told {
    exit: Exit,
    /// For programs: stays the same when the words change.
    kind: &'static str,
    text: String,
    /// What to do next.
    hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, kind: &'static str, text: impl fmt::Display) -> Self {
        Self::Told(Box::new(Told { exit, kind, text: text.to_string(), hint: None }))
    }

    pub(crate) fn usage(text: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, "usage", text)
    }

    /// The same with what to do next.
    pub(crate) fn with_hint(mut self, hint: impl fmt::Display) -> Self {
        if let Self::Told(told) = &mut self {
            told.hint = Some(hint.to_string());
        }
        self
    }

    /// A read of `path` failed.
    pub(crate) fn read(path: &Path, error: &ReadError) -> Self {
        let (exit, kind, hint) = match error {
            ReadError::Empty => (
                Exit::NothingYet,
                "empty",
                "start its writer, or wait for a value with `commy get --wait`",
            ),
            ReadError::NeedsWriter => (Exit::NothingYet, "needs_writer", "start its writer"),
            ReadError::Contended { .. } => (
                Exit::NothingYet,
                "contended",
                "ask again, or for single paths: less is copied then",
            ),
            _ => (Exit::Unreadable, "damaged", ""),
        };
        let failure =
            Self::new(exit, kind, format_args!("`{}`: {}", path_text(path), chain(error)));
        if hint.is_empty() { failure } else { failure.with_hint(hint) }
    }

    /// There is no value at a path within the file at `path`.
    pub(crate) fn get(path: &Path, error: &GetError) -> Self {
        let error = match error {
            GetError::Read(error) => return Self::read(path, error),
            GetError::Path(error) => error,
            other => return Self::new(Exit::Unreadable, "damaged", chain(other)),
        };
        Self::path(path, error)
    }

    /// A path leads nowhere in the file at `path`.
    pub(crate) fn path(path: &Path, error: &PathError) -> Self {
        let (exit, kind) = match error {
            // What the schema can tell is a mistake of who asks; what the value tells is an answer.
            PathError::OutOfBounds { .. }
            | PathError::NoKey { .. }
            | PathError::OtherVariant { .. } => (Exit::No, "no_value"),
            PathError::Invalid { .. } => (Exit::Unreadable, "invalid"),
            _ => (Exit::Usage, "no_path"),
        };
        Self::new(exit, kind, format_args!("`{}`: {error}", path_text(path)))
    }

    /// How the command ends by it.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::ClosedPipe => Exit::Yes,
            Self::Told(told) => told.exit,
        }
    }

    /// Its word for programs.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::ClosedPipe => "closed_pipe",
            Self::Told(told) => told.kind,
        }
    }

    /// What is wrong, escaped.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::ClosedPipe => String::new(),
            Self::Told(told) => Escaped(&told.text).to_string(),
        }
    }

    /// Tells it on stderr; returns how to end. What cannot be told there cannot be told.
    pub(crate) fn tell(&self, as_json: bool) -> Exit {
        use std::io::Write as _;

        let Self::Told(told) = self else { return Exit::Yes };
        let mut stderr = anstream::stderr().lock();
        let _ = if as_json {
            let mut object = serde_json::Map::new();
            object.insert("error".into(), told.text.clone().into());
            object.insert("kind".into(), told.kind.into());
            object.insert("exit".into(), (told.exit as u8).into());
            if let Some(hint) = &told.hint {
                object.insert("hint".into(), hint.clone().into());
            }
            json::line(&mut stderr, &object)
        } else {
            let red = anstyle::AnsiColor::Red.on_default().bold();
            writeln!(stderr, "{red}commy:{red:#} {}", Escaped(&told.text)).and_then(
                |()| match &told.hint {
                    Some(hint) => writeln!(stderr, "  try: {}", Escaped(hint)),
                    None => Ok(()),
                },
            )
        };
        told.exit
    }
}

impl From<io::Error> for Failure {
    /// The output cannot be written.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ClosedPipe,
            _ => Self::new(
                Exit::Unreadable,
                "output",
                format_args!("cannot write the output: {error}"),
            ),
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let (kind, hint) = match &error {
            OpenError::NotFound { .. } => (
                "not_found",
                "start its writer first, or see with `commy ls` which files there are",
            ),
            OpenError::NotRegular { .. } => ("not_regular", ""),
            OpenError::NotCommy { .. } => ("not_commy", ""),
            OpenError::FormatVersion { .. }
            | OpenError::Unsupported { .. }
            | OpenError::HeapVersion { .. } => {
                ("other_version", "take the command of the release that made the file")
            }
            OpenError::Kind { found: 3, .. } => {
                ("kind", "name the file that these checkpoints are of")
            }
            OpenError::Kind { .. } => ("kind", ""),
            OpenError::Permission { .. } => {
                ("permission", "ask the owner of the file for read permission")
            }
            OpenError::SchemaMismatch(_) => ("mismatch", ""),
            OpenError::Io { .. } => ("io", ""),
            _ => ("damaged", "let its writer make the file anew"),
        };
        let exit = match error {
            OpenError::SchemaMismatch(_) => Exit::Mismatch,
            _ => Exit::Unreadable,
        };
        let failure = Self::new(exit, kind, chain(&error));
        if hint.is_empty() { failure } else { failure.with_hint(hint) }
    }
}

/// An error and what lies behind it.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
