//! How types without a cell of their own are stored: as what they convert to.

use super::Growable;

/// Stores a type of another crate, or one of your own with a form of its own in the file, as one
/// that fits.
///
/// A type of yours implements it, to be named on fields: `#[commy(as = Seconds)]`. So a foreign type
/// can be stored in several ways, and needs no wrapper in the program. Getters then return the
/// foreign type, and setters take a reference to one.
///
/// The file has the stored type, and says nothing of the other: a program that does not know the
/// conversion reads what is stored.
///
/// Around a marker `Option`, `Box` and arrays convert what is in them: a field of type
/// `Option<Duration>` may have `#[commy(as = Option<Seconds>)]`.
///
/// # Zero
///
/// A new record is the zero value of what is stored: 0, empty, `None`. If
/// [`from_stored`](Self::from_stored) refuses that, the field gives an error until it is set, and so
/// does a snapshot.
///
/// # When it is called
///
/// With values that were published, and never with a mix of two: a reader makes sure before. A call
/// may come twice for one read, and its result be thrown away. A panic of
/// [`to_stored`](Self::to_stored) undoes the operation.
///
/// # Examples
///
/// A [`Duration`](core::time::Duration) as seconds, and a path as text:
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::path::PathBuf;
/// use std::time::Duration;
///
/// use commy::growable::Convert;
/// use commy::{create_reader, create_writer};
///
/// enum Seconds {}
///
/// impl Convert<Duration> for Seconds {
///     type As = f64;
///
///     fn to_stored(value: &Duration) -> f64 {
///         value.as_secs_f64()
///     }
///
///     fn from_stored(stored: f64) -> Option<Duration> {
///         Duration::try_from_secs_f64(stored).ok()
///     }
/// }
///
/// enum Text {}
///
/// impl Convert<PathBuf> for Text {
///     type As = String;
///
///     fn to_stored(value: &PathBuf) -> String {
///         value.to_string_lossy().into_owned()
///     }
///
///     fn from_stored(stored: String) -> Option<PathBuf> {
///         Some(stored.into())
///     }
/// }
///
/// #[create_writer(filename = "job.bin", growable)]
/// #[create_reader(filename = "job.bin", growable)]
/// struct Job {
///     #[commy(as = Seconds)]
///     timeout: Duration,
///     #[commy(as = [Option<Seconds>; 2])]
///     pauses: [Option<Duration>; 2],
///     #[commy(as = Text)]
///     directory: PathBuf,
/// }
///
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("job.bin");
/// let mut job = JobWriter::create_at(&path)?;
/// job.set_timeout(&Duration::from_millis(1500))?;
/// job.set_directory(&"/srv/data".into())?;
/// job.timeout_mut().update(|timeout| *timeout *= 2)?;
/// let reader = JobReader::open_at(&path)?;
/// assert_eq!(reader.timeout()?, Duration::from_secs(3));
/// assert_eq!(reader.pauses()?, [None, None]);
/// assert_eq!(reader.directory()?, PathBuf::from("/srv/data"));
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how a `{T}` is stored",
    label = "no conversion of `{T}`",
    note = "implement `commy::growable::Convert<{T}>` for `{Self}`, or name another type that has it"
)]
pub trait Convert<T>: 'static {
    /// What stands in the file.
    type As: Growable;

    /// What expansions ask, so that a missing conversion is reported once.
    #[doc(hidden)]
    const FITS: bool = true;

    /// What to store for a value.
    fn to_stored(value: &T) -> Self::As;

    /// The value that was stored; `None` if no value is stored like this.
    ///
    /// The file may come from anybody: any value of the stored type may be there.
    fn from_stored(stored: Self::As) -> Option<T>;
}

impl<T, P: Convert<T>> Convert<Option<T>> for Option<P> {
    type As = Option<P::As>;

    fn to_stored(value: &Option<T>) -> Self::As {
        value.as_ref().map(P::to_stored)
    }

    fn from_stored(stored: Self::As) -> Option<Option<T>> {
        match stored {
            Some(stored) => P::from_stored(stored).map(Some),
            None => Some(None),
        }
    }
}

impl<T, P: Convert<T>> Convert<Box<T>> for Box<P> {
    type As = Box<P::As>;

    #[allow(clippy::borrowed_box, reason = "the type of the field")]
    fn to_stored(value: &Box<T>) -> Self::As {
        Box::new(P::to_stored(value))
    }

    fn from_stored(stored: Self::As) -> Option<Box<T>> {
        P::from_stored(*stored).map(Box::new)
    }
}

impl<T, P: Convert<T>> Convert<Vec<T>> for Vec<P> {
    type As = Vec<P::As>;

    fn to_stored(value: &Vec<T>) -> Self::As {
        value.iter().map(P::to_stored).collect()
    }

    fn from_stored(stored: Self::As) -> Option<Vec<T>> {
        stored.into_iter().map(P::from_stored).collect()
    }
}

impl<T, P: Convert<T>, const N: usize> Convert<[T; N]> for [P; N] {
    type As = [P::As; N];

    fn to_stored(value: &[T; N]) -> Self::As {
        value.each_ref().map(P::to_stored)
    }

    fn from_stored(stored: Self::As) -> Option<[T; N]> {
        let mut is_whole = true;
        let values = stored.map(|stored| {
            let value = if is_whole { P::from_stored(stored) } else { None };
            is_whole &= value.is_some();
            value
        });
        is_whole.then(|| values.map(|value| value.unwrap_or_else(|| unreachable!("all are there"))))
    }
}

#[cfg(test)]
mod tests {
    use core::num::NonZero;

    use super::*;

    enum Number {}

    impl Convert<NonZero<u8>> for Number {
        type As = u8;

        fn to_stored(value: &NonZero<u8>) -> u8 {
            value.get()
        }

        fn from_stored(stored: u8) -> Option<NonZero<u8>> {
            NonZero::new(stored)
        }
    }

    #[test]
    fn what_holds_converted_values_is_converted() {
        type Marker = [Option<Box<Number>>; 2];
        let value = [Some(Box::new(NonZero::<u8>::MAX)), None];
        let stored = Marker::to_stored(&value);
        assert_eq!(stored, [Some(Box::new(255)), None]);
        assert_eq!(Marker::from_stored(stored), Some(value));
    }

    #[test]
    fn one_element_that_converts_to_nothing_is_enough() {
        assert_eq!(<[Number; 3]>::from_stored([1, 0, 3]), None::<[NonZero<u8>; 3]>);
        assert_eq!(<Option<Number>>::from_stored(Some(0)), None::<Option<NonZero<u8>>>);
        assert_eq!(<Box<Number>>::from_stored(Box::new(0)), None::<Box<NonZero<u8>>>);
        assert_eq!(<Vec<Number>>::from_stored(vec![1, 0, 3]), None::<Vec<NonZero<u8>>>);
        assert_eq!(<Vec<Number>>::to_stored(&vec![NonZero::<u8>::MAX]), [255]);
        assert_eq!(<Option<Number>>::from_stored(None), Some(None::<NonZero<u8>>));
    }
}
