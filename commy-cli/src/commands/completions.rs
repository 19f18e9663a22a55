//! `completions`: what a shell needs to complete arguments.

use std::io::Write as _;

use clap::CommandFactory as _;

use crate::cli::{Cli, Completions};
use crate::exit::{Exit, Failure};
use crate::output::Output;

pub(crate) fn run(asked: &Completions, output: &mut Output) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(asked.shell, &mut Cli::command(), "commy", &mut script);
    output.write_all(&script)?;
    Ok(Exit::Yes)
}
