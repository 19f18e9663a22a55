//! What all commands have in common: colours, pipes, terminals, help, completions and manual pages.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]

mod support;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use support::{Ran, TankWriter, command, commy, is_harmless, place, tank};

#[test]
fn colours_are_for_terminals_and_for_whom_asks() {
    let (_directory, at) = place();
    let _writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = command(&at);
        command.args(arguments).envs(variables.iter().copied());
        Ran::of(&command.output().unwrap()).good().contains('\u{1b}')
    };
    let inspect = |more: &[&str], variables: &[(&str, &str)]| {
        run(&[&["inspect", "tank.bin"], more].concat(), variables)
    };
    assert!(!inspect(&[], &[]));
    assert!(inspect(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(inspect(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!inspect(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!inspect(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    // JSON has none, whoever asks.
    assert!(!inspect(&["--json", "--color", "always"], &[]));
    let (plain, coloured) =
        (commy(&at, &["ls", "."]).good(), commy(&at, &["ls", ".", "--color=always"]).good());
    let stripped = anstream::adapter::strip_str(&coloured).to_string();
    assert_eq!(stripped.split_whitespace().next(), plain.split_whitespace().next());
}

/// What a terminal of so many columns gets to see.
fn on_terminal(columns: u16, at: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    use rustix::fs::{Mode, OFlags};
    use rustix::{pty, termios};

    let master = pty::openpt(pty::OpenptFlags::RDWR | pty::OpenptFlags::NOCTTY).unwrap();
    pty::grantpt(&master).unwrap();
    pty::unlockpt(&master).unwrap();
    let name = pty::ptsname(&master, Vec::new()).unwrap();
    let terminal = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let size = termios::Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    termios::tcsetwinsize(&terminal, size).unwrap();
    let mut asked = command(at);
    asked.args(arguments).stdout(terminal.try_clone().unwrap()).stderr(terminal);
    let mut child = asked.spawn().unwrap();
    // So that the terminal ends with the child.
    drop(asked);
    let mut shown = Vec::new();
    // The end of a terminal is an error.
    let _ = File::from(master).read_to_end(&mut shown);
    (child.wait().unwrap().code(), String::from_utf8(shown).unwrap())
}

#[test]
fn a_terminal_of_twenty_columns_gets_lines_of_twenty() {
    let (_directory, at) = place();
    let _writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    let commands: [&[&str]; 5] = [
        &["ls", "."],
        &["inspect", "tank.bin"],
        &["inspect", "tank.bin", "--slots"],
        &["inspect", "tank.bin", "--hex"],
        &["stat", "tank.bin", "--for", "10ms"],
    ];
    for columns in [1, 20, 50, 80] {
        for arguments in commands {
            let (code, shown) = on_terminal(columns, &at, arguments);
            assert_eq!(code, Some(0), "{shown}");
            assert!(
                shown.contains("\u{1b}[") || arguments.contains(&"--hex"),
                "a terminal gets colours: {shown:?}"
            );
            let shown = anstream::adapter::strip_str(&shown).to_string();
            let shown = shown.replace('\r', "");
            assert!(is_harmless(&shown), "{shown:?}");
            for line in shown.lines() {
                let width = unicode_width::UnicodeWidthStr::width(line);
                assert!(width <= usize::from(columns), "{arguments:?} at {columns}: {line:?}");
            }
        }
    }
    // Values for scripts are never cut.
    let (_, shown) = on_terminal(20, &at, &["get", "tank.bin", "total"]);
    assert_eq!(shown, "340282366920938463463374607431768211455\r\n");
    for arguments in [&["--help"][..], &["get", "--help"], &["get", "nowhere.bin"], &["nothing"]] {
        let (code, shown) = on_terminal(20, &at, arguments);
        assert!(matches!(code, Some(0 | 2 | 3)) && !shown.contains("panicked"), "{shown}");
    }
}

#[test]
fn a_long_stat_shows_a_bar_on_a_terminal_and_takes_it_away() {
    let (_directory, at) = place();
    let _writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    let (code, shown) = on_terminal(60, &at, &["stat", "tank.bin", "--for", "2s"]);
    assert_eq!(code, Some(0));
    assert!(shown.contains("of 2.00 s"), "{shown:?}");
    let ran = commy(&at, &["stat", "tank.bin", "--for", "2s"]);
    assert_eq!(ran.err, "", "no bar where stderr is no terminal");
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let (_directory, at) = place();
    let _writer = TankWriter::options().path(at.join("tank.bin")).create_with(tank()).unwrap();
    let program = env!("CARGO_BIN_EXE_commy");
    for arguments in [
        "ls .",
        "inspect tank.bin",
        "get tank.bin",
        "man",
        "completions bash",
        "--help",
        "stat tank.bin --for 1ms",
    ] {
        for reader in ["head -1", "true"] {
            let script = format!("set -o pipefail; '{program}' {arguments} | {reader}");
            let output =
                Command::new("bash").args(["-c", &script]).current_dir(&at).output().unwrap();
            let ran = Ran::of(&output);
            assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{arguments} | {reader}");
        }
    }
}

#[test]
fn every_command_has_help_and_a_manual_page() {
    let (_directory, at) = place();
    let help = commy(&at, &["--help"]).good();
    for name in ["ls", "inspect", "get", "stat", "completions", "man"] {
        assert!(help.contains(&format!("  {name} ")), "{help}");
        let own = commy(&at, &[name, "--help"]).good();
        assert!(own.contains("--json") && own.contains(&format!("Usage: commy {name}")), "{own}");
        let page = commy(&at, &["man", name]).good();
        assert!(page.contains(&format!(".TH commy-{name} 1")), "{page}");
    }
    assert!(help.contains("Exit codes:") && help.contains("130  Ctrl-C"), "{help}");
    let page = commy(&at, &["man"]).good();
    assert!(page.contains(".TH commy 1") && page.contains("130"), "{page}");
    let told = commy(&at, &["man", "nothing"]).failed(2);
    assert!(told.starts_with("commy: no command `nothing`: expected one of "), "{told}");
    assert!(commy(&at, &["--version"]).good().starts_with("commy 0."));
    assert_eq!(commy(&at, &[]).code, Some(2));
}

/// Each script is read by its shell, where that is installed.
#[test]
fn completions_are_scripts_of_their_shells() {
    let (_directory, at) = place();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = commy(&at, &["completions", shell]).good();
        assert!(script.contains("inspect") && script.contains("require-writer"), "{shell}");
        std::fs::write(at.join(shell), script).unwrap();
    }
    let asked = "source ./bash; COMP_WORDS=(commy ins); COMP_CWORD=1; _commy commy ins commy; echo ${COMPREPLY[*]}";
    let output = Command::new("bash").args(["-c", asked]).current_dir(&at).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "inspect\n");
    assert_eq!(commy(&at, &["completions", "csh"]).code, Some(2));
}
