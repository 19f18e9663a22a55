//! A bar on stderr for what takes seconds, if that is a terminal.

use core::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is over sooner needs no bar.
const WORTH: Duration = Duration::from_secs(2);

/// A bar that fills up within `time`; it goes when it is dropped.
pub(crate) struct TimeBar {
    bar: ProgressBar,
}

impl TimeBar {
    pub(crate) fn new(time: Duration) -> Self {
        // indicatif draws nothing where stderr is no terminal.
        let target = if time < WORTH {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(10)
        };
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let bar = ProgressBar::with_draw_target(Some(ms), target);
        // A template that cannot be read leaves the bar as indicatif has it.
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {elapsed} of {msg}") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(super::units::time(time));
        Self { bar }
    }

    pub(crate) fn set(&self, elapsed: Duration) {
        self.bar.set_position(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX));
    }
}

impl Drop for TimeBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A bar for so many bytes of files, if there are many; it goes when it is dropped.
pub(crate) struct CountBar {
    bar: ProgressBar,
}

impl CountBar {
    /// Fewer bytes are read sooner than a bar is drawn.
    const WORTH: u64 = 256 << 20;

    pub(crate) fn of_bytes(bytes: u64) -> Self {
        let target = if bytes < Self::WORTH {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(10)
        };
        let bar = ProgressBar::with_draw_target(Some(bytes), target);
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {bytes} of {total_bytes}") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.tick();
        Self { bar }
    }

    pub(crate) fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// Calls `print` while the bar is not there.
    pub(crate) fn hidden<R>(&self, print: impl FnOnce() -> R) -> R {
        self.bar.suspend(print)
    }
}

impl Drop for CountBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
