//! A clipboard that several processes watch: text, an image and a caption of any length.
//!
//! One process changes it; it is killed in the middle, and another one goes on. Two others follow it
//! by views of one generation each, and check that nothing in them is of another one. At the end
//! everybody says how much they have seen.
//!
//! `cargo run --release --example clipboard`
#![allow(clippy::print_stdout, reason = "a program that prints")]
#![allow(clippy::std_instead_of_core, reason = "imports what its users would import")]

use std::error::Error;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use commy::{Follow, create_reader, create_writer};

#[create_writer(filename = "clipboard.bin", growable)]
#[create_reader(filename = "clipboard.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Clipboard {
    /// How many times something was copied.
    serial: u64,
    text: String,
    /// The pixels of an image, one byte each.
    #[commy(bytes, unit = "grey")]
    image: Vec<u8>,
    /// What the image shows, if there is one.
    caption: Option<String>,
}

/// What all processes of this example can fail by.
type Outcome = Result<(), Box<dyn Error>>;

/// How many things are copied in all.
const COPIES: u64 = 4_000;
/// After how many of them the first writer is killed.
const KILLED_AT: u64 = COPIES / 2;

/// The image of the copy with this number: all of its pixels tell which one that is.
fn image(serial: u64) -> Vec<u8> {
    let pixels = 1_000 + serial as usize * 7_919 % 60_000;
    vec![serial as u8; pixels]
}

/// The text of the copy with this number.
fn text(serial: u64) -> String {
    format!("copy {serial}: {}", "words ".repeat(serial as usize * 31 % 500))
}

fn write(path: &Path) -> Outcome {
    let mut clipboard = ClipboardWriter::create_at(path)?;
    while clipboard.serial()? < COPIES {
        clipboard.transaction(|tx| {
            let serial = tx.serial()? + 1;
            tx.set_serial(serial)?;
            tx.set_text(&text(serial))?;
            tx.set_image(&image(serial))?;
            match serial % 3 {
                0 => tx.set_caption(None),
                _ => tx.set_caption(Some(&format!("image {serial}"))),
            }
        })?;
        // A change of one field costs what that field costs.
        clipboard.text_mut().push_str("(seen)")?;
    }
    let stats = clipboard.file().stats();
    println!(
        "writer: {} copies, a file of {} KiB for {} KiB that are in use",
        clipboard.serial()?,
        stats.file_len / 1024,
        stats.live / 1024,
    );
    Ok(())
}

fn follow(path: &Path, name: &str) -> Outcome {
    let (mut views, mut bytes) = (0_u64, 0_u64);
    // That the writer was killed and another one has come is told, too. The file need not be there yet.
    for event in ClipboardReader::options().path(path).follow() {
        let view = match event {
            Follow::Value(view) => view,
            Follow::Refused(error) => return Err(error.into()),
            Follow::Unreadable(error) => return Err(error.into()),
            _ => continue,
        };
        let (seen, serial) = (view.generation(), view.serial()?);
        let image = view.image().load()?;
        let whole = view.text()?.starts_with(&text(serial))
            && image == self::image(serial)
            && view.caption()?.is_none() == serial.is_multiple_of(3);
        if !whole {
            return Err(format!("{name}: generation {seen} is a mix").into());
        }
        views += 1;
        bytes += image.len() as u64;
        if serial == COPIES {
            break;
        }
    }
    println!("{name}: {views} views checked, {} MiB of images", bytes >> 20);
    Ok(())
}

/// This program again, in another role.
fn start(role: &str, path: &Path) -> Result<Child, Box<dyn Error>> {
    Ok(Command::new(env::current_exe()?).arg(role).arg(path).stdin(Stdio::null()).spawn()?)
}

fn direct() -> Outcome {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join(ClipboardWriter::FILENAME);
    let mut first = start("write", &path)?;
    let followers = [start("reader 1", &path)?, start("reader 2", &path)?];

    // Kills the writer in the middle of whatever it is doing.
    let reader = ClipboardReader::options().path(&path).open_wait(Duration::from_secs(10))?;
    let started = Instant::now();
    while reader.serial().unwrap_or(0) < KILLED_AT && started.elapsed() < Duration::from_secs(30) {
        thread::sleep(Duration::from_millis(1));
    }
    first.kill()?;
    first.wait()?;
    println!("the writer was killed after copy {}", reader.serial()?);

    // Another one takes over: what was published is there, what was not is not.
    let mut second = start("write", &path)?;
    let mut all = second.wait()?.success();
    for mut follower in followers {
        all &= follower.wait()?.success();
    }
    if all { Ok(()) } else { Err("a process has failed".into()) }
}

fn main() -> Outcome {
    let mut arguments = env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => direct(),
        (Some("write"), Some(path)) => write(path.as_ref()),
        (Some(name), Some(path)) => follow(path.as_ref(), name),
        (Some(_), None) => Err("usage: clipboard".into()),
    }
}
