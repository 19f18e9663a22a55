//! Whether a checkpoint of a record that grows leads to the heap that is there.
//!
//! Its image is a root: addresses of blocks. Without these blocks, as they were when it was flushed, it
//! is worth nothing. Three things have to be right:
//!
//! 1. The heap has the id that the checkpoint names: it is not that of a new file.
//! 2. The file is the very one, by its time of birth and its handle: a copy may have been made of some
//!    pages before the flush, and of others after it.
//! 3. The word `durable` of the file is neither 0 nor above the generation: the blocks are still kept.
//!    A writer that keeps no checkpoints makes it 0, on the disk, before it uses a block again.
//!
//! The device is not compared: it may have another number after a restart.

use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};

use super::mapped::Mapped;
use super::session::birth;
use crate::format::checkpoint::{Checkpoint, HeapIdentity, OtherHeap};
use crate::format::control::Word;
use crate::format::session::{lasting_birth_word, lasting_handle_word};
use crate::sys::{self, FileSystem};

/// Why a writer of a growable record does not go on from a checkpoint that it found.
///
/// The value is [`Recovered::Lost`](crate::Recovered::Lost) then, unless the file itself has it.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{Recovered, create_writer};
///
/// #[create_writer(filename = "page.bin", growable)]
/// struct Page {
///     text: String,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("page.bin");
/// # let options = PageWriter::options().path(&path).durable(true);
/// # if matches!(options.clone().create(), Err(commy::CreateError::OptionMismatch { .. })) {
/// #     return Ok(());
/// # }
/// let mut page = PageWriter::options().path(&path).durable(true).create()?;
/// page.set_text("longer than what fits into the root")?;
/// page.flush()?;
/// drop(page);
///
/// // The blocks go with the file. What is left leads nowhere.
/// std::fs::remove_file(&path)?;
/// let page = PageWriter::options().path(&path).durable(true).create()?;
/// assert_eq!(page.file().recovered(), Recovered::Lost);
/// let why = page.file().refused_checkpoint().unwrap().to_string();
/// assert!(why.contains("page.bin.ckpt` leads to the heap "), "{why}");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RefusedCheckpoint {
    /// It leads to the heap of another file, which was here before or is somewhere else.
    #[error(
        "`{}` leads to the heap {found:032x}, expected {expected:032x}, which is that of the file: \
         the file was made anew", path.display()
    )]
    #[non_exhaustive]
    OtherHeap {
        /// The checkpoint file.
        path: PathBuf,
        /// The id of the heap that it leads to.
        found: u128,
        /// That of the heap in the file.
        expected: u128,
    },
    /// It leads to the file that this one was copied from, by its inode.
    #[error(
        "`{}` is of the file {found:016x}, expected {expected:016x}: this one is a copy, whose \
         blocks may be older or newer; copy files whose writer has ended", path.display()
    )]
    #[non_exhaustive]
    OtherFile {
        /// The checkpoint file.
        path: PathBuf,
        /// What tells the file that it leads to; 0 if nothing does.
        found: u64,
        /// The same of this file.
        expected: u64,
    },
    /// The blocks that it leads to may have been used again: by a writer that keeps no checkpoints, or
    /// keeps them elsewhere.
    #[error(
        "`{}` is of generation {found}, whose blocks are not kept any more, expected {}",
        path.display(), kept(*expected)
    )]
    #[non_exhaustive]
    Outdated {
        /// The checkpoint file.
        path: PathBuf,
        /// Its generation.
        found: u64,
        /// The lowest generation that is kept; 0 for none.
        expected: u64,
    },
}

/// Which checkpoints would be believed, in words.
fn kept(from: u64) -> String {
    match from {
        0 => String::from("none: the last writer kept no checkpoints"),
        from => format!("{from} or later"),
    }
}

/// What tells `file` from its copies and from files that were here before; 0 for what is not known.
pub(super) fn heap_identity(
    id: u128,
    file: &File,
    metadata: &Metadata,
    system: FileSystem,
) -> HeapIdentity {
    let inode = sys::identity(metadata).inode;
    // Of a file system that is not this kernel's alone, a handle may be given away again.
    let handle = system.has_own_locks().then(|| sys::file_handle(file)).flatten();
    let handle = handle.map_or(0, |(kind, bytes)| lasting_handle_word(kind, &bytes));
    let birth = birth(metadata).map_or(0, |birth| lasting_birth_word(inode, birth));
    HeapIdentity { id, birth, handle }
}

impl Mapped {
    /// Checks that the checkpoint at `path` leads to the heap of this file, if it has one.
    ///
    /// # Errors
    ///
    /// Why it does not.
    pub(super) fn expect_heap_of(
        &self,
        checkpoint: &Checkpoint,
        path: &Path,
    ) -> Result<(), RefusedCheckpoint> {
        let Some(here) = self.heap_identity() else { return Ok(()) };
        let path = || path.to_path_buf();
        // Areas of a record that grows have a mark, and no others are read for one.
        let named = checkpoint.heap.map(|mark| mark.of);
        let named = named.unwrap_or(HeapIdentity { id: 0, birth: 0, handle: 0 });
        match here.expect(&named) {
            Ok(()) => {}
            Err(OtherHeap::Id { found, expected }) => {
                return Err(RefusedCheckpoint::OtherHeap { path: path(), found, expected });
            }
            Err(OtherHeap::File { found, expected }) => {
                return Err(RefusedCheckpoint::OtherFile { path: path(), found, expected });
            }
        }
        let (found, expected) = (checkpoint.generation, self.load(Word::Durable));
        if expected == 0 || found < expected {
            return Err(RefusedCheckpoint::Outdated { path: path(), found, expected });
        }
        Ok(())
    }
}
