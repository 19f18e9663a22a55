//! Where files are that live as long as the machine runs, and which file options name.
//!
//! Three variables can name the directory; who sets them decides. Without them it is one of this
//! user's own in `/dev/shm`, where everybody may make directories. So somebody else could have made
//! it first, or a link of that name, and would decide what is in there: give readers his values, or
//! have a writer store what he reads. Therefore it must be a directory of this user's that nobody
//! else may enter. `/dev/shm` has the sticky bit: what was found there can be renamed or removed by
//! its owner and root only, so it stays what it was when it was looked at. Without that bit it is
//! refused.
//!
//! `XDG_RUNTIME_DIR` can be another user's after `su`, or `sudo` that keeps variables. What systemd
//! names was made for this unit, and may be a link.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::path::{DIRECTORY, resolve};
use crate::error::RuntimeDirError;
use crate::sys;

/// Where a user's own directory is when no variable names one.
const SHARED: &str = "/dev/shm";
/// The bits by which others than the owner may do anything with a directory.
const OTHERS: u32 = 0o077;
/// Those by which they may make and remove what is in there.
const OTHERS_WRITE: u32 = 0o022;
/// What keeps them from removing what is not theirs.
const STICKY: u32 = 0o1000;
const ROOT: u32 = 0;

/// Which directory `options().runtime_dir()` puts a file into, on either end; whether or not it is
/// there yet.
///
/// It is the first that is there of:
///
/// 1. `$COMMY_DIR`, as it is: whoever sets it has said what they want.
/// 2. The first directory in `$RUNTIME_DIRECTORY`, which systemd sets for a unit with
///    `RuntimeDirectory=`.
/// 3. `$XDG_RUNTIME_DIR`, if it is this user's, and nobody else may write there.
/// 4. `/dev/shm/commy-<user>`, with the number of the user. A writer makes it with mode 0700, and
///    nobody accepts one that is a link, belongs to another user, or is open to others.
///
/// A variable that is empty counts as not set, and so does 2 or 3 if its path is not absolute.
///
/// # Errors
///
/// - [`RuntimeDirError::Missing`]: none of these is there.
/// - [`RuntimeDirError::NotDirectory`], [`RuntimeDirError::NotOwner`], [`RuntimeDirError::Mode`]: the
///   directory is not what 3 or 4 says.
/// - [`RuntimeDirError::Io`]: the system does not tell of it.
///
/// # Examples
///
/// ```
/// match commy::runtime_dir() {
///     Ok(directory) => println!("{}", directory.display()), // "/run/user/1000"
///     Err(error) => println!("{error}"),                     // says what to do
/// }
/// ```
pub fn runtime_dir() -> Result<PathBuf, RuntimeDirError> {
    directory(&|name| env::var_os(name), Path::new(SHARED)).map(|(path, _)| path)
}

/// Who has chosen a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// A variable named it.
    Variables,
    /// It is the user's own, to be made by a writer.
    User,
}

fn directory(
    variable: &dyn Fn(&str) -> Option<OsString>,
    shared: &Path,
) -> Result<(PathBuf, Whose), RuntimeDirError> {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    if let Some(path) = set(DIRECTORY) {
        return Ok((path.into(), Whose::Variables));
    }
    let absolute = |path: PathBuf| path.is_absolute().then_some(path);
    if let Some(path) = set("RUNTIME_DIRECTORY").and_then(|list| absolute(first(&list))) {
        return Ok((path, Whose::Variables));
    }
    if let Some(path) = set("XDG_RUNTIME_DIR").and_then(|path| absolute(path.into())) {
        let metadata = fs::metadata(&path).map_err(|source| io_error(&path, source))?;
        check(&path, &metadata, OTHERS_WRITE, "no right to write for others, as 0700")?;
        return Ok((path, Whose::Variables));
    }
    let user = sys::effective_user().ok_or(RuntimeDirError::Missing)?;
    let around = fs::metadata(shared).map_err(|_| RuntimeDirError::Missing)?;
    check_shared(shared, &around, user)?;
    let path = shared.join(format!("commy-{user}"));
    match fs::symlink_metadata(&path) {
        Ok(metadata) => check(&path, &metadata, OTHERS, "0700")?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(source) => return Err(io_error(&path, source)),
    }
    Ok((path, Whose::User))
}

/// The first path of a list as systemd writes it.
fn first(list: &OsStr) -> PathBuf {
    env::split_paths(list).next().unwrap_or_default()
}

fn io_error(path: &Path, source: io::Error) -> RuntimeDirError {
    RuntimeDirError::Io { path: path.into(), doing: "look at", source }
}

/// Refuses what is no directory of this user's, or one with a bit of `refused`.
fn check(
    path: &Path,
    metadata: &Metadata,
    refused: u32,
    expected: &'static str,
) -> Result<(), RuntimeDirError> {
    let path = || path.to_path_buf();
    if !metadata.is_dir() {
        let is_link = metadata.is_symlink();
        let found = if is_link { "a symbolic link" } else { "something else" };
        return Err(RuntimeDirError::NotDirectory { path: path(), found });
    }
    if let (Some(found), Some(expected)) = (sys::owner(metadata), sys::effective_user())
        && found != expected
    {
        return Err(RuntimeDirError::NotOwner { path: path(), found, expected });
    }
    match sys::mode(metadata) {
        Some(found) if found & refused != 0 => {
            Err(RuntimeDirError::Mode { path: path(), found, expected })
        }
        _ => Ok(()),
    }
}

/// Refuses a directory in which others could exchange what is this user's.
fn check_shared(shared: &Path, around: &Metadata, user: u32) -> Result<(), RuntimeDirError> {
    let path = || shared.to_path_buf();
    if !around.is_dir() {
        return Err(RuntimeDirError::Missing);
    }
    if let Some(found) = sys::owner(around).filter(|owner| ![ROOT, user].contains(owner)) {
        return Err(RuntimeDirError::NotOwner { path: path(), found, expected: ROOT });
    }
    match sys::mode(around) {
        Some(found) if found & OTHERS_WRITE != 0 && found & STICKY == 0 => {
            Err(RuntimeDirError::Mode { path: path(), found, expected: "1777" })
        }
        _ => Ok(()),
    }
}

/// Which file options name: by a filename or a path, and whether a relative one is in the runtime
/// directory.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    given: PathBuf,
    is_filename: bool,
    in_runtime_dir: bool,
}

impl Named {
    /// The file of this name.
    pub(crate) fn filename(filename: &str) -> Self {
        Self { given: filename.into(), is_filename: true, in_runtime_dir: false }
    }

    /// The same options for the file at `path`.
    pub(crate) fn at(self, path: PathBuf) -> Self {
        Self { given: path, is_filename: false, ..self }
    }

    /// The same in the runtime directory.
    pub(crate) fn in_runtime_dir(self) -> Self {
        Self { in_runtime_dir: true, ..self }
    }

    /// As it was given: a filename or a path.
    pub(crate) fn given(&self) -> &Path {
        &self.given
    }

    /// The path for a reader, which makes no directory.
    ///
    /// # Errors
    ///
    /// As [`runtime_dir`].
    pub(crate) fn to_read(&self) -> Result<PathBuf, RuntimeDirError> {
        self.resolved().map(|(path, _)| path)
    }

    /// The path for a writer, which makes this user's directory if there is none.
    ///
    /// # Errors
    ///
    /// As [`runtime_dir`], and what the system refuses.
    pub(crate) fn to_write(&self) -> Result<PathBuf, RuntimeDirError> {
        let (path, own) = self.resolved()?;
        let Some(own) = own else { return Ok(path) };
        match sys::make_private_directory(&own) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => {
                return Err(RuntimeDirError::Io { path: own, doing: "create", source });
            }
        }
        // Whoever was first: what is there now stays.
        let metadata = fs::symlink_metadata(&own).map_err(|source| io_error(&own, source))?;
        check(&own, &metadata, OTHERS, "0700")?;
        Ok(path)
    }

    /// The path; and this user's own directory, if the file is in there.
    fn resolved(&self) -> Result<(PathBuf, Option<PathBuf>), RuntimeDirError> {
        if !self.in_runtime_dir || self.given.is_absolute() {
            return Ok((self.elsewhere(), None));
        }
        let (directory, whose) = directory(&|name| env::var_os(name), Path::new(SHARED))?;
        let path = directory.join(&self.given);
        Ok((path, (whose == Whose::User).then_some(directory)))
    }

    /// The path where it is not in the runtime directory.
    fn elsewhere(&self) -> PathBuf {
        match self.given.to_str() {
            Some(filename) if self.is_filename => resolve(filename),
            _ => self.given.clone(),
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

    use super::*;

    /// Which directory there is, with these variables and this one for all users.
    fn found(variables: &[(&str, &str)], shared: &Path) -> Result<PathBuf, RuntimeDirError> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| OsString::from(value))
        };
        directory(&variable, shared).map(|(path, _)| path)
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    /// A directory for all users, and the name of this user's in there.
    fn shared() -> (tempfile::TempDir, PathBuf) {
        let shared = tempfile::tempdir().unwrap();
        set_mode(shared.path(), 0o1777);
        let own = shared.path().join(format!("commy-{}", sys::effective_user().unwrap()));
        (shared, own)
    }

    #[test]
    fn the_first_variable_that_is_set_wins() {
        let (shared, own) = shared();
        let xdg = tempfile::tempdir().unwrap();
        let xdg_text = xdg.path().to_str().unwrap();
        let all = [
            ("COMMY_DIR", "wish"),
            ("RUNTIME_DIRECTORY", "/run/a:/run/b"),
            ("XDG_RUNTIME_DIR", xdg_text),
        ];
        let of = |variables: &[(&str, &str)]| found(variables, shared.path()).unwrap();
        assert_eq!(of(&all), Path::new("wish"));
        assert_eq!(of(&all[1..]), Path::new("/run/a"));
        assert_eq!(of(&all[2..]), xdg.path());
        assert_eq!(of(&[]), own);
        let empty = [("COMMY_DIR", ""), ("RUNTIME_DIRECTORY", ""), ("XDG_RUNTIME_DIR", "")];
        assert_eq!(of(&empty), own);
        let relative = [("RUNTIME_DIRECTORY", "run/a"), ("XDG_RUNTIME_DIR", "run")];
        assert_eq!(of(&relative), own);
    }

    #[test]
    fn what_others_can_write_is_no_directory_of_this_user() {
        let xdg = tempfile::tempdir().unwrap();
        let variables = [("XDG_RUNTIME_DIR", xdg.path().to_str().unwrap())];
        for (mode, fits) in [(0o700, true), (0o755, true), (0o770, false), (0o1777, false)] {
            set_mode(xdg.path(), mode);
            match found(&variables, Path::new("/nowhere")) {
                Ok(path) => assert!(fits && path == xdg.path()),
                Err(RuntimeDirError::Mode { found, .. }) => assert!(!fits && found == mode),
                Err(error) => panic!("{error}"),
            }
        }
    }

    #[test]
    fn a_directory_that_somebody_else_may_have_made_is_refused() {
        let (shared, own) = shared();
        let refused = || found(&[], shared.path()).unwrap_err();
        symlink("/tmp", &own).unwrap();
        let link = refused();
        assert!(matches!(link, RuntimeDirError::NotDirectory { found: "a symbolic link", .. }));
        assert!(link.to_string().contains("expected a directory: remove it"), "{link}");
        fs::remove_file(&own).unwrap();
        fs::write(&own, "").unwrap();
        assert!(matches!(refused(), RuntimeDirError::NotDirectory { .. }));
        fs::remove_file(&own).unwrap();
        fs::create_dir(&own).unwrap();
        for mode in [0o701, 0o710, 0o755, 0o1777] {
            set_mode(&own, mode);
            assert!(matches!(refused(), RuntimeDirError::Mode { found, .. } if found == mode));
        }
        set_mode(&own, 0o700);
        assert_eq!(found(&[], shared.path()).unwrap(), own);
        if chown(&own, Some(12345), None).is_ok() {
            let other = refused();
            assert!(matches!(other, RuntimeDirError::NotOwner { found: 12345, .. }), "{other}");
        } else {
            eprintln!("skipped: only root can give a directory away");
        }
    }

    #[test]
    fn a_place_where_others_can_exchange_directories_is_refused() {
        let (shared, own) = shared();
        assert_eq!(found(&[], shared.path()).unwrap(), own);
        set_mode(shared.path(), 0o777);
        let refused = found(&[], shared.path()).unwrap_err();
        assert!(matches!(refused, RuntimeDirError::Mode { found: 0o777, .. }));
        let none = found(&[], Path::new("/nowhere")).unwrap_err();
        assert!(matches!(none, RuntimeDirError::Missing));
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(found(&[], file.path()), Err(RuntimeDirError::Missing)));
    }
}
