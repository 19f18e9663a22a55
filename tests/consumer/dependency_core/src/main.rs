//! A crate with a dependency that is called `core` and does not tell the truth.
#![forbid(unsafe_code)]

#[path = "../../false_core/src/record.rs"]
mod record;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    record::run()
}
