//! Counts errors, all of which have to be those of a damaged file.
#![allow(dead_code, unreachable_pub, reason = "a module of tests and of fuzz targets")]

use commy::{ReadError, WriteError};

/// How often something was refused, as far as that was noted.
#[derive(Debug, Default)]
pub struct Errors(pub u32);

impl Errors {
    pub fn read<R>(&mut self, result: Result<R, ReadError>) -> Option<R> {
        let is_expected = |error: &ReadError| {
            matches!(
                error,
                ReadError::Corrupt { .. }
                    | ReadError::Invalid { .. }
                    | ReadError::TooLarge { .. }
                    | ReadError::Contended { .. }
            )
        };
        result
            .map_err(|error| {
                assert!(is_expected(&error), "{error:?}");
                self.0 += 1;
            })
            .ok()
    }

    pub fn write<R>(&mut self, result: Result<R, WriteError>) -> Option<R> {
        let is_expected = |error: &WriteError| {
            matches!(
                error,
                WriteError::Corrupt { .. }
                    | WriteError::Aborted
                    | WriteError::TooDeep { .. }
                    | WriteError::Read(ReadError::Invalid { .. } | ReadError::TooLarge { .. })
            )
        };
        result
            .map_err(|error| {
                assert!(is_expected(&error), "{error:?}");
                self.0 += 1;
            })
            .ok()
    }
}
