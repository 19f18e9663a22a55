//! Values of all sizes arrive as they were published, with every width of registers that this machine
//! has: `COMMY_VECTORS` lets a process use less.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use std::env;
use std::ffi::OsString;
use std::path::Path;

use commy::__private::{Vectors, vectors_in_use};
use commy::{FixedRecord, Reader, Writer, create_reader, create_writer};
use support::{PATH, place, start_with};

const ROLE: &str = "publishes_and_reads_all_sizes";
const LIMIT: &str = "COMMY_VECTORS";

/// Bytes of one length, of which a record consists.
trait Bytes: FixedRecord {
    fn bytes(&mut self) -> &mut [u8];
}

macro_rules! records {
    ($($name:ident $len:literal)*) => {
        $(
            #[create_writer(filename = "bytes.bin")]
            #[create_reader(filename = "bytes.bin")]
            struct $name {
                bytes: [u8; $len],
            }

            impl Bytes for $name {
                fn bytes(&mut self) -> &mut [u8] {
                    &mut self.bytes
                }
            }
        )*

        fn all_sizes(directory: &Path) {
            $(publishes::<$name>(&directory.join(stringify!($name)));)*
        }
    };
}

records!(
    Of1 1 Of7 7 Of8 8 Of9 9 Of24 24 Of31 31 Of32 32 Of40 40 Of63 63 Of64 64 Of65 65 Of96 96 Of127 127
    Of128 128 Of160 160 Of200 200 Of255 255 Of256 256 Of257 257 Of264 264 Of320 320 Of500 500
    Of1000 1000 Of1024 1024 Of1056 1056 Of2047 2047 Of4104 4104 Of8192 8192 Of65560 65_560
);

/// Whole values, values that differ in places, and a setter's; each is read in each way.
fn publishes<T: Bytes>(path: &Path) {
    let mut writer = Writer::<T>::create_at(path).unwrap();
    writer.update(|_| ());
    let reader = Reader::<T>::open_at(path).unwrap();
    let (mut value, mut read) =
        (reader.snapshot_boxed().unwrap(), reader.snapshot_boxed().unwrap());
    let mut arrives = |value: &mut T, how: &str| {
        reader.snapshot_into(&mut read).unwrap();
        assert!(read.bytes() == value.bytes(), "{} bytes, {how}", value.bytes().len());
        let boxed = reader.snapshot_boxed();
        assert!(boxed.unwrap().bytes() == value.bytes(), "{} bytes, {how}", value.bytes().len());
    };
    for round in 0..12_usize {
        for (at, byte) in value.bytes().iter_mut().enumerate() {
            *byte = ((at + round) * 31 % 251) as u8;
        }
        writer.publish(&value);
        arrives(&mut value, "publish");
        let len = value.bytes().len();
        for at in [0, len / 3, len - 1] {
            value.bytes()[at] = value.bytes()[at].wrapping_add(1);
        }
        writer.publish_changed(&value);
        arrives(&mut value, "publish_changed");
        value.bytes()[len / 2] ^= 1;
        writer.update(|record| record.bytes()[len / 2] ^= 1);
        arrives(&mut value, "update");
    }
}

#[test]
#[ignore = "a role of the test below"]
fn publishes_and_reads_all_sizes() {
    let Some(directory) = env::var_os(PATH) else { return };
    all_sizes(Path::new(&directory));
}

#[test]
fn values_of_all_sizes_arrive_at_every_level() {
    for level in Vectors::ALL {
        let (directory, _) = place("unused");
        let environment = [(LIMIT, OsString::from(level.name()))];
        let mut role = start_with(ROLE, directory.path(), &environment);
        assert!(role.wait().unwrap().success(), "with {level}");
    }
}

#[test]
#[ignore = "a role of the test below"]
fn uses_what_it_is_allowed() {
    let Some(directory) = env::var_os(PATH) else { return };
    let limit = env::var(LIMIT).unwrap();
    drop(Writer::<Of64>::create_at(Path::new(&directory).join("one")).unwrap());
    let known = Vectors::ALL.into_iter().find(|level| level.name() == limit);
    let found = vectors_in_use();
    match known {
        Some(limit) => assert!(found <= limit, "{found} is more than {limit}"),
        None => assert_eq!(found.name(), env::var("COMMY_TEST_WIDEST").unwrap()),
    }
}

#[test]
fn a_limit_is_kept_and_an_unknown_one_has_no_effect() {
    let widest = OsString::from(vectors_in_use().name());
    for limit in ["none", "avx", "avx512", "neon", "", "AVX"] {
        let (directory, _) = place("unused");
        // What this process itself is limited to is not what the processor has.
        if env::var_os(LIMIT).is_some() && Vectors::ALL.iter().all(|level| level.name() != limit) {
            continue;
        }
        let environment = [(LIMIT, OsString::from(limit)), ("COMMY_TEST_WIDEST", widest.clone())];
        let mut role = start_with("uses_what_it_is_allowed", directory.path(), &environment);
        assert!(role.wait().unwrap().success(), "limit {limit:?}");
    }
}
