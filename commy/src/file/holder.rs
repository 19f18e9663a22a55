//! Which process is the writer of a file, as far as the system tells.
//!
//! The lock on the data file belongs to a descriptor and has no process; that on the side file has
//! one. Who has the side file may be about to create the data file, or may have come by a side file
//! that is not the writer's. So both are asked.

use std::fs::File;
use std::io;
use std::path::Path;

use super::lock::{WriterState, writer_state};
use super::path::{absolute, beside, follow_links};
use crate::error::CreateError;
use crate::sys;

/// The process that is the writer of `file`, which is at `path`. For a look now and then.
pub(crate) fn writer_pid(file: &File, path: &Path) -> Option<u32> {
    // With a second name, the writer may have its side file beside that one.
    let has_one_name = file.metadata().is_ok_and(|metadata| sys::link_count(&metadata) == 1);
    if !has_one_name || writer_state(file) == WriterState::Dead {
        return None;
    }
    // Beside where links lead: there writers have it.
    sys::lock_holder(&beside(&follow_links(&absolute(path)).ok()?, "", ".lock"))
}

/// The same for whatever is at `path`, or is about to be created there.
fn writer_pid_at(path: &Path) -> Option<u32> {
    let target = follow_links(&absolute(path)).ok()?;
    match sys::open(&target, sys::Rights::Read, sys::Links::Refuse) {
        Ok(file) => writer_pid(&file, &target),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            sys::lock_holder(&beside(&target, "", ".lock"))
        }
        Err(_) => None,
    }
}

/// Adds to a refusal who is in the way. Who asks again and again does so once, at the end.
pub(crate) fn with_holder(refused: CreateError) -> CreateError {
    match refused {
        CreateError::WriterBusy { path, holder: None } => {
            let holder = writer_pid_at(&path);
            CreateError::WriterBusy { path, holder }
        }
        refused => refused,
    }
}
