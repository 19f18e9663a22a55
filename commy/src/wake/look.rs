//! What somebody finds who waits.

/// Whether a wait is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look<R> {
    /// It is, with this.
    Over(R),
    /// It is not: the latest generation is this one.
    NotYet { latest: u64 },
}

#[cfg_attr(loom, allow(dead_code, reason = "a model waits until it is over"))]
impl<R> Look<R> {
    /// What ended the wait, if it is over.
    pub(crate) fn over(self) -> Option<R> {
        match self {
            Self::Over(found) => Some(found),
            Self::NotYet { .. } => None,
        }
    }

    /// The same with what `map` makes of what ended the wait.
    pub(crate) fn map<M>(self, map: impl FnOnce(R) -> M) -> Look<M> {
        match self {
            Self::Over(found) => Look::Over(map(found)),
            Self::NotYet { latest } => Look::NotYet { latest },
        }
    }
}
