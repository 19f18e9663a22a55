//! Whether a data file may have the checkpoints at some place: see [`Owner`].
//!
//! A claim is good in three cases. The data file stands beside the checkpoints; it has the path
//! that they name (it was lost); or it has the creation time (it was moved, or is seen by another
//! path). What a good claim knows better is written into a copy of the checkpoint file, areas and
//! all, which takes its place. Where nothing is named, whoever opens the file is the owner.
//! `format/schema/owner.rs` has the text.

use std::fs;
use std::path::{Path, PathBuf};

use super::path::{checkpoints_beside, directory};
use crate::error::CreateError;
use crate::format::Shown;
use crate::format::schema::Owner;

/// A data file that asks for the checkpoints at some place.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    created_ns: u64,
    /// Its path from the root, links resolved.
    path: String,
    /// Whether the checkpoints are where they are unless asked otherwise.
    is_beside: bool,
}

impl Claim {
    /// That of the data file at `target` to the checkpoint file at `checkpoints`.
    pub(crate) fn new(target: &Path, created_ns: u64, checkpoints: &Path) -> Self {
        let path = Self::resolved(target);
        let is_beside = Self::resolved(checkpoints) == Self::resolved(&checkpoints_beside(target));
        Self { created_ns, path: shown(&path), is_beside }
    }

    fn resolved(target: &Path) -> PathBuf {
        let resolved = fs::canonicalize(directory(target));
        match (resolved, target.file_name()) {
            (Ok(directory), Some(name)) => directory.join(name),
            _ => target.into(),
        }
    }

    /// When the data file was created; 0 if it does not say.
    pub(crate) const fn created_ns(&self) -> u64 {
        self.created_ns
    }

    /// What a checkpoint file of this data file remembers.
    pub(crate) fn owner(&self) -> Owner {
        let path = (!self.is_beside).then(|| self.path.clone());
        Owner { created_ns: self.created_ns, path }
    }

    /// Returns whether checkpoints with these notes are those of this data file.
    pub(crate) fn is_good(&self, notes: &[u8]) -> bool {
        let Some(Owner { created_ns, path }) = Owner::read(notes) else { return true };
        match path {
            None if self.is_beside => true,
            Some(path) if path == self.path => true,
            _ => created_ns != 0 && created_ns == self.created_ns,
        }
    }

    /// Returns whether the notes say all that there is to remember.
    pub(crate) fn is_remembered(&self, notes: &[u8]) -> bool {
        let found = Owner::read(notes);
        let is_beside = |owner: &Owner| self.is_beside && owner.path.is_none();
        found.is_some_and(|found| is_beside(&found) || found == self.owner())
    }

    /// Refuses checkpoints of another data file, which are at `path`.
    ///
    /// # Errors
    ///
    /// `CheckpointOwner`.
    pub(crate) fn expect(&self, notes: &[u8], path: &Path) -> Result<(), CreateError> {
        if self.is_good(notes) {
            return Ok(());
        }
        let beside = || {
            let name = path.to_string_lossy();
            Shown(name.strip_suffix(".ckpt").unwrap_or(&name)).to_string()
        };
        let found = Owner::read(notes).and_then(|owner| owner.path);
        let found = found.map_or_else(beside, |path| Shown(&path).to_string());
        let expected = Shown(&self.path).to_string();
        Err(CreateError::CheckpointOwner { path: path.into(), found, expected })
    }
}

/// A path as text that is another one for each path: one that is no Unicode is escaped.
fn shown(path: &Path) -> String {
    match path.to_str() {
        Some(path) => path.into(),
        None => path.as_os_str().as_encoded_bytes().escape_ascii().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECKPOINTS: &str = "/disk/a.bin.ckpt";

    fn claim(path: &str, created_ns: u64) -> Claim {
        Claim::new(Path::new(path), created_ns, Path::new(CHECKPOINTS))
    }

    fn notes(claim: &Claim) -> Vec<u8> {
        format!("{{\"name\":\"x\",{}}}\n", claim.owner().note()).into_bytes()
    }

    #[test]
    fn path_or_creation_time_make_a_claim_good() {
        let owner = notes(&claim("/memory/a.bin", 7));
        assert!(claim("/memory/a.bin", 8).is_good(&owner), "lost and made again");
        assert!(claim("/memory/b.bin", 7).is_good(&owner), "moved");
        assert!(!claim("/memory/b.bin", 8).is_good(&owner));
        assert!(!claim("/disk/a.bin", 8).is_good(&owner), "beside, but another one's");
        let unknown = notes(&claim("/memory/a.bin", 0));
        assert!(!claim("/memory/b.bin", 0).is_good(&unknown));
        assert!(claim("/memory/a.bin", 7).is_remembered(&owner));
        assert!(!claim("/memory/a.bin", 8).is_remembered(&owner));
        assert!(!claim("/memory/b.bin", 7).is_remembered(&owner));
    }

    #[test]
    fn what_stands_beside_a_file_is_its_own_whatever_its_name() {
        let moved = notes(&Claim::new(Path::new("/x/c"), 7, Path::new("/x/c.ckpt")));
        assert!(claim("/disk/a.bin", 8).is_good(&moved));
        assert!(claim("/disk/a.bin", 8).is_remembered(&moved));
        assert!(!claim("/memory/b.bin", 8).is_good(&moved));
        let refused = claim("/memory/b.bin", 8).expect(&moved, Path::new(CHECKPOINTS));
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("`/disk/a.bin`") && refused.contains("`/memory/b.bin`"));
    }

    #[test]
    fn notes_that_say_nothing_of_it_are_of_nobody_and_hostile_ones_do_no_harm() {
        let deep = [b"{\"data\":".repeat(5000), b"\n".to_vec()].concat();
        let all: [&[u8]; 8] = [
            b"",
            b"{}",
            b"\xff",
            b"[]",
            b"{\"data\":7}",
            b"{\"data\":{\"created\":-1}}",
            b"{\"data\":{\"path\":\"/a\"}}",
            &deep,
        ];
        for notes in all {
            assert!(claim("/memory/a.bin", 7).is_good(notes));
            assert!(!claim("/memory/a.bin", 7).is_remembered(notes));
        }
        let path = format!("/\\u001b[31m{}", "x".repeat(100_000));
        let long = format!("{{\"data\":{{\"created\":1,\"path\":\"{path}\"}}}}");
        let refused = claim("/memory/a.bin", 7).expect(long.as_bytes(), Path::new("/c"));
        let refused = refused.unwrap_err().to_string();
        assert!(refused.len() < 400 && !refused.contains('\x1b'), "{refused}");
    }

    #[cfg(unix)]
    #[test]
    fn paths_that_are_no_unicode_differ_as_text() {
        use std::os::unix::ffi::OsStrExt as _;

        let of = |bytes: &'static [u8]| shown(Path::new(std::ffi::OsStr::from_bytes(bytes)));
        assert_ne!(of(b"/a\xfe"), of(b"/a\xff"));
        assert_eq!(of(b"/plain"), "/plain");
    }
}
