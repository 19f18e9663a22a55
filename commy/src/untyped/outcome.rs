//! How a wait has ended.

/// How a wait has ended.
///
/// A value newer than what was waited for comes first, whatever else is true; then that the file
/// was replaced; then that it was closed.
///
/// # Examples
///
/// ```
/// use commy::WaitOutcome;
///
/// fn what_next(outcome: WaitOutcome) -> &'static str {
///     match outcome {
///         WaitOutcome::Newer(_) => "take a snapshot",
///         WaitOutcome::TimedOut => "ask whether the writer is alive",
///         WaitOutcome::Superseded => "reopen",
///         WaitOutcome::Closed => "show the last value",
///         _ => "wait again",
///     }
/// }
/// assert_eq!(what_next(WaitOutcome::Newer(3)), "take a snapshot");
/// assert_eq!(WaitOutcome::Newer(3).generation(), Some(3));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a wait may end without a new value"]
#[non_exhaustive]
pub enum WaitOutcome {
    /// There is a newer value, of this generation or a later one.
    Newer(u64),
    /// The time is over. The writer may be idle, or its process may have died: see
    /// [`writer_state`](crate::ReaderFile::writer_state).
    TimedOut,
    /// The writer has closed the file in good order, and no other one has opened it since.
    ///
    /// As long as that is so, every wait returns at once: a loop that goes on waiting takes a whole
    /// core. [`follow`](crate::Reader::follow) is a loop that does not.
    Closed,
    /// Another file has taken the place of this one, or it was removed: see
    /// [`reopen`](crate::ReaderFile::reopen). It stays so: every wait returns at once.
    Superseded,
}

impl WaitOutcome {
    /// The generation of the newer value, if there is one.
    #[must_use]
    pub const fn generation(self) -> Option<u64> {
        match self {
            Self::Newer(generation) => Some(generation),
            _ => None,
        }
    }

    /// Returns whether there is a newer value.
    ///
    /// # Examples
    ///
    /// ```
    /// use commy::WaitOutcome;
    ///
    /// assert!(WaitOutcome::Newer(3).is_newer());
    /// assert!(!WaitOutcome::Closed.is_newer());
    /// ```
    #[must_use]
    pub const fn is_newer(self) -> bool {
        self.generation().is_some()
    }
}
