//! What can be asked of the command, and its help.

use core::time::Duration;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::output::units;

/// Looks into files of commy, whatever record they hold.
///
/// Reads consistent values while their writers go on. It opens files for writing in `set` and `prune --yes` only.
#[derive(Parser, Debug)]
#[command(name = "commy", version, max_term_width = 100, after_long_help = AFTER)]
#[command(infer_subcommands = false, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// Prints one JSON object (a line for each when there are several); errors as JSON on stderr
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// When to print colours; `auto` goes by the terminal, NO_COLOR and CLICOLOR_FORCE
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = ColorWhen::Auto)]
    pub(crate) color: ColorWhen,

    /// Cuts tables to this many columns, instead of to the width of the terminal
    #[arg(long, global = true, value_name = "COLUMNS", hide_short_help = true)]
    pub(crate) width: Option<usize>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Behind the long help, and in the manual.
pub(crate) const AFTER: &str = "\
Exit codes:
  0    it was done, or the answer is yes
  1    the answer is no: no such entry, nothing found, no writer with --require-writer
  2    the arguments say nothing that can be done
  3    the file cannot be read: absent, no commy file, damaged, no permission
  4    nothing is published yet, or the time is over
  5    the record has another schema than was expected
  130  Ctrl-C";

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Ls(Ls),
    Inspect(Inspect),
    Get(Get),
    Stat(Stat),
    Check(Check),
    Diff(Diff),
    Set(Set),
    Prune(Prune),

    Completions(Completions),
    Man(Man),
}

/// Lists the commy files in directories: struct, size, generation, rate, writer, readers
///
/// Without directories it looks into $COMMY_DIR, $RUNTIME_DIRECTORY, $XDG_RUNTIME_DIR, /dev/shm with the private
/// directories there, and the current one. Ends with 1 if there is none.
#[derive(Args, Debug)]
pub(crate) struct Ls {
    /// Directories to look into, and files to list
    #[arg(value_name = "DIR")]
    pub(crate) places: Vec<PathBuf>,
}

/// Shows what is known of a file: header, writer, readers, and a table of its fields
#[derive(Args, Debug)]
pub(crate) struct Inspect {
    /// The file
    pub(crate) file: PathBuf,

    /// Prints the schema text of the file instead
    #[arg(long, conflicts_with_all = ["hex", "slots"])]
    pub(crate) schema: bool,

    /// Prints the bytes of the record instead, or those of one field
    #[arg(long, value_name = "FIELD", num_args = 0..=1, require_equals = true)]
    pub(crate) hex: Option<Option<String>>,

    /// Prints the slots of the file instead: which generation is in each, and whether all of it
    #[arg(long, conflicts_with = "hex")]
    pub(crate) slots: bool,

    #[command(flatten)]
    pub(crate) demands: Demands,
}

/// Prints the values of one generation: all fields, or the paths that are named
///
/// With paths, each value is printed bare on a line of its own, for scripts. A path is `temperature`,
/// `points[2].x`, `points[2..5]` or `quotes["EURUSD"].bid`.
#[derive(Args, Debug)]
pub(crate) struct Get {
    /// The file
    pub(crate) file: PathBuf,

    /// What of it to print
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<String>,

    /// Waits for a value that is newer than what is there now, or newer than generation GEN; the file
    /// need not be there yet
    #[arg(long, value_name = "GEN", num_args = 0..=1, require_equals = true)]
    pub(crate) wait: Option<Option<u64>>,

    /// How long to wait at most: `5s`, `100ms`, `2m`; then it ends with 4
    #[arg(long, value_name = "TIME", requires = "wait", value_parser = units::duration)]
    pub(crate) timeout: Option<Duration>,

    #[command(flatten)]
    pub(crate) demands: Demands,
}

/// Measures how files are published: rate, pauses, jitter
///
/// The rate comes from generations, so it is exact however often this looks. Intervals are those between
/// the times that the file keeps; without such, between the looks that found a new generation.
#[derive(Args, Debug)]
pub(crate) struct Stat {
    /// The files
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// For how long: `10s`, `500ms`, `1m`; Ctrl-C ends it earlier
    #[arg(long = "for", value_name = "TIME", default_value = "1s", value_parser = units::duration)]
    pub(crate) time: Duration,

    #[command(flatten)]
    pub(crate) demands: Demands,
}

/// Looks for all that may be wrong with files, as fsck does for file systems
///
/// Header and checksum, places and sizes, schema and fingerprint, slots, each field, padding, rights, file
/// system, room, and what is beside the file. Each finding has a code. Ends with 1 if something is wrong.
#[derive(Args, Debug)]
pub(crate) struct Check {
    /// The files
    #[arg(value_name = "FILE", required_unless_present = "explain")]
    pub(crate) files: Vec<PathBuf>,

    /// Ends with 1 also if somebody should look at something (WARN)
    #[arg(long)]
    pub(crate) strict: bool,

    /// Tells what a code means and what to do; without a code, lists all of them
    #[arg(long, value_name = "CODE", num_args = 0..=1, conflicts_with_all = ["files", "strict"])]
    pub(crate) explain: Option<Option<String>>,
}

/// Compares two files, or stored schemas: field by field, and their values
///
/// Tells what a program with the schema of the second would make of a file with that of the first: `=` the
/// same, `~` differs and can be read, `+` and `-` in one of them only, `!` not compatible. A schema is stored
/// by `commy inspect --schema`. Ends with 1 if they differ.
#[derive(Args, Debug)]
pub(crate) struct Diff {
    /// A file, or a stored schema
    #[arg(value_name = "A")]
    pub(crate) first: PathBuf,

    /// Another one
    #[arg(value_name = "B")]
    pub(crate) second: PathBuf,

    /// Compares the schemas only
    #[arg(long)]
    pub(crate) schema: bool,
}

/// Sets fields and publishes once, if the file has no writer
///
/// Values are read as what the field is: numbers (`0x` for base 16), `true`, text, variants by name or
/// number; lists, structs and maps as JSON; `none` for no value. All of them are set, or nothing is. In
/// records that grow, plain fields can be set.
#[derive(Args, Debug)]
pub(crate) struct Set {
    /// The file
    pub(crate) file: PathBuf,

    /// What to set; `-` reads an object of JSON from the input: {"temperature": 21.5}
    #[arg(value_name = "PATH=VALUE", required = true)]
    pub(crate) values: Vec<String>,
}

impl Set {
    /// Whether values are on the standard input.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.values.iter().any(|value| value == "-")
    }
}

/// Tells what writers have left: lock files without a file, incomplete files, lost checkpoints, files of
/// killed writers
///
/// Looks where `ls` does. Removes nothing unless it is told to, and never what is in use, files of other
/// users, or links.
#[derive(Args, Debug)]
pub(crate) struct Prune {
    /// Directories to look into
    #[arg(value_name = "DIR")]
    pub(crate) places: Vec<PathBuf>,

    /// Removes what has no value
    #[arg(long)]
    pub(crate) yes: bool,

    /// With `--yes`, also removes what has a value: lost checkpoints, and files of killed writers
    #[arg(long, requires = "yes")]
    pub(crate) values: bool,
}

/// Prints completions for a shell, to be stored where it looks for them
#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// Prints the manual page of the command, or of one of its commands
#[derive(Args, Debug)]
pub(crate) struct Man {
    /// One of the commands: `get`
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Option<String>,
}

/// What a file has to be besides readable.
#[derive(Args, Debug, Clone)]
pub(crate) struct Demands {
    /// Ends with 5 if the schema has another fingerprint; its first digits are enough
    #[arg(long, value_name = "FINGERPRINT", value_parser = units::fingerprint_start)]
    pub(crate) expect: Option<String>,

    /// Ends with 1 if no writer has the file now
    #[arg(long)]
    pub(crate) require_writer: bool,
}

#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColorWhen {
    Auto,
    Always,
    Never,
}

impl ColorWhen {
    /// Lets everything that prints colours know.
    pub(crate) fn apply(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}
