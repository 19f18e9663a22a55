//! A crate that calls itself `core`, with words of `core` that are not true.
#![forbid(unsafe_code)]
#![allow(unused_imports, unused_macros, reason = "words that nobody may believe")]

extern crate self as core;

mod record;
mod words;

pub use crate::words::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    record::run()
}
