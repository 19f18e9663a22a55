//! Tables for people: columns side by side, or below each other where that does not fit.

use std::io::{self, Write as _};

use anstyle::Style;

use super::escape::{columns, cut};
use super::{HEADING, Output};

/// Below this many columns of the terminal, cells of a row stand below each other.
const NARROW: usize = 48;
/// No column but the last but one and the last is wider than this.
const WIDEST: usize = 40;

/// A piece of text with its colour. The text is escaped already.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::new(text, Style::new())
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// On which side the cells of a column begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Rows with as many cells as there are headings.
pub(crate) struct Table<const N: usize> {
    headings: [(&'static str, Align); N],
    rows: Vec<[Cell; N]>,
}

impl<const N: usize> Table<N> {
    pub(crate) const fn new(headings: [(&'static str, Align); N]) -> Self {
        Self { headings, rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: [Cell; N]) {
        self.rows.push(cells);
    }

    /// Prints it.
    pub(crate) fn print(&self, to: &mut Output) -> io::Result<()> {
        match to.width {
            Some(width) if width < NARROW => self.print_below(to, width),
            _ => self.print_beside(to),
        }
    }

    fn print_beside(&self, to: &mut Output) -> io::Result<()> {
        let mut widths = self.headings.map(|(heading, _)| columns(heading));
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(columns(&cell.text));
            }
        }
        if let Some(all) = to.width {
            self.narrow(&mut widths, all);
        }
        let headings = self.headings.map(|(heading, _)| Cell::new(heading, HEADING));
        for row in core::iter::once(&headings).chain(&self.rows) {
            self.print_row(to, row, &widths)?;
        }
        Ok(())
    }

    /// Takes from the widest columns until all fit, but no column gets narrower than its heading.
    fn narrow(&self, widths: &mut [usize; N], all: usize) {
        let gaps = 2 * N.saturating_sub(1);
        for least in [WIDEST, 12, 0] {
            while widths.iter().sum::<usize>() + gaps > all {
                let least = |heading: &str| columns(heading).max(least);
                let spare = widths.iter_mut().zip(&self.headings);
                let spare = spare.filter(|(width, (heading, _))| **width > least(heading));
                let Some((widest, _)) = spare.max_by_key(|(width, _)| **width) else { break };
                *widest -= 1;
            }
        }
    }

    fn print_row(&self, to: &mut Output, row: &[Cell; N], widths: &[usize; N]) -> io::Result<()> {
        // Blanks are printed before the next text, so that no line ends with some.
        let mut blanks = 0;
        let mut left = to.width.unwrap_or(usize::MAX);
        for ((cell, width), (_, align)) in row.iter().zip(widths).zip(&self.headings) {
            let text = cut(&cell.text, Some(*width));
            let padding = width - columns(&text);
            if *align == Align::Right {
                blanks += padding;
            }
            if !text.is_empty() {
                let Some(after_blanks) = left.checked_sub(blanks).filter(|left| *left > 0) else {
                    break;
                };
                let text = cut(&text, Some(after_blanks));
                left = after_blanks - columns(&text);
                let style = cell.style;
                write!(to, "{:blanks$}{style}{text}{style:#}", "")?;
                blanks = 0;
            }
            if *align == Align::Left {
                blanks += padding;
            }
            blanks += 2;
        }
        writeln!(to)
    }

    fn print_below(&self, to: &mut Output, width: usize) -> io::Result<()> {
        for (index, row) in self.rows.iter().enumerate() {
            if index > 0 {
                writeln!(to)?;
            }
            for ((heading, _), cell) in self.headings.iter().zip(row) {
                if !cell.text.is_empty() {
                    let heading = cut(&format!("{heading} "), Some(width));
                    let text = cut(&cell.text, Some(width - columns(&heading)));
                    let style = cell.style;
                    writeln!(to, "{HEADING}{heading}{HEADING:#}{style}{text}{style:#}")?;
                }
            }
        }
        Ok(())
    }
}
