//! A dependency that is called `core`, with words of `core` that are not true.
#![forbid(unsafe_code)]

#[path = "../../../false_core/src/words.rs"]
mod words;

pub use crate::words::*;
