//! What is printed, and how: escaped, cut to the terminal, in colours or as JSON.

pub(crate) mod escape;
pub(crate) mod json;
pub(crate) mod progress;
pub(crate) mod table;
pub(crate) mod units;

use core::fmt;
use std::io::{self, BufWriter, IsTerminal as _, StdoutLock, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use serde::Serialize;

use self::escape::Escaped;

/// What stands above the columns of a table.
pub(crate) const HEADING: Style = Style::new().dimmed();
/// What a line is about.
pub(crate) const NAME: Style = Style::new().bold();
/// What is as it should be.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What somebody should look at.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// What is neither.
pub(crate) const ODD: Style = AnsiColor::Yellow.on_default();

/// Standard output.
pub(crate) struct Output {
    out: BufWriter<AutoStream<StdoutLock<'static>>>,
    /// Whether JSON is asked for.
    pub(crate) is_json: bool,
    /// How many columns there are; `None` for as many as it takes.
    pub(crate) width: Option<usize>,
}

impl Output {
    pub(crate) fn new(is_json: bool, width: Option<usize>) -> Self {
        let stdout = io::stdout();
        let width = width.or_else(|| {
            // Only a terminal has a width. In a pipe nothing is cut.
            stdout
                .is_terminal()
                .then(|| terminal_size::terminal_size_of(&stdout))?
                .map(|size| size.0.0.into())
        });
        let out = BufWriter::with_capacity(1 << 16, AutoStream::auto(stdout.lock()));
        Self { out, is_json, width: width.map(|width: usize| width.max(1)) }
    }

    /// Prints an object on a line.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        json::line(&mut self.out, value)
    }

    /// Prints a line, with what came from files escaped, and cut to the width.
    pub(crate) fn line(&mut self, text: impl fmt::Display) -> io::Result<()> {
        self.line_in(Style::new(), text)
    }

    /// The same in a style.
    pub(crate) fn line_in(&mut self, style: Style, text: impl fmt::Display) -> io::Result<()> {
        let text = text.to_string();
        let text = Escaped(&text).to_string();
        writeln!(self.out, "{style}{}{style:#}", escape::cut(&text, self.width))
    }

    pub(crate) fn flush(&mut self) -> Result<(), crate::exit::Failure> {
        Ok(self.out.flush()?)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
