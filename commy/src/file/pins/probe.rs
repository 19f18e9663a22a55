//! The writer's look at what readers have pinned.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use super::{PinError, open_alone};
use crate::format::locks::{LAST_PIN, PIN_BASE, pin_byte};
use crate::publish::reclaim::Pins;
use crate::sys;

/// Asks the kernel which generations of a file are pinned, by whatever process.
#[derive(Debug)]
pub(crate) struct PinProbe {
    /// Never mapped, nor locked, nor given to anybody: its own locks would not be found.
    file: File,
}

impl PinProbe {
    /// Opens the file at `path` to ask about its pins, if it is still `file`.
    ///
    /// # Errors
    ///
    /// `Open`, `Replaced`; `Refused` where nothing can be asked, and so nothing be pinned.
    pub(crate) fn open(path: &Path, file: &File) -> Result<Self, PinError> {
        let probe = Self { file: open_alone(path, file)? };
        match sys::locked_range(&probe.file, PIN_BASE, 1) {
            Ok(_) => Ok(probe),
            Err(source) => {
                let source = Arc::new(source);
                Err(PinError::Refused { path: path.into(), generation: 0, source })
            }
        }
    }
}

impl Pins for PinProbe {
    fn pinned(&self, first: u64, last: u64) -> Option<(u64, u64)> {
        let last = last.min(LAST_PIN);
        let start = pin_byte(first).filter(|_| first <= last)?;
        let Ok(found) = sys::locked_range(&self.file, start, last - first + 1) else {
            return Some((first, last));
        };
        let (from, to) = found?;
        // A lock may begin before the pins, as one over the whole file does, and end behind them.
        let from = from.saturating_sub(PIN_BASE).clamp(first, last);
        Some((from, to.saturating_sub(PIN_BASE).clamp(from, last)))
    }
}
