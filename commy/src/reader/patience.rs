//! Snapshots that go on for a while when every copy was overtaken.

use core::time::Duration;
use std::thread;
use std::time::Instant;

use commy_types::ByValue;

use super::Reader;
use crate::error::ReadError;
use crate::record::FixedRecord;

/// The first pause between two rounds of tries, and the longest.
const PAUSES: [Duration; 2] = [Duration::from_micros(50), Duration::from_millis(1)];

/// Snapshots of large records beside a fast writer.
impl<T: FixedRecord> Reader<T> {
    /// Copies the latest value as [`snapshot`](Self::snapshot) does, and tries on for at most `timeout`
    /// when every copy was overtaken.
    ///
    /// A read that succeeds in the first round is a [`snapshot`](Self::snapshot) and no more: it asks for
    /// no time. Between rounds the thread sleeps for 50 us to 1 ms. So it leaves its processor to
    /// whoever has work, and has a whole turn before it for the next copy.
    ///
    /// # Errors
    ///
    /// As [`snapshot`](Self::snapshot); [`ReadError::Contended`] when the time was over, with the tries
    /// of all rounds.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// use commy::{create_reader, create_writer};
    ///
    /// #[create_writer(filename = "depths.bin")]
    /// #[create_reader(filename = "depths.bin")]
    /// struct Depths {
    ///     metres: [f32; 10_000],
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("depths.bin");
    /// let mut writer = DepthsWriter::create_at(&path)?;
    /// writer.update(|depths| depths.metres[7] = 0.5);
    ///
    /// let reader = DepthsReader::open_at(&path)?;
    /// let depths = reader.snapshot_timeout(Duration::from_millis(10))?;
    /// assert_eq!(depths.metres[7], 0.5);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn snapshot_timeout(&self, timeout: Duration) -> Result<T, ReadError> {
        let () = ByValue::<T, Self>::SNAPSHOT;
        match self.snapshot() {
            Err(ReadError::Contended { tries }) => again(tries, timeout, || self.snapshot()),
            read => read,
        }
    }

    /// Copies the latest value into the caller's as [`snapshot_into`](Self::snapshot_into) does, and
    /// tries on for at most `timeout` when every copy was overtaken: see
    /// [`snapshot_timeout`](Self::snapshot_timeout).
    ///
    /// # Errors
    ///
    /// As [`snapshot_timeout`](Self::snapshot_timeout); `value` is then the all-zero value.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// use commy::{create_reader, create_writer};
    ///
    /// #[create_writer(filename = "frame.bin")]
    /// #[create_reader(filename = "frame.bin")]
    /// struct Frame {
    ///     pixels: [u32; 1 << 20],
    /// }
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("frame.bin");
    /// let mut writer = FrameWriter::create_at(&path)?;
    /// writer.update(|frame| frame.pixels[7] = 9);
    ///
    /// let reader = FrameReader::open_at(&path)?;
    /// let mut frame = reader.snapshot_boxed()?;
    /// reader.snapshot_into_timeout(&mut frame, Duration::from_millis(10))?;
    /// assert_eq!(frame.pixels[7], 9);
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn snapshot_into_timeout(&self, value: &mut T, timeout: Duration) -> Result<(), ReadError> {
        match self.snapshot_into(value) {
            Err(ReadError::Contended { tries }) => {
                again(tries, timeout, || self.snapshot_into(value))
            }
            read => read,
        }
    }
}

/// The rounds after the first one, which made `tries`.
#[cold]
#[inline(never)]
fn again<R>(
    mut tries: u32,
    timeout: Duration,
    mut read: impl FnMut() -> Result<R, ReadError>,
) -> Result<R, ReadError> {
    // `None`: so late that it is never.
    let deadline = Instant::now().checked_add(timeout);
    let [mut pause, longest] = PAUSES;
    loop {
        let left =
            deadline.map_or(Duration::MAX, |at| at.saturating_duration_since(Instant::now()));
        if left.is_zero() {
            return Err(ReadError::Contended { tries });
        }
        // A loop that does not sleep takes turns with the writer, and its own turn can be over in the
        // middle of each copy.
        thread::sleep(pause.min(left));
        pause = (pause * 2).min(longest);
        match read() {
            Err(ReadError::Contended { tries: more }) => tries = tries.saturating_add(more),
            read => return read,
        }
    }
}
