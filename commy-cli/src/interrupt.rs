//! Ctrl-C, for commands that say something when they are ended by it.

use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use signal_hook::consts::SIGINT;

use crate::exit::Exit;

/// Whether Ctrl-C was pressed since this was made. Before that it ends the process at once, as ever.
pub(crate) struct Interrupt {
    /// Whoever sees it set needs nothing that was stored before, so that Relaxed does.
    pressed: Arc<AtomicBool>,
}

impl Interrupt {
    /// Takes Ctrl-C from now on.
    pub(crate) fn take() -> Self {
        let pressed = Arc::new(AtomicBool::new(false));
        // Where it cannot be taken, it ends the process: no summary, and nothing worse. Pressed again, it does so, too.
        let code = Exit::Interrupted as i32;
        let _ =
            signal_hook::flag::register_conditional_shutdown(SIGINT, code, Arc::clone(&pressed));
        let _ = signal_hook::flag::register(SIGINT, Arc::clone(&pressed));
        Self { pressed }
    }

    pub(crate) fn is_pressed(&self) -> bool {
        self.pressed.load(Ordering::Relaxed)
    }
}
