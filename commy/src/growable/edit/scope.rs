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
    pub(in crate::growable) fn end<R, E: From<WriteError>>(
        mut self,
        result: Result<R, E>,
    ) -> Result<R, E> {
        let failed = match &mut self.edit.view.guard {
            Guard::Writer(failed) => failed.take(),
            _ => None,
        };
        let result = match (result, failed) {
            (Ok(_), Some(failed)) => Err((*failed).into()),
            (Ok(_), None) if self.edit.under_way > 0 => Err(WriteError::Aborted.into()),
            (result, _) => result,
        };
        if result.is_ok() {
            // What a child has staged is in its own memory, but for blocks, which it must not fill.
            self.edit.core.refuse_fork();
            self.edit.commit();
            self.is_over = true;
        }
        result
    }
}

impl Drop for Scope<'_> {
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
