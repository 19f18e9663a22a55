//! Which file a name means.

use std::env;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::path::{self, Path, PathBuf};

use crate::error::CreateError;
use crate::sys;

/// The environment variable that names the directory of relative filenames.
pub(super) const DIRECTORY: &str = "COMMY_DIR";
/// As many symbolic links as Linux follows in one path.
const MAX_LINKS: u32 = 40;
/// The bits of a directory in which others than its owner may create files.
const SHARED_DIRECTORY: u32 = 0o022;
/// Who may do everything anyway.
const ROOT: u32 = 0;

/// The path of a filename: relative ones are in `$COMMY_DIR` if that is set, else in the current
/// directory.
pub(super) fn resolve(filename: &str) -> PathBuf {
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

/// Where the checkpoints of the file at `target` are unless asked otherwise.
pub(crate) fn checkpoints_beside(target: &Path) -> PathBuf {
    beside(target, "", ".ckpt")
}

/// The directory that holds `target`.
pub(crate) fn directory(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// Returns whether nothing but a directory can be at `path`, as far as its text says.
pub(crate) fn names_directory(path: &Path) -> bool {
    let text = path.as_os_str().as_encoded_bytes();
    path.file_name().is_none() || text.ends_with(b"/") || text.ends_with(b"/.")
}

/// The path that symbolic links at `path` lead to, whether or not there is a file yet: the lock
/// file and a new file belong beside that one.
///
/// A link that somebody else has put where others may put files is refused, at the end of the path
/// and on the way: it could make this program write where only it may. Linux refuses some of them
/// (`fs.protected_symlinks`), in directories with the sticky bit. Others are all but this user, the
/// owner of the directory, and root; where others may put files is a directory that its group or
/// everybody may write. Directories are not looked at, only links, and what is exchanged
/// meanwhile is not seen.
///
/// Nor is a link followed that leads elsewhere than its text says, as those of open files in `/proc`
/// do: what it leads to has no name that could be given to a new file.
///
/// # Errors
///
/// `Permission` for the one, `Nameless` for the other, `Io` for links that lead nowhere.
pub(crate) fn follow_links(path: &Path) -> Result<PathBuf, CreateError> {
    let mut target = path.to_path_buf();
    let mut left = MAX_LINKS;
    loop {
        refuse_strange_links(directory(&target), &mut { MAX_LINKS })?;
        let metadata = match fs::symlink_metadata(&target) {
            Ok(metadata) if metadata.is_symlink() => metadata,
            // What else may be wrong with it is found where it is opened.
            _ => return Ok(target),
        };
        let next = followed(&target, &metadata, &mut left)?;
        if leads_elsewhere(&target, &next) {
            let text = fs::read_link(&target).unwrap_or_default();
            return Err(CreateError::Nameless { path: target, text });
        }
        target = next;
    }
}

/// Looks at each link on the way to `directory`, and at each one that these lead to.
fn refuse_strange_links(directory: &Path, left: &mut u32) -> Result<(), CreateError> {
    let mut way: Vec<&Path> = directory.ancestors().collect();
    way.reverse();
    for part in way {
        // What is not there, or barred, is found where the file is opened.
        let Ok(metadata) = fs::symlink_metadata(part) else { return Ok(()) };
        if metadata.is_symlink() {
            let next = followed(part, &metadata, left)?;
            refuse_strange_links(&next, left)?;
        }
    }
    Ok(())
}

/// Where the text of a link leads, if it is to be trusted.
fn followed(link: &Path, metadata: &Metadata, left: &mut u32) -> Result<PathBuf, CreateError> {
    *left = left.checked_sub(1).ok_or_else(|| CreateError::Io {
        path: link.into(),
        doing: "follow",
        source: io::Error::other("too many symbolic links"),
    })?;
    let parent = directory(link);
    let look = |source| CreateError::io(parent, "look at", source);
    let around = fs::metadata(parent).map_err(look)?;
    let is_shared = sys::mode(&around).is_some_and(|mode| mode & SHARED_DIRECTORY != 0);
    let owner = sys::owner(metadata);
    let is_trusted = [sys::effective_user(), sys::owner(&around), Some(ROOT)].contains(&owner);
    if is_shared && owner.is_some() && !is_trusted {
        return Err(CreateError::Permission { path: link.into() });
    }
    let text = fs::read_link(link).map_err(|e| CreateError::io(link, "read", e))?;
    Ok(parent.join(text))
}

/// Returns whether the kernel goes from `link` to something else than what is at `next`.
fn leads_elsewhere(link: &Path, next: &Path) -> bool {
    let identity = |path| fs::metadata(path).map(|metadata| sys::identity(&metadata));
    match (identity(link), identity(next)) {
        (Ok(link), Ok(next)) => link != next,
        (Ok(_), Err(_)) => true,
        // There is nothing, or the way is barred, for both.
        (Err(_), _) => false,
    }
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
