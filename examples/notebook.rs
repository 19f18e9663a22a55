//! A notebook that one process writes and another one follows: sections within sections, paragraphs
//! with their authors, and what they said before.
//!
//! `cargo run --release --example notebook` starts both. By hand, in two terminals:
//!
//! `notebook read FILE` and `notebook write FILE`
#![allow(clippy::print_stdout, reason = "a program that prints")]
#![allow(clippy::std_instead_of_core, reason = "imports what its users would import")]

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::{env, thread};

use commy::growable::{VecMut, VecRef};
use commy::{Growable, ReadError, create_reader, create_writer};

#[create_writer(filename = "notebook.bin", growable)]
#[create_reader(filename = "notebook.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Notebook {
    title: String,
    authors: Vec<String>,
    sections: Vec<Section>,
    /// Who did what, in order: a reader may miss generations, but nothing in a list.
    history: Vec<Change>,
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Section {
    heading: String,
    paragraphs: Vec<Paragraph>,
    /// Sections have sections.
    sections: Vec<Section>,
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Paragraph {
    text: String,
    author: u32,
    /// What it said before, and who had said so.
    revisions: Vec<(u32, String)>,
}

#[derive(Debug, Clone, PartialEq, Default, Growable)]
struct Change {
    author: u32,
    verb: String,
    /// The way to the section: `[1, 0]` is the first one of the second one.
    section: Vec<u32>,
    paragraph: u32,
}

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const ADA: u32 = 0;
const GRACE: u32 = 1;

// ---- The process that writes.

fn write(path: &Path) -> Outcome {
    let mut book = NotebookWriter::create_at(path)?;
    // A whole value, one publish: it begins anew, also when the file is there.
    book.publish(&Notebook {
        title: "Onion soup".into(),
        authors: vec!["Ada".into(), "Grace".into()],
        sections: vec![titled("What it takes"), titled("How it is done")],
        history: Vec::new(),
    })?;
    // A change where it belongs, one publish, whatever else the notebook has.
    let mut sections = book.sections_mut();
    let mut method = sections.get_mut(1)?.ok_or("no second section")?;
    method.sections_mut().extend([&titled("The onions"), &titled("The broth")])?;

    add(&mut book, GRACE, &[0], "Six onions, butter, broth.")?;
    add(&mut book, ADA, &[1, 0], "Slice them.")?;
    add(&mut book, GRACE, &[1, 1], "Pour it over the onions, and simmer.")?;
    revise(&mut book, GRACE, &[1, 0], 0, "Slice them as thinly as you can.")?;
    append(&mut book, ADA, &[0], 0, " And bread.")?;
    revise(&mut book, ADA, &[1, 0], 0, "Slice them, and brown them slowly in butter.")?;
    add(&mut book, ADA, &[1], "Serve it hot.")?;

    // What fails changes nothing: there is no third section.
    match add(&mut book, GRACE, &[2], "Dessert?") {
        Err(error) => println!("writer: refused, and nobody has seen it: {error}"),
        Ok(()) => return Err("a section that is not there has a paragraph".into()),
    }
    let (publishes, stats) = (book.file().generation(), book.file().stats());
    println!("writer: {publishes} publishes, {} bytes in use", stats.live);
    Ok(())
}

fn titled(heading: &str) -> Section {
    Section { heading: heading.into(), ..Section::default() }
}

/// The section at the end of a way, to be changed where it is.
fn section_mut<'t>(sections: VecMut<'t, Section>, way: &[u32]) -> Outcome<SectionMut<'t>> {
    let (first, rest) = way.split_first().ok_or("no way to a section")?;
    let section = sections.into_get_mut(*first as usize)?.ok_or("no such section")?;
    if rest.is_empty() { Ok(section) } else { section_mut(section.into_sections(), rest) }
}

/// A new paragraph, and a line about it: a transaction publishes both together, or none.
///
/// Its error is this program's own: `try_transaction` takes any.
fn add(book: &mut NotebookWriter, author: u32, way: &[u32], text: &str) -> Outcome {
    pause();
    book.try_transaction(|tx| {
        let mut section = section_mut(tx.sections_mut(), way)?;
        let paragraph = section.paragraphs()?.len()? as u32;
        let new = Paragraph { text: text.into(), author, revisions: Vec::new() };
        section.paragraphs_mut().push(&new)?;
        log(tx, author, "wrote", way, paragraph)
    })
}

/// Another text for a paragraph, which keeps the one that it had.
fn revise(book: &mut NotebookWriter, by: u32, way: &[u32], paragraph: u32, text: &str) -> Outcome {
    pause();
    book.try_transaction(|tx| {
        let mut section = section_mut(tx.sections_mut(), way)?;
        let mut paragraphs = section.paragraphs_mut();
        let mut old = paragraphs.get_mut(paragraph as usize)?.ok_or("no such paragraph")?;
        let (author, before) = (old.author()?, old.text()?);
        old.revisions_mut().push((author, &before))?;
        old.set_text(text)?;
        old.set_author(by)?;
        log(tx, by, "rewrote", way, paragraph)
    })
}

/// More text at the end of a paragraph, which costs what is added.
fn append(book: &mut NotebookWriter, by: u32, way: &[u32], paragraph: u32, more: &str) -> Outcome {
    pause();
    book.try_transaction(|tx| {
        let mut section = section_mut(tx.sections_mut(), way)?;
        let mut paragraphs = section.paragraphs_mut();
        let mut old = paragraphs.get_mut(paragraph as usize)?.ok_or("no such paragraph")?;
        old.text_mut().push_str(more)?;
        log(tx, by, "went on", way, paragraph)
    })
}

fn log(
    tx: &mut NotebookTransaction<'_>,
    author: u32,
    verb: &str,
    way: &[u32],
    paragraph: u32,
) -> Outcome {
    let change = Change { author, verb: verb.into(), section: way.to_vec(), paragraph };
    Ok(tx.history_mut().push(&change)?)
}

/// People think before they write.
fn pause() {
    thread::sleep(Duration::from_millis(50));
}

// ---- The process that reads.

fn read(path: &Path) -> Outcome {
    let reader = NotebookReader::options().path(path).open_wait(Duration::from_secs(60))?;
    let (mut seen, mut last) = (0, None);
    // Ends when the writer has closed the file.
    for view in reader.changes() {
        let view = view?; // all of it is of one generation, and nothing was copied yet
        for change in view.history().range(seen..) {
            println!("generation {}: {}", view.generation(), told(&view, change?)?);
            seen += 1;
        }
        last = Some(view);
    }
    let last = last.ok_or("nothing was written")?;
    println!("\n{}", last.title()?);
    let counted = outline(last.sections(), 1)?;

    // A file of its own, without garbage. The writer could go on meanwhile.
    let copy = path.with_extension("copy");
    last.save_as(&copy)?;
    let saved = NotebookReader::open_at(&copy)?;
    if saved.snapshot()? != last.snapshot()? {
        return Err("the copy is another notebook".into());
    }
    println!("\nfollowed {seen} changes; the copy has {counted}");
    Ok(())
}

/// One line about a change, from what the view has now.
fn told(view: &NotebookView<'_>, change: ChangeRef<'_>) -> Outcome<String> {
    let author =
        view.authors().get(change.author()? as usize)?.ok_or("an author without a name")?;
    let section = section(view.sections(), &change.section().load()?)?;
    let paragraph = section.paragraphs().get(change.paragraph()? as usize)?;
    let text = paragraph.ok_or("a change of no paragraph")?.text()?;
    Ok(format!("{author} {} in \"{}\": {text}", change.verb()?, section.heading()?))
}

/// The section at the end of a way, to be read where it is.
fn section<'v>(sections: VecRef<'v, Section>, way: &[u32]) -> Outcome<SectionRef<'v>> {
    let (first, rest) = way.split_first().ok_or("no way to a section")?;
    let found = sections.get(*first as usize)?.ok_or("no such section")?;
    if rest.is_empty() { Ok(found) } else { section(found.sections(), rest) }
}

/// Prints sections within sections; says how many there are, and of what is in them.
fn outline(sections: VecRef<'_, Section>, depth: usize) -> Result<Counted, ReadError> {
    let mut counted = Counted::default();
    for section in sections {
        let section = section?;
        println!("{:depth$}* {}", "", section.heading()?, depth = 2 * depth);
        for paragraph in section.paragraphs() {
            let paragraph = paragraph?;
            let revisions = paragraph.revisions().len()?; // none of them is read for this
            println!("{:depth$}{} [{revisions}]", "", paragraph.text()?, depth = 2 * depth + 2);
            counted.paragraphs += 1;
            counted.revisions += revisions;
        }
        let below = outline(section.sections(), depth + 1)?;
        counted.sections += 1 + below.sections;
        counted.paragraphs += below.paragraphs;
        counted.revisions += below.revisions;
    }
    Ok(counted)
}

#[derive(Debug, Default)]
struct Counted {
    sections: usize,
    paragraphs: usize,
    revisions: usize,
}

impl std::fmt::Display for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { sections, paragraphs, revisions } = self;
        write!(f, "{sections} sections, {paragraphs} paragraphs, {revisions} revisions")
    }
}

// ---- Both.

fn both() -> Outcome {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join(NotebookWriter::FILENAME);
    let mut writer = Command::new(env::current_exe()?).arg("write").arg(&path).spawn()?;
    let followed = read(&path);
    if !writer.wait()?.success() {
        return Err("the writer has failed".into());
    }
    followed
}

fn main() -> Outcome {
    let mut arguments = env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => both(),
        (Some("write"), Some(path)) => write(path.as_ref()),
        (Some("read"), Some(path)) => read(path.as_ref()),
        _ => Err("usage: notebook [write FILE | read FILE]".into()),
    }
}
