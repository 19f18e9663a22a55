//! Which file a name means.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{self, Path, PathBuf};

use crate::error::CreateError;
use crate::sys;

/// The environment variable that names the directory of relative filenames.
const DIRECTORY: &str = "COMMY_DIR";
/// As many symbolic links as Linux follows in one path.
const MAX_LINKS: u32 = 40;
/// The bits of a directory in which everybody may create files and nobody remove another's.
const SHARED_DIRECTORY: u32 = 0o1002;

/// The path of a filename: relative ones are in `$COMMY_DIR` if that is set, else in the current
/// directory.
pub(crate) fn resolve(filename: &str) -> PathBuf {
    resolve_in(env::var_os(DIRECTORY), filename)
}

fn resolve_in(directory: Option<OsString>, filename: &str) -> PathBuf {
    match directory.filter(|directory| !directory.is_empty()) {
        // Joining an absolute path gives that path.
        Some(directory) => Path::new(&directory).join(filename),
        None => PathBuf::from(filename),
    }
}

/// The same path from the root, so that it stays the same file when the current directory changes.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    // Fails for an empty path or a vanished directory; opening then fails with a better message.
    path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

/// The path with `suffix` after, and `prefix` before, its last component.
pub(crate) fn beside(target: &Path, prefix: &str, suffix: &str) -> PathBuf {
    let mut name = OsString::from(prefix);
    name.push(target.file_name().unwrap_or_default());
    name.push(suffix);
    target.with_file_name(name)
}

/// The directory that holds `target`.
pub(crate) fn directory(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// The path that symbolic links at `path` lead to, whether or not there is a file yet: the lock
/// file and a new file belong beside that one.
///
/// A link that somebody else has put into a directory open to all is refused, as Linux refuses to
/// open it (`fs.protected_symlinks`): it could make this program write where only it may.
///
/// # Errors
///
/// `Permission` for such a link, `Io` for links that lead nowhere.
pub(crate) fn follow_links(path: &Path) -> Result<PathBuf, CreateError> {
    let mut target = path.to_path_buf();
    for _ in 0..MAX_LINKS {
        let metadata = match fs::symlink_metadata(&target) {
            Ok(metadata) if metadata.is_symlink() => metadata,
            // What else may be wrong with it is found where it is opened.
            _ => return Ok(target),
        };
        let parent = directory(&target);
        let look = |source| CreateError::io(parent, "look at", source);
        let around = fs::metadata(parent).map_err(look)?;
        let is_shared =
            sys::mode(&around).is_some_and(|m| m & SHARED_DIRECTORY == SHARED_DIRECTORY);
        let owner = sys::owner(&metadata);
        if is_shared && owner != sys::effective_user() && owner != sys::owner(&around) {
            return Err(CreateError::Permission { path: target });
        }
        let link = fs::read_link(&target).map_err(|e| CreateError::io(&target, "read", e))?;
        target = parent.join(link);
    }
    let source = io::Error::other("too many symbolic links");
    Err(CreateError::Io { path: path.into(), doing: "follow", source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_names_are_in_the_named_directory_and_absolute_ones_are_not() {
        let directory = || Some(OsString::from("/run/live"));
        assert_eq!(resolve_in(directory(), "a.bin"), Path::new("/run/live/a.bin"));
        assert_eq!(resolve_in(directory(), "b/a.bin"), Path::new("/run/live/b/a.bin"));
        assert_eq!(resolve_in(directory(), "/x/a.bin"), Path::new("/x/a.bin"));
        assert_eq!(resolve_in(Some(OsString::new()), "a.bin"), Path::new("a.bin"));
        assert_eq!(resolve_in(None, "a.bin"), Path::new("a.bin"));
    }

    #[test]
    fn names_beside_a_file_are_in_its_directory() {
        assert_eq!(beside(Path::new("/x/a.bin"), "", ".lock"), Path::new("/x/a.bin.lock"));
        assert_eq!(beside(Path::new("/x/a.bin"), ".", ".new"), Path::new("/x/.a.bin.new"));
        assert_eq!(directory(Path::new("a.bin")), Path::new("."));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_to_where_the_file_will_be() {
        use std::os::unix::fs::symlink;

        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("data")).unwrap();
        symlink("data/real.bin", at("first")).unwrap();
        symlink(at("first"), at("second")).unwrap();
        assert_eq!(follow_links(&at("second")).unwrap(), at("data/real.bin"));
        assert_eq!(follow_links(&at("plain")).unwrap(), at("plain"));
        symlink(at("loop"), at("loop")).unwrap();
        assert!(matches!(follow_links(&at("loop")), Err(CreateError::Io { .. })));
    }
}
