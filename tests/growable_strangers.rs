//! Readers that hang, and strangers that lock whatever may be locked: they hold up no writer, and fill no
//! disk. What a commit costs is counted in system calls.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed test may panic")]
#![allow(unsafe_code, reason = "locks of a stranger, and signals")]

#[path = "support/stranger.rs"]
mod stranger;
mod support;
#[path = "support/traced.rs"]
mod traced;

use core::time::Duration;
use std::fs::{self, File, Permissions};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use commy::{ReadError, create_reader, create_writer};

use support::Reaped;
use traced::Calls;

#[create_writer(filename = "page.bin", growable)]
#[create_reader(filename = "page.bin", growable)]
#[derive(Debug, Clone, PartialEq, Default)]
struct Page {
    serial: u64,
    text: String,
    #[commy(bytes)]
    image: Vec<u8>,
    /// What is large, and of which each publish changes a little.
    stock: Vec<u64>,
}

const LEN: usize = 2000;
const BUDGET: u64 = 512 << 10;
const COMMITS: u64 = 6000;
const STOCK: u64 = 100_000;
/// A pass asks about pins so often at most: heap/pin_list.rs.
const PROBES: u32 = 16;
/// Where the byte of generation 0 is: docs/format.md.
const PIN_BASE: libc::off_t = (1 << 62) + 64;

fn page(serial: u64) -> Page {
    let letter = char::from(b'a' + (serial % 26) as u8);
    Page {
        serial,
        text: letter.to_string().repeat(LEN),
        image: vec![serial as u8; LEN],
        stock: vec![],
    }
}

fn publish(w: &mut PageWriter, page: &Page) {
    let changed = w.transaction(|tx| {
        tx.set_serial(page.serial)?;
        tx.set_text(&page.text)?;
        tx.set_image(&page.image)?;
        let mut stock = tx.stock_mut();
        if stock.is_empty()? { Ok(()) } else { stock.set((page.serial * 126 % STOCK) as usize, 7) }
    });
    changed.unwrap();
}

/// All but what is large.
fn found(view: &PageView<'_>) -> Result<Page, ReadError> {
    assert_eq!(view.stock().len()?, STOCK as usize);
    let (serial, text, image) = (view.serial()?, view.text()?, view.image().load()?);
    Ok(Page { serial, text, image, stock: vec![] })
}

/// A file in a directory that everybody may look into.
fn file() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
    let path = directory.path().join("page.bin");
    let mut w = options(&path).mode(0o644).create().unwrap();
    publish(&mut w, &page(0));
    w.set_stock(&(0..STOCK).collect::<Vec<_>>()).unwrap();
    publish(&mut w, &page(1));
    (directory, path)
}

fn options(path: &Path) -> commy::growable::WriterOptions<Page, PageWriter> {
    PageWriter::options().path(path).garbage_budget(BUDGET)
}

#[test]
#[ignore = "a role of the tests below"]
fn writer_that_is_counted() {
    let Some(path) = support::role_path() else { return };
    let mut w = options(&path).create().unwrap();
    let before = w.file().stats();
    let mut longest = before.file_len;
    for serial in 2..COMMITS {
        publish(&mut w, &page(serial));
        traced::mark();
        longest = longest.max(w.file().stats().file_len);
    }
    let bound = before.live + BUDGET + (before.live / 8).next_multiple_of(4096);
    eprintln!("{before:?}; {longest} bytes at most, of {bound}");
    assert!(longest <= bound);
    assert_eq!(w.text().unwrap(), page(COMMITS - 1).text);
}

/// No commit takes more than the questions of a few passes and one growth, and later ones take as
/// many in all as earlier ones.
fn cost_stays_flat(calls: &[Calls]) {
    assert_eq!(calls.len() as u64, COMMITS - 3);
    let locks = calls.iter().map(|calls| calls.locks).max().unwrap();
    let all = calls.iter().map(|calls| calls.all).max().unwrap();
    assert!(locks > 0, "nobody has asked for pins");
    let parts: Vec<u32> = calls
        .chunks(calls.len() / 10)
        .map(|part| part.iter().map(|calls| calls.all).sum())
        .collect();
    eprintln!(
        "at most {locks} questions about locks and {all} calls in a commit; in tenths: {parts:?}"
    );
    assert!(locks <= 3 * PROBES, "{locks} questions in one commit");
    assert!(all <= 3 * PROBES + 8, "{all} system calls in one commit");
    // The first have grown the file.
    let (early, late) = (parts[2..4].iter().sum::<u32>(), parts[8..10].iter().sum::<u32>());
    assert!(late <= early + early / 4 + PROBES, "{parts:?}");
}

#[test]
#[ignore = "a role of the test below"]
fn stranger_with_many_locks() {
    let Some(path) = support::role_path() else { return };
    let file = File::open(&path).unwrap();
    for number in 0..20_000 {
        // SAFETY: all zeros is a value of this struct of integers.
        let mut lock: libc::flock = unsafe { core::mem::zeroed() };
        lock.l_type = libc::F_RDLCK as libc::c_short;
        lock.l_whence = libc::SEEK_SET as libc::c_short;
        // Every second generation, as long as this test lasts and far beyond.
        (lock.l_start, lock.l_len) = (PIN_BASE + 2 * number, 1);
        // SAFETY: the handle is open, and the pointer is to a local that outlives the call.
        let locked = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw const lock) };
        assert_eq!(locked, 0, "{number}");
    }
    stranger::say_ready_and_wait();
}

#[test]
fn twenty_thousand_locks_of_a_stranger_fill_no_disk_and_cost_each_commit_a_bounded_number_of_questions()
 {
    let _watchdog = support::watchdog(Duration::from_secs(280));
    let (_directory, path) = file();
    let Some(stranger) = stranger::start("stranger_with_many_locks", &path) else { return };
    let calls = traced::count("writer_that_is_counted", &path);
    // Readers read on, with and without a pin.
    let r = PageReader::open_at(&path).unwrap();
    let last = page(COMMITS - 1);
    assert!(r.read(found).unwrap() == last && found(&r.pin().unwrap()).unwrap() == last);
    stranger::end(stranger);
    if let Some(calls) = calls {
        cost_stays_flat(&calls);
    }
}

#[test]
#[ignore = "a role of the test below"]
fn reader_that_pins_and_hangs() {
    let Some(path) = support::role_path() else { return };
    let view = PageReader::open_at(&path).unwrap().into_pinned().unwrap();
    assert!(found(&view).unwrap() == page(1));
    fs::write(path.with_file_name("pinned"), "").unwrap();
    // SAFETY: stops this process, until somebody lets it go on.
    unsafe { libc::raise(libc::SIGSTOP) };
    // All this time it has held the generation, and was in nobody's way.
    for refused in [found(&view).map(drop), view.verify()] {
        let is_told = matches!(refused, Err(ReadError::Evicted { generation, .. }) if generation == view.generation());
        assert!(is_told, "{refused:?}");
    }
}

#[test]
fn a_reader_that_pins_and_hangs_costs_the_budget_and_no_commit_more_than_before() {
    let _watchdog = support::watchdog(Duration::from_secs(280));
    let (directory, path) = file();
    let mut reader = Reaped(support::start("reader_that_pins_and_hangs", &path));
    let mut status = 0;
    let pid = reader.0.id() as libc::pid_t;
    // SAFETY: waits for the child to stop; the pointer is to a local.
    let stopped = unsafe { libc::waitpid(pid, &raw mut status, libc::WUNTRACED) };
    assert!(stopped == pid && libc::WIFSTOPPED(status), "{status:#x}");
    assert!(directory.path().join("pinned").exists());
    let calls = traced::count("writer_that_is_counted", &path);
    // SAFETY: sends a signal to a child that was not waited for yet.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGCONT) }, 0);
    assert!(reader.0.wait().unwrap().success());
    if let Some(calls) = calls {
        cost_stays_flat(&calls);
    }
}
