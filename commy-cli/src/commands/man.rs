//! `man`: the manual pages, as troff.

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_mangen::Man as Page;

use crate::cli::{AFTER, Cli, Man};
use crate::exit::{Exit, Failure};
use crate::output::Output;

pub(crate) fn run(asked: &Man, output: &mut Output) -> Result<Exit, Failure> {
    let mut command = Cli::command();
    // Options of all commands are on each page.
    command.build();
    let page = match &asked.command {
        None => command,
        Some(name) => {
            let known = command
                .get_subcommands()
                .map(clap::Command::get_name)
                .collect::<Vec<_>>()
                .join(", ");
            let unknown =
                || Failure::usage(format_args!("no command `{name}`: expected one of {known}"));
            let page = command.find_subcommand(name).ok_or_else(unknown)?.clone();
            page.display_name(format!("commy-{name}"))
                .bin_name(format!("commy {name}"))
                .after_long_help(AFTER)
        }
    };
    let mut written = Vec::new();
    Page::new(page).render(&mut written)?;
    output.write_all(&written)?;
    Ok(Exit::Yes)
}
