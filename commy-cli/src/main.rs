//! The command `commy`: lists, shows, measures and waits for files of commy, whatever record they hold.
//!
//! Arguments are in [`cli`], one file per command in [`commands`], what is printed and how in [`output`].
//! It reads by `commy::dynamic`, so it knows no offset of a file.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a failed test may panic"))]

mod cli;
mod commands;
mod exit;
mod interrupt;
mod output;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Cli;
use crate::exit::{Exit, Failure};
use crate::output::Output;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return arguments_refused(&error).into(),
    };
    cli.color.apply();
    let mut output = Output::new(cli.json, cli.width);
    let ended = commands::run(&cli.command, &mut output);
    // What was printed before a failure stands before it.
    let flushed = output.flush();
    let ended = ended.and_then(|exit| flushed.map(|()| exit));
    match ended {
        Ok(exit) => exit.into(),
        Err(failure) => failure.tell(cli.json).into(),
    }
}

/// Help and version are answers, also to a closed pipe. All else is a mistake in the arguments.
fn arguments_refused(error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        let _ = error.print();
        return Exit::Yes;
    }
    // There are no parsed arguments to ask.
    let mut given = std::env::args_os().skip(1).take_while(|argument| argument != "--");
    if given.any(|argument| argument == "--json") {
        // The first paragraph; behind it is usage for people.
        let text = error.to_string();
        let text = text.split("\n\n").next().unwrap_or_default();
        let text = text.strip_prefix("error: ").unwrap_or(text).trim_end();
        return Failure::usage(text).tell(true);
    }
    let _ = error.print();
    Exit::Usage
}
