//! A place for encoded bytes that counts on when it is full.
//!
//! That is where `needed` comes from, without a second pass.

use core::fmt;
use std::io;

use super::error::EncodeError;

/// Writes into a slice; what does not fit is counted, so that the error can say how much is needed.
///
/// It takes text through [`core::fmt::Write`] and bytes through [`std::io::Write`], neither of which
/// ever fails.
///
/// # Examples
///
/// ```
/// use commy::encoded::{EncodeError, Sink};
///
/// let mut place = [0; 4];
/// let mut sink = Sink::new(&mut place);
/// sink.put(b"abc");
/// sink.put(b"defg");
/// let full: Result<usize, EncodeError<std::fmt::Error>> = sink.finish();
/// assert!(matches!(full, Err(EncodeError::Full { needed: 7, capacity: 4, .. })));
/// ```
#[derive(Debug)]
pub struct Sink<'a> {
    place: &'a mut [u8],
    /// How many bytes were put, whether they fit or not.
    len: usize,
}

impl<'a> Sink<'a> {
    /// A sink that fills `place` from its start.
    #[inline]
    pub const fn new(place: &'a mut [u8]) -> Self {
        Self { place, len: 0 }
    }

    /// Appends `bytes`.
    #[inline]
    pub fn put(&mut self, bytes: &[u8]) {
        // Once something did not fit, `len` is beyond the place and nothing fits any more.
        let end = self.len.saturating_add(bytes.len());
        if let Some(free) = self.place.get_mut(self.len..end) {
            free.copy_from_slice(bytes);
        }
        self.len = end;
    }

    /// Appends one byte.
    #[inline]
    pub const fn put_byte(&mut self, byte: u8) {
        if self.len < self.place.len() {
            #[allow(clippy::indexing_slicing, reason = "checked above; `get_mut` is not const")]
            {
                self.place[self.len] = byte;
            }
        }
        self.len = self.len.saturating_add(1);
    }

    /// How many bytes were put, whether they fit or not.
    ///
    /// # Examples
    ///
    /// ```
    /// use commy::encoded::Sink;
    ///
    /// let mut place = [0; 4];
    /// let mut sink = Sink::new(&mut place);
    /// sink.put_byte(b'[');
    /// sink.put(b"1,2");
    /// sink.put_byte(b']'); // does not fit, but counts
    /// assert_eq!(sink.position(), 5);
    /// assert_eq!(&place, b"[1,2");
    /// ```
    #[inline]
    #[must_use]
    pub const fn position(&self) -> usize {
        self.len
    }

    /// How many bytes were put, if all of them fit.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Full`] if they did not.
    #[inline]
    pub const fn finish<E>(self) -> Result<usize, EncodeError<E>> {
        if self.len <= self.place.len() {
            Ok(self.len)
        } else {
            Err(EncodeError::Full { needed: self.len, capacity: self.place.len() })
        }
    }
}

impl fmt::Write for Sink<'_> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.put(text.as_bytes());
        Ok(())
    }
}

impl io::Write for Sink<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.put(bytes);
        Ok(bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.put(bytes);
        Ok(())
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_after_an_overflow_is_not_written_either() {
        let mut place = [0; 4];
        let mut sink = Sink::new(&mut place);
        sink.put(b"ab");
        sink.put(b"cde");
        sink.put(b"f");
        sink.put_byte(b'g');
        assert_eq!(sink.position(), 7);
        assert_eq!(sink.finish::<()>(), Err(EncodeError::Full { needed: 7, capacity: 4 }));
        assert_eq!(&place, b"ab\0\0");
    }

    #[test]
    fn a_full_place_is_no_error() {
        let mut place = [0; 2];
        let mut sink = Sink::new(&mut place);
        sink.put_byte(b'a');
        sink.put(b"b");
        assert_eq!(sink.finish::<()>(), Ok(2));
        assert_eq!(&place, b"ab");
    }
}
