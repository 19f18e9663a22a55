//! All or nothing.

use super::super::view::Guard;
use super::Edit;
use crate::error::WriteError;

/// While it lives, changes are staged. Unless it ends well, nothing of them remains: neither after
/// an error, nor after a panic, of which the code of a user that runs in between is capable.
#[derive(Debug)]
pub(in crate::growable) struct Scope<'t> {
    edit: &'t mut Edit,
    is_over: bool,
}

impl<'t> Scope<'t> {
    #[inline]
    pub(in crate::growable) fn new(edit: &'t mut Edit) -> Self {
        edit.core.refuse_fork();
        edit.is_open = true;
        edit.under_way = 0;
        Self { edit, is_over: false }
    }

    pub(in crate::growable) const fn edit(&mut self) -> &mut Edit {
        self.edit
    }

    /// Publishes what was changed, if anything was and nothing has failed.
    ///
    /// # Errors
    ///
    /// `result` if it is one; else what an operation has failed by, though the error was ignored;
    /// `Aborted` if one has panicked and that was caught. Nothing is published then.
    #[inline]
    pub(in crate::growable) fn end<R, E: From<WriteError>>(
        mut self,
        result: Result<R, E>,
    ) -> Result<R, E> {
        if result.is_ok() {
            // Not a `match` on all of it: results that are moved are written and read again.
            if let Guard::Writer(failed) = &mut self.edit.view.guard
                && let Some(failed) = failed.take()
            {
                return Err((*failed).into());
            }
            if self.edit.under_way > 0 {
                return Err(WriteError::Aborted.into());
            }
            // What a child has staged is in its own memory, but for blocks, which it must not fill.
            self.edit.core.refuse_fork();
            self.edit.commit();
            self.is_over = true;
        }
        result
    }
}

impl Drop for Scope<'_> {
    #[inline]
    fn drop(&mut self) {
        let edit = &mut *self.edit;
        edit.is_open = false;
        edit.under_way = 0;
        if !self.is_over {
            edit.view.guard = Guard::Writer(None);
            edit.rollback();
        }
    }
}
