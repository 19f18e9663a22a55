//! Why a file is refused, until somebody says which file that is.
//!
//! Checks of bytes know no path, and most of what looks at an open file needs none. So a path is
//! added in one place, [`At::at`], by whoever was asked to open it.

use std::io;
use std::path::Path;

use crate::error::{OpenError, SchemaMismatch};
use crate::format::FormatError;

/// What is wrong with a file.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Its bytes are not what they should be.
    Format(FormatError),
    /// It is no regular file; in words.
    NotRegular(&'static str),
    /// There is no room for what belongs into a hole of it.
    Sparse { hole: u64, needed: u64 },
    /// It is another user's.
    NotOwner { found: u32, expected: u32 },
    /// More users may write it than may.
    Mode { found: u32, refused: u32 },
    /// The system refused what was to be done.
    Io { doing: &'static str, source: io::Error },
}

impl Fault {
    /// The deed that the system refused.
    pub(crate) fn io(doing: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io { doing, source }
    }
}

impl From<FormatError> for Fault {
    fn from(error: FormatError) -> Self {
        Self::Format(error)
    }
}

/// What was found in a file that is to be replaced: nothing, if it is one of commy's but damaged or
/// of another format.
///
/// # Errors
///
/// `Magic` and `Kind` for somebody's document or another file of commy's, which are not replaced;
/// `Io`.
pub(crate) fn unless_damaged<T>(found: Result<T, Fault>) -> Result<Option<T>, Fault> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(
            fault @ (Fault::Format(FormatError::Magic { .. } | FormatError::Kind { .. })
            | Fault::Io { .. }),
        ) => Err(fault),
        Err(_) => Ok(None),
    }
}

/// Says which file it was.
pub(crate) trait At<T> {
    /// The same for the file at `path`.
    ///
    /// # Errors
    ///
    /// The variant of [`OpenError`] for the fault.
    fn at(self, path: &Path) -> Result<T, OpenError>;
}

impl<T, F: Into<Fault>> At<T> for Result<T, F> {
    fn at(self, path: &Path) -> Result<T, OpenError> {
        self.map_err(|fault| at(fault.into(), path))
    }
}

fn at(fault: Fault, path: &Path) -> OpenError {
    let format = match fault {
        Fault::Format(error) => error,
        // Some of what the system says has a variant of its own.
        Fault::Io { doing, source } => return OpenError::io(path, doing, source),
        Fault::NotRegular(found) => return OpenError::NotRegular { path: path.into(), found },
        Fault::Sparse { hole, needed } => {
            return OpenError::Sparse { path: path.into(), hole, needed };
        }
        Fault::NotOwner { found, expected } => {
            return OpenError::NotOwner { path: path.into(), found, expected };
        }
        Fault::Mode { found, refused } => {
            return OpenError::Mode { path: path.into(), found, refused };
        }
    };
    let path = path.to_path_buf();
    match format {
        FormatError::Magic { found } => OpenError::NotCommy { path, found },
        FormatError::Version { found, expected } => {
            OpenError::FormatVersion { path, found, expected }
        }
        FormatError::Flags { found } => OpenError::Unsupported { path, flags: found },
        FormatError::Endianness { found, expected } => {
            OpenError::Endianness { path, found, expected }
        }
        FormatError::Truncated { found, expected } => {
            OpenError::Truncated { path, found, expected }
        }
        FormatError::Kind { found, expected } => OpenError::Kind { path, found, expected },
        FormatError::HeapVersion { found, expected } => {
            OpenError::HeapVersion { path, found, expected }
        }
        FormatError::GenerationLimit { found, limit } => {
            OpenError::GenerationLimit { path, found, limit }
        }
        FormatError::Corrupt { what, found, expected, offset } => {
            OpenError::Corrupt { path, what, found, expected, offset }
        }
        FormatError::Schema { found, expected, differences } => {
            let mismatch = SchemaMismatch::new(&path, found, expected, differences);
            OpenError::SchemaMismatch(Box::new(mismatch))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(fault: impl Into<Fault>) -> String {
        Err::<(), _>(fault.into()).at(Path::new("x")).unwrap_err().to_string()
    }

    #[test]
    fn every_fault_names_the_file_and_what_was_found() {
        let (found, expected) = (7, 8);
        let all = [
            (told(FormatError::Magic { found: b"PK".into() }), "it starts with \"PK\""),
            (told(FormatError::Version { found, expected }), "version 7, expected 8"),
            (told(FormatError::Flags { found: 4 }), "flags 0x4"),
            (told(FormatError::Endianness { found: "big", expected: "little" }), "big values"),
            (told(FormatError::Truncated { found: 7, expected: 8 }), "it has 7 bytes, expected 8"),
            (told(FormatError::Kind { found, expected }), "kind 7, expected 8"),
            (told(FormatError::HeapVersion { found, expected }), "layout version 7, expected 8"),
            (told(FormatError::GenerationLimit { found: 9, limit: 8 }), "from 9 on, expected less"),
            (
                told(FormatError::corrupt("state", 9, "1, 2 or 3", 4352)),
                "state at byte 4352 is 9, expected 1, 2 or 3",
            ),
            (told(Fault::NotRegular("a pipe")), "is a pipe"),
            (told(Fault::Sparse { hole: 5, needed: 6 }), "a hole at byte 5"),
            (told(Fault::NotOwner { found, expected }), "user 7, expected 8"),
            (told(Fault::Mode { found: 0o666, refused: 0o022 }), "mode 0666"),
            (told(Fault::io("map")(io::ErrorKind::Other.into())), "cannot map"),
        ];
        for (told, part) in all {
            assert!(told.contains("`x`") && told.contains(part), "{told}");
        }
    }

    #[test]
    fn what_is_somebody_elses_is_no_damage() {
        let refused = |fault: Fault| unless_damaged::<()>(Err(fault)).is_err();
        assert!(refused(FormatError::Magic { found: Vec::new() }.into()));
        assert!(refused(FormatError::Kind { found: 3, expected: 1 }.into()));
        assert!(refused(Fault::io("read")(io::ErrorKind::Other.into())));
        assert!(!refused(FormatError::Version { found: 2, expected: 1 }.into()));
        assert!(!refused(FormatError::Truncated { found: 1, expected: 2 }.into()));
        assert!(!refused(FormatError::corrupt("state", 9, "less", 4352).into()));
    }
}
