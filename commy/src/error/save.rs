//! Why a copy was not made.

use std::path::PathBuf;

use super::{CreateError, ReadError};

/// Why a view was not saved as a file of its own: there is no such file then.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use commy::{SaveError, create_writer};
///
/// #[create_writer(filename = "page.bin", growable)]
/// struct Page {
///     text: String,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("page.bin");
/// let mut page = PageWriter::create_at(&path)?;
/// page.set_text("one")?;
/// match page.pin()?.save_as(&path) {
///     Err(SaveError::Exists { path: taken, .. }) => assert_eq!(taken, path),
///     other => panic!("{other:?}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// Something is at that path, which is not replaced: save under another name, and rename that.
    #[error("`{}` is there already: choose another path, or move that file away", path.display())]
    #[non_exhaustive]
    Exists {
        /// What is there.
        path: PathBuf,
    },
    /// The view could not be read to its end: it was evicted or overtaken meanwhile, belongs to the
    /// parent of a forked child, or the file is damaged.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The new file could not be made, or written to the disk.
    #[error(transparent)]
    Create(#[from] CreateError),
}

commy_types::__debug_in_words! {
    enum SaveError {
        Exists { path },
        Read(inner),
        Create(inner),
    }
}
