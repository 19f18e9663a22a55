//! Which processes have a file mapped, as far as `/proc` tells.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use crate::sys::Identity;

/// No more processes are looked at, and no more bytes of what one has mapped.
const MAX_PROCESSES: usize = 100_000;
const MAX_BYTES: u64 = 16 << 20;

/// The processes that have a file mapped.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Mapping {
    /// Their numbers, from the lowest; this process, too.
    pub(super) pids: Vec<u32>,
    /// How many could not be looked at.
    pub(super) hidden: u32,
}

/// Looks which processes have the file mapped that is at `target`, and that this process has mapped;
/// `None` where the system does not tell.
pub(super) fn mapping(target: &Path, identity: Identity) -> Option<Mapping> {
    let own = File::open("/proc/self/maps").ok()?;
    // What `stat` says of a device is not what is said there on every file system. So this process's own
    // mapping is looked for by its path, and those of others by what is said of that.
    let named = |line: &MapsLine<'_>| line.inode == identity.inode && line.is_at(target);
    let device = find(own, named).map_or_else(|| device(identity), |line| line.device);
    let is_file =
        |line: &MapsLine<'_>| line.inode == identity.inode && *line.device == *device.as_bytes();
    let mut mapping = Mapping::default();
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    for pid in pids.take(MAX_PROCESSES) {
        match File::open(format!("/proc/{pid}/maps")) {
            Ok(maps) => mapping.pids.extend(find(maps, is_file).map(|_| pid)),
            // One that has ended since is none.
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                mapping.hidden += 1;
            }
            Err(_) => {}
        }
    }
    mapping.pids.sort_unstable();
    Some(mapping)
}

/// A line of `maps`: `7f12a000-7f12b000 r--s 00002000 fe:00 5423163    /run/x.bin`.
struct MapsLine<'l> {
    device: &'l [u8],
    inode: u64,
    path: &'l [u8],
}

impl<'l> MapsLine<'l> {
    fn of(line: &'l [u8]) -> Option<Self> {
        let mut words = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        let device = words.nth(3)?;
        let inode = core::str::from_utf8(words.next()?).ok()?.parse().ok()?;
        let path = line.iter().position(|byte| *byte == b'/');
        let path = path.and_then(|start| line.get(start..)).unwrap_or_default();
        Some(Self { device, inode, path })
    }

    fn is_at(&self, path: &Path) -> bool {
        self.path == path.as_os_str().as_encoded_bytes()
    }
}

/// What was found in a line.
struct Found {
    device: String,
}

/// The first line of `maps` that is wanted.
fn find(maps: File, is_wanted: impl Fn(&MapsLine<'_>) -> bool) -> Option<Found> {
    lines(maps).find_map(|line| {
        let line = MapsLine::of(&line).filter(&is_wanted)?;
        Some(Found { device: String::from_utf8_lossy(line.device).into_owned() })
    })
}

fn lines(file: File) -> impl Iterator<Item = Vec<u8>> {
    BufReader::new(file.take(MAX_BYTES)).split(b'\n').map_while(Result::ok)
}

/// A device as the kernel writes it there: two numbers in hexadecimal digits.
fn device(Identity { device, .. }: Identity) -> String {
    let major = (device >> 8 & 0xfff) | (device >> 32 & !0xfff);
    let minor = (device & 0xff) | (device >> 12 & !0xff);
    format!("{major:02x}:{minor:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_apart() {
        let line = b"7f12a000-7f12b000 r--s 00002000 00:1a 5423163                    /run/a b.bin";
        let found = MapsLine::of(line).unwrap();
        assert_eq!((found.device, found.inode), (&b"00:1a"[..], 5_423_163));
        assert!(found.is_at(Path::new("/run/a b.bin")) && !found.is_at(Path::new("/run/a")));
        for line in [&b""[..], b"x", b"1-2 rw-p 0", b"1-2 rw-p 0 00:00 x"] {
            assert!(MapsLine::of(line).is_none());
        }
        assert!(MapsLine::of(b"1-2 rw-p 0 00:00 0").unwrap().path.is_empty());

        assert_eq!(device(Identity { device: 0xfe00, inode: 1 }), "fe:00");
        assert_eq!(device(Identity { device: 0x1a, inode: 1 }), "00:1a");
    }
}
