//! A reader and a writer of records that have no Rust type here: of bytes, and of what a file says
//! that they are.

use core::time::Duration;
use std::path::Path;

use commy_types::{Image, InvalidReason, Touched};

use super::{
    Load as _, ReaderCore, Refused as NoValue, Source, WaitOutcome, WriterCore, wait_newer,
};
use crate::error::{CreateError, OpenError, ReadError};
use crate::file::{FileOptions, OpenedWriter, ReadOptions};
use crate::format::schema::{Reason, Refused, Schema};
use crate::format::{FormatError, RecordSpec};
use crate::mem::{Extent, load_words};

/// A reader of any record.
#[derive(Debug)]
pub(crate) struct BytesReader {
    core: ReaderCore,
    spec: RecordSpec,
    schema: Result<Schema, FormatError>,
}

impl BytesReader {
    /// Opens the file at `path`, whatever record it holds.
    ///
    /// # Errors
    ///
    /// As [`ReaderCore::open_any`].
    pub(crate) fn open(path: &Path, options: ReadOptions) -> Result<Self, OpenError> {
        let (core, spec) = ReaderCore::open_any(path, options)?;
        let schema = Schema::parse(&spec.text);
        Ok(Self { core, spec, schema })
    }

    /// What the file says that it holds; bytes can be had even if that is not readable.
    pub(crate) const fn schema(&self) -> &Result<Schema, FormatError> {
        &self.schema
    }

    /// The same for a writer of the same record.
    pub(crate) const fn spec(&self) -> &RecordSpec {
        &self.spec
    }

    /// The latest generation.
    pub(crate) fn generation(&self) -> u64 {
        self.core.generation()
    }

    /// Copies the bytes of the latest generation, which is returned. They are of one generation, and
    /// checked by nobody.
    ///
    /// # Errors
    ///
    /// As a snapshot, but for `Invalid`.
    pub(crate) fn snapshot_into(&self, bytes: &mut Vec<u8>) -> Result<u64, ReadError> {
        let mut words = vec![0; self.spec.size.div_ceil(8)];
        let generation = self.core.load(|payload| load_words(payload, &mut words))?;
        bytes.clear();
        let copied = bytemuck::cast_slice(&words);
        bytes.extend_from_slice(copied.get(..self.spec.size).unwrap_or(copied));
        Ok(generation)
    }

    /// Waits until there is a later generation than `generation`, at most for `timeout`.
    pub(crate) fn wait_newer(&self, generation: u64, timeout: Duration) -> WaitOutcome {
        wait_newer(&self.core, generation, timeout)
    }
}

/// The writer of a record that this program has no type for.
#[derive(Debug)]
pub(crate) struct BytesWriter {
    core: WriterCore,
    draft: BytesDraft,
}

/// The image of the last value.
#[derive(Debug)]
struct BytesDraft {
    schema: Schema,
    size: usize,
    image: Vec<u64>,
    touched: Touched,
}

impl BytesWriter {
    /// Opens the file at `path` for writing, which holds the record that `spec` and `schema` describe,
    /// or creates it.
    ///
    /// # Errors
    ///
    /// As [`WriterCore::open`].
    pub(crate) fn open(
        path: &Path,
        spec: &RecordSpec,
        schema: Schema,
        options: &FileOptions,
    ) -> Result<Self, CreateError> {
        let image = vec![0; spec.size.div_ceil(8)];
        let (size, touched) = (spec.size, Touched::new());
        let mut draft = BytesDraft { schema, size, image, touched };
        let core = WriterCore::open(path, spec, options, &mut draft)?;
        Ok(Self { core, draft })
    }

    /// Publishes `bytes`, if they are a value of the record; returns the generation. Padding and what
    /// is behind a length become zero.
    ///
    /// # Errors
    ///
    /// The first part that is no value of its type; nothing is published then.
    pub(crate) fn publish(&mut self, bytes: &[u8]) -> Result<u64, Refused> {
        self.core.refuse_fork();
        self.draft.take(bytes)?;
        self.core.commit(&self.draft.image, Extent::Ranges(&self.draft.touched));
        self.draft.touched.clear();
        Ok(self.core.generation())
    }

    /// The file, and what was published to it.
    pub(crate) const fn core(&self) -> &WriterCore {
        &self.core
    }

    /// The bytes of the last value, with what was staged since.
    pub(crate) fn staged(&self) -> &[u8] {
        let bytes: &[u8] = bytemuck::cast_slice(&self.draft.image);
        bytes.get(..self.draft.size).unwrap_or(bytes)
    }

    /// Puts bytes into the next value: those of a whole part, whose padding is zero.
    pub(crate) fn stage(&mut self, at: usize, bytes: &[u8]) {
        let image = bytemuck::cast_slice_mut(&mut self.draft.image);
        Image::new(image, &mut self.draft.touched).put(at, bytes);
    }

    /// Publishes what was staged, if all is a value of the record, as far as its schema tells; returns the
    /// generation.
    ///
    /// # Errors
    ///
    /// The first part that is no value of its type; nothing is published then, and all stays staged.
    pub(crate) fn commit(&mut self) -> Result<u64, Refused> {
        self.core.refuse_fork();
        match self.draft.schema.check(self.staged(), &mut |_| {}) {
            Err(refused @ Refused { reason: Reason::Invalid(_), .. }) => return Err(refused),
            // Parts of a kind that nobody here can judge are as they were found.
            Err(Refused { reason: Reason::Kind(_), .. }) | Ok(()) => {}
        }
        self.core.commit(&self.draft.image, Extent::Ranges(&self.draft.touched));
        self.draft.touched.clear();
        Ok(self.core.generation())
    }
}

impl BytesDraft {
    /// Makes `bytes` the image, if they are a value.
    fn take(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        let mut ranges = Vec::new();
        let bytes = bytes.get(..self.size).filter(|_| bytes.len() == self.size);
        let missing = Reason::Invalid(InvalidReason::Missing { size: self.size });
        let bytes = bytes.ok_or(Refused { path: String::new(), reason: missing })?;
        self.schema.check(bytes, &mut |range| ranges.push(range))?;
        let mut value = vec![0; bytes.len()];
        for range in ranges {
            if let (Some(to), Some(from)) = (value.get_mut(range.clone()), bytes.get(range)) {
                to.copy_from_slice(from);
            }
        }
        let image = bytemuck::cast_slice_mut(&mut self.image);
        Image::new(image, &mut self.touched).put(0, &value);
        Ok(())
    }
}

impl Source for BytesDraft {
    fn restore(&mut self, _: &OpenedWriter, _: u64, words: &[u64]) -> Result<(), NoValue> {
        let stored: &[u8] = bytemuck::cast_slice(words);
        let taken = self.take(stored.get(..self.size).unwrap_or(stored));
        self.touched.clear();
        match taken {
            Ok(()) => Ok(()),
            Err(Refused { path, reason: Reason::Invalid(reason) }) => {
                Err(NoValue::Invalid(path, reason))
            }
            // Nobody here can judge it, or replace it: what there is goes on.
            Err(Refused { reason: Reason::Kind(_), .. }) => {
                self.image.iter_mut().zip(words).for_each(|(to, from)| *to = *from);
                Ok(())
            }
        }
    }

    fn image(&self) -> &[u64] {
        &self.image
    }
}

#[cfg(test)]
mod tests {
    use commy_types::{FixedString, FixedVec, Mappable};

    use super::*;
    use crate::file::Recovered;

    type Names = FixedVec<FixedString<4>, 3>;

    fn spec() -> RecordSpec {
        let size = (size_of::<Names>(), align_of::<Names>());
        RecordSpec::of_schema(Names::SCHEMA, Names::FINGERPRINT, size)
    }

    fn bytes_of(names: &[&str]) -> Vec<u8> {
        let names: Names = names.iter().map(|name| name.parse().unwrap()).collect();
        let mut bytes = vec![0; size_of::<Names>()];
        names.encode(0, &mut Image::untracked(&mut bytes));
        bytes
    }

    fn writer(path: &Path) -> BytesWriter {
        let schema = Schema::parse(&spec().text).unwrap();
        BytesWriter::open(path, &spec(), schema, &FileOptions::default()).unwrap()
    }

    #[test]
    fn what_is_published_without_a_type_is_read_without_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("names.bin");
        let mut first = writer(&path);
        let reader = BytesReader::open(&path, ReadOptions::default()).unwrap();
        let mut bytes = Vec::new();
        assert_eq!(reader.snapshot_into(&mut bytes), Err(ReadError::Empty));
        assert_eq!(first.publish(&bytes_of(&["a", "bc"])), Ok(1));
        assert_eq!(reader.wait_newer(0, Duration::MAX), WaitOutcome::Newer(1));
        assert_eq!(reader.snapshot_into(&mut bytes), Ok(1));
        assert_eq!((bytes.as_slice(), reader.generation()), (&*bytes_of(&["a", "bc"]), 1));
        assert_eq!(reader.wait_newer(1, Duration::ZERO), WaitOutcome::TimedOut);
        drop(first);
        assert_eq!(reader.wait_newer(1, Duration::MAX), WaitOutcome::Closed);

        // Who has no type goes on from what the file says.
        let schema = reader.schema().clone().unwrap();
        let next = BytesWriter::open(&path, reader.spec(), schema, &FileOptions::default());
        let mut next = next.unwrap();
        assert_eq!(next.core.recovered(), Recovered::Live);
        assert_eq!(
            bytemuck::cast_slice::<u64, u8>(next.draft.image()).get(..bytes.len()),
            Some(&*bytes)
        );
        assert_eq!(next.publish(&bytes_of(&[])), Ok(2));
        assert_eq!(reader.snapshot_into(&mut bytes), Ok(2));
        assert_eq!(bytes, bytes_of(&[]));
    }

    #[test]
    fn bytes_that_are_no_value_are_refused_and_unused_ones_become_zero() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("names.bin");
        let mut writer = writer(&path);
        let mut bytes = bytes_of(&["a"]);
        bytes[0] = 4;
        let refused = writer.publish(&bytes).unwrap_err();
        let reason = Reason::Invalid(InvalidReason::Length { found: 4, capacity: 3 });
        assert_eq!((refused.path.as_str(), refused.reason), ("", reason));
        bytes[0] = 1;
        bytes[8] = 5;
        assert_eq!(writer.publish(&bytes).unwrap_err().path, "[0]");
        assert!(writer.publish(&bytes[1..]).is_err());
        assert!(writer.publish(&[&bytes[..], &[0]].concat()).is_err());
        // Behind the text of the first name.
        let mut bytes = bytes_of(&["a"]);
        bytes[18] = 7;
        assert_eq!(writer.publish(&bytes), Ok(1));
        let reader = BytesReader::open(&path, ReadOptions::default()).unwrap();
        reader.snapshot_into(&mut bytes).unwrap();
        assert_eq!(bytes, bytes_of(&["a"]));
    }

    #[test]
    fn a_file_of_another_record_is_refused_by_a_writer_and_read_by_a_reader() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("names.bin");
        drop(writer(&path));
        let other = RecordSpec::of_schema(u64::SCHEMA, u64::FINGERPRINT, (8, 8));
        let schema = Schema::parse(&other.text).unwrap();
        let refused = BytesWriter::open(&path, &other, schema, &FileOptions::default());
        assert!(matches!(refused, Err(CreateError::SchemaMismatch { .. })), "{refused:?}");
        assert!(BytesReader::open(&path, ReadOptions::default()).is_ok());
    }
}
