//! What is told of the file at a path, for as long as somebody wants to know: its values, and what
//! becomes of its writer.
//!
//! [`Following`] decides what is told next, and never sleeps. An iterator, a callback and a stream
//! drive it: they ask whether there is something, take it, and otherwise sleep as [`Rest`] says.
//!
//! There are two looks. The words of the file tell of publishes and of an orderly close; whatever
//! changes them wakes. That a writer was killed, or a file replaced by somebody else than a writer,
//! only the system knows: it is asked every [`RECHECK`].
//!
//! The order of what is told:
//!
//! - Whoever is told that the writer is gone has been given its last value (I12). The state is
//!   loaded before `latest`. A writer that was killed gave its lock back after its last store, so
//!   `latest` is loaded once more after the question for the lock.
//! - "Gone" and "back" take turns, whatever file is followed. A writer that comes and goes between
//!   two looks is told by its value alone.
//! - A file that is left gives its newest value before the next one is opened.

use core::time::Duration;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::ending::{Ending, Rest};
use super::follow::Follow;
use super::origin::{Cursor, Origin};
use crate::error::{OpenError, ReadError};
use crate::file::{self, Named, OpenedReader, WriterState};
use crate::format::State;
use crate::wake::{Backoff, RECHECK};

/// An origin that can be opened by a path.
pub(crate) trait Reopen: Origin + Sized {
    /// What is asked of the file, whichever it is.
    type Options;

    fn open_at(path: &Path, options: &Self::Options) -> Result<Self, OpenError>;

    /// With what it was opened.
    fn options(&self) -> Self::Options;
}

/// Follows what is at a path.
#[derive(Debug)]
pub(crate) struct Following<O: Reopen> {
    /// From the root, once it is known.
    path: PathBuf,
    /// What names the path, while the runtime directory is refused.
    unresolved: Option<Named>,
    options: O::Options,
    followed: Option<Followed<O>>,
    /// What is to be told; the value, if there is one, comes last.
    next: VecDeque<Next>,
    told: Told,
    /// When the system is asked again.
    due: Instant,
    /// The pauses between attempts to open a file.
    backoff: Backoff,
    /// How often the system was asked, of a file or for one.
    #[cfg(test)]
    pub(super) asked: u32,
}

/// A file that is followed.
#[derive(Debug)]
struct Followed<O> {
    cursor: Cursor<O>,
    /// What was found there.
    state: Option<State>,
    /// It is at the path although a writer has marked it as replaced: somebody has put it back.
    is_put_back: bool,
    /// Its last value was given; the next look goes over to another file.
    is_left: bool,
    overtaken: Option<Overtaken>,
}

/// A generation that could not be read because it was overtaken.
#[derive(Debug)]
struct Overtaken {
    generation: u64,
    /// When it is tried again.
    at: Instant,
    backoff: Backoff,
    /// It was tried since the writer has gone.
    is_last: bool,
}

/// What was told, as far as the next look depends on it.
#[derive(Debug, Default)]
struct Told {
    /// There was a file.
    has_file: bool,
    is_writer_gone: bool,
    /// That there is no value was told, and nothing else of the file since.
    is_not_yet: bool,
    /// Why the file that is there was refused.
    refused: Option<String>,
}

/// What is told next.
#[derive(Debug)]
enum Next {
    Value(u64),
    NotYet,
    WriterGone,
    WriterBack,
    Replaced,
    Refused(OpenError),
}

impl<O: Reopen> Following<O> {
    /// Follows what is or will be at the path that `named` names.
    pub(crate) fn at(named: Named, options: O::Options) -> Self {
        match named.to_read() {
            Ok(path) => Self::new(file::absolute(&path), None, options),
            // The reason is told when it is tried again.
            Err(_) => Self::new(named.given().into(), Some(named), options),
        }
    }

    fn new(path: PathBuf, unresolved: Option<Named>, options: O::Options) -> Self {
        Self {
            path,
            unresolved,
            options,
            followed: None,
            next: VecDeque::new(),
            told: Told::default(),
            due: Instant::now(),
            backoff: Backoff::up_to(RECHECK),
            #[cfg(test)]
            asked: 0,
        }
    }

    /// Follows the file of `origin`, and what takes its place.
    pub(crate) fn of(origin: O) -> Self {
        let path = file::absolute(origin.untyped().file().path());
        let mut following = Self::new(path, None, origin.options());
        following.told.has_file = true;
        following.followed = Some(Followed::new(origin));
        following
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What the file is read by that is followed now.
    pub(super) fn origin(&self) -> Option<&O> {
        self.followed.as_ref().map(|followed| followed.cursor.origin())
    }

    /// Looks whether there is something to tell.
    pub(super) fn look(&mut self) -> bool {
        if self.next.is_empty() {
            let is_due = Instant::now() >= self.due;
            if self.followed.is_some() {
                self.watch(is_due);
            } else if is_due {
                self.go_over();
            }
        }
        !self.next.is_empty()
    }

    /// The same, as far as it can be said without asking the system.
    #[cfg(feature = "async")]
    pub(super) fn look_at_words(&mut self) -> bool {
        if self.next.is_empty()
            && !self.told.is_writer_gone
            && Instant::now() < self.due
            && let Some(followed) = &mut self.followed
            && followed.cursor.untyped().file().state() == followed.state
            && !followed.is_left
            && let Some(generation) = followed.newer()
        {
            self.tell_value(generation);
        }
        !self.next.is_empty()
    }

    /// What to wait for when there is nothing to tell.
    pub(super) fn rest(&self) -> Rest {
        let Some(Followed { cursor, state, overtaken, .. }) = &self.followed else {
            return Rest { reader: None, seen: 0, state: None, until: self.due };
        };
        let overtaken = overtaken.as_ref();
        Rest {
            reader: Some(cursor.untyped().clone()),
            seen: overtaken.map_or(0, |overtaken| overtaken.generation).max(cursor.seen),
            state: *state,
            until: overtaken.map_or(self.due, |overtaken| overtaken.at.min(self.due)),
        }
    }

    /// Takes what is next, if it is still to be had.
    pub(crate) fn take(&mut self) -> Option<Follow<O::Value>> {
        self.take_by(O::take)
    }

    /// The same with what `copy` takes of the file; see [`Cursor::take_by`].
    pub(super) fn take_by<V>(
        &mut self,
        copy: impl FnOnce(&O, &mut u64) -> Result<V, ReadError>,
    ) -> Option<Follow<V>> {
        Some(match self.next.pop_front()? {
            Next::Value(generation) => return self.followed.as_mut()?.take_by(generation, copy),
            Next::NotYet => Follow::NotYet,
            Next::WriterGone => Follow::WriterGone,
            Next::WriterBack => Follow::WriterBack,
            Next::Replaced => Follow::Replaced,
            Next::Refused(error) => Follow::Refused(error),
        })
    }

    /// Calls `show` whenever there is something to take, until `ending` says that it is over.
    pub(super) fn drive(&mut self, ending: &Ending, mut show: impl FnMut(&mut Self)) {
        let mut backoff = Backoff::new();
        while !ending.is_over() {
            if self.look() {
                show(self);
                backoff = Backoff::new();
            } else {
                self.rest().sleep(Duration::MAX, ending, &mut backoff);
            }
        }
    }

    /// Looks at the file that is followed; asks the system if that is due, or if the words say so.
    fn watch(&mut self, is_due: bool) {
        let Some(followed) = &mut self.followed else { return };
        if is_due {
            self.due = Instant::now() + RECHECK;
            followed.file().ask_again();
            #[cfg(test)]
            {
                self.asked += 1;
            }
        }
        if followed.is_over(is_due) {
            if let Some(generation) = followed.last_of_left() {
                self.due = Instant::now();
                return self.tell_value(generation);
            }
            if self.go_over() {
                return;
            }
        }
        self.watch_writer(is_due);
    }

    /// Looks for a value, and whether there is a writer.
    fn watch_writer(&mut self, is_due: bool) {
        let Some(followed) = &mut self.followed else { return };
        // First: who sees that the file is closed then sees the last publish.
        let state = followed.file().state();
        let is_news = followed.state != state;
        followed.state = state;
        if let Some(generation) = followed.newer() {
            if self.told.is_writer_gone && followed.has_writer(is_news) == Some(true) {
                self.tell_writer(true);
            }
            return self.tell_value(generation);
        }
        let is_closed = matches!(state, Some(State::Closed | State::Superseded));
        let has_writer =
            if is_due || is_news || is_closed { followed.has_writer(is_news) } else { None };
        // What a writer has published that was killed only now.
        if has_writer == Some(false)
            && let Some(generation) = followed.last()
        {
            self.due = Instant::now();
            return self.tell_value(generation);
        }
        if followed.cursor.seen == 0 && followed.overtaken.is_none() {
            self.tell_not_yet();
        }
        if let Some(has_writer) = has_writer {
            self.tell_writer(has_writer);
        }
    }

    /// Goes over to the file that is at the path now; returns whether it is another one, or none.
    fn go_over(&mut self) -> bool {
        #[cfg(test)]
        {
            self.asked += 1;
        }
        match self.open() {
            Ok(origin) => {
                let opened = Followed::new(origin);
                if let Some(followed) = &mut self.followed
                    && opened.is_put_back
                    && followed.file().is_same_file(opened.file())
                {
                    (followed.is_put_back, followed.is_left) = (true, false);
                    return false;
                }
                if self.told.has_file {
                    self.next.push_back(Next::Replaced);
                    self.told.is_not_yet = false;
                }
                self.told.has_file = true;
                self.told.refused = None;
                self.followed = Some(opened);
                self.due = Instant::now();
                self.backoff = Backoff::up_to(RECHECK);
            }
            Err(error) => self.miss(error),
        }
        true
    }

    fn open(&mut self) -> Result<O, OpenError> {
        if let Some(named) = &self.unresolved {
            self.path = file::absolute(&named.to_read()?);
            self.unresolved = None;
        }
        O::open_at(&self.path, &self.options)
    }

    /// There is no file, or none that can be followed.
    fn miss(&mut self, error: OpenError) {
        self.followed = None;
        self.due = Instant::now() + self.backoff.pause();
        if self.told.has_file {
            self.tell_writer(false);
        }
        if matches!(error, OpenError::NotFound { .. }) {
            self.told.refused = None;
            return self.tell_not_yet();
        }
        let cause = causes(&error);
        if self.told.refused.as_ref() != Some(&cause) {
            self.told.refused = Some(cause);
            self.told.is_not_yet = false;
            self.next.push_back(Next::Refused(error));
        }
    }

    fn tell_value(&mut self, generation: u64) {
        self.told.is_not_yet = false;
        self.next.push_back(Next::Value(generation));
    }

    fn tell_not_yet(&mut self) {
        if !core::mem::replace(&mut self.told.is_not_yet, true) {
            self.next.push_back(Next::NotYet);
        }
    }

    fn tell_writer(&mut self, is_there: bool) {
        if core::mem::replace(&mut self.told.is_writer_gone, !is_there) == is_there {
            self.next.push_back(if is_there { Next::WriterBack } else { Next::WriterGone });
        }
    }
}

impl<O: Origin> Followed<O> {
    fn new(origin: O) -> Self {
        let is_put_back = origin.untyped().file().state() == Some(State::Superseded);
        let cursor = Cursor::new(origin);
        Self { cursor, state: None, is_put_back, is_left: false, overtaken: None }
    }

    fn file(&self) -> &OpenedReader {
        self.cursor.untyped().file()
    }

    /// Whether it is time to look for another file at the path.
    fn is_over(&mut self, is_due: bool) -> bool {
        // First, because it loads nothing from a file that was cut off.
        let is_superseded = is_due && self.file().is_superseded();
        if is_superseded && self.file().is_cut_off() {
            return true;
        }
        let is_marked = self.file().state() == Some(State::Superseded);
        // A writer goes on with a file that was put back, and takes the mark away.
        self.is_put_back &= is_marked;
        if self.is_put_back { is_due } else { is_superseded || is_marked }
    }

    /// A generation that was not told yet, of a file that is left now; once.
    fn last_of_left(&mut self) -> Option<u64> {
        if self.is_left || self.file().is_cut_off() {
            return None;
        }
        let newer = self.newer()?;
        self.is_left = true;
        Some(newer)
    }

    /// A generation that was not told yet, and is not one that was overtaken just now.
    fn newer(&self) -> Option<u64> {
        let generation = self.cursor.untyped().look_newer(self.cursor.seen).over()?;
        let waits = |overtaken: &Overtaken| {
            generation <= overtaken.generation && Instant::now() < overtaken.at
        };
        (!self.overtaken.as_ref().is_some_and(waits)).then_some(generation)
    }

    /// The last one of a writer that has gone: also, once, if it was overtaken.
    fn last(&mut self) -> Option<u64> {
        let generation = self.cursor.untyped().look_newer(self.cursor.seen).over()?;
        if let Some(overtaken) = &mut self.overtaken
            && generation <= overtaken.generation
            && core::mem::replace(&mut overtaken.is_last, true)
        {
            return None;
        }
        Some(generation)
    }

    /// Whether the file has a writer, as far as that can be told: `is_news` if it is in another
    /// state than it was.
    fn has_writer(&self, is_news: bool) -> Option<bool> {
        if matches!(self.state, Some(State::Closed | State::Superseded)) {
            return Some(false);
        }
        match self.file().writer_state() {
            WriterState::Alive => Some(true),
            WriterState::Dead => Some(false),
            // Then there is nothing but what writers say themselves.
            WriterState::Unknown => is_news.then_some(true),
        }
    }

    /// What there is to tell of `generation`: nothing, if it was overtaken again.
    fn take_by<V>(
        &mut self,
        generation: u64,
        copy: impl FnOnce(&O, &mut u64) -> Result<V, ReadError>,
    ) -> Option<Follow<V>> {
        let before = self.overtaken.take();
        match self.cursor.take_by(generation, copy) {
            Ok(value) => Some(Follow::Value(value)),
            Err(error @ ReadError::Contended { .. }) => {
                let again = before.filter(|before| before.generation >= generation);
                let is_told = again.is_some();
                let mut overtaken = again.unwrap_or_else(|| Overtaken::at(generation));
                overtaken.at = Instant::now() + overtaken.backoff.pause();
                self.overtaken = Some(overtaken);
                (!is_told).then_some(Follow::Unreadable(error))
            }
            Err(error) => Some(Follow::Unreadable(error)),
        }
    }
}

impl Overtaken {
    fn at(generation: u64) -> Self {
        let backoff = Backoff::up_to(RECHECK);
        Self { generation, at: Instant::now(), backoff, is_last: false }
    }
}

/// An error in words, with what has caused it: by them it is known again.
fn causes(error: &OpenError) -> String {
    let mut words = error.to_string();
    let mut cause = core::error::Error::source(error);
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use core::cell::{Cell, RefCell};

    use super::*;
    use crate::untyped::ReaderCore;
    use crate::wait::follow::Follows;
    use crate::{Reader, ReaderOptions, Writer};

    #[crate::create_writer(filename = "count.bin", crate = crate)]
    #[crate::create_reader(filename = "count.bin", crate = crate)]
    struct Count {
        number: u64,
    }

    /// How often the system is asked while nothing is told, and what a re-check every 100 ms makes
    /// of the time that this took: a slow machine asks less often.
    fn asked_in_vain(follows: &mut Follows<Reader<Count>>) -> (u32, u128) {
        let (before, started) = (follows.following().asked, Instant::now());
        assert!(follows.next_timeout(Duration::from_millis(1000)).is_none());
        let asked = follows.following().asked - before;
        (asked, started.elapsed().as_millis() / RECHECK.as_millis() + 1)
    }

    #[test]
    fn the_system_is_asked_ten_times_a_second_and_no_more() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("count.bin");
        let options = || ReaderOptions::<Count>::new("count.bin").path(&path);
        for options in [options(), options().polling()] {
            let (named, options) = options.into_parts();
            let mut follows = Follows::new(Following::at(named, options));
            let mut writer = None;
            for state in ["absent", "idle", "closed", "refused"] {
                match state {
                    "idle" => writer = Some(Writer::<Count>::create_at(&path).unwrap()),
                    "closed" => writer = None,
                    "refused" => {
                        std::fs::remove_file(&path).unwrap();
                        std::fs::write(&path, "no file of commy's").unwrap();
                    }
                    _ => {}
                }
                while follows.next_timeout(RECHECK * 4).is_some() {}
                let (asked, most) = asked_in_vain(&mut follows);
                assert!(asked > 0 && u128::from(asked) <= most, "{state}: {asked}, {most}");
            }
            assert!(writer.is_none());
            std::fs::remove_file(&path).unwrap();
        }
    }

    /// A reader of a file whose writer publishes 2 and closes it at a step of somebody's look.
    struct Meddling {
        reader: Reader<Count>,
        /// How many steps are left until then; 0 for never.
        steps: Cell<u32>,
        writer: RefCell<Option<Writer<Count>>>,
    }

    impl Origin for Meddling {
        type Value = u64;

        fn untyped(&self) -> &ReaderCore {
            let left = self.steps.get();
            self.steps.set(left.saturating_sub(1));
            if left == 1
                && let Some(mut writer) = self.writer.take()
            {
                writer.publish(&Count { number: 2 });
            }
            self.reader.core()
        }

        fn take(&self, taken: &mut u64) -> Result<u64, ReadError> {
            Ok(Origin::take(&self.reader, taken)?.number)
        }
    }

    impl Reopen for Meddling {
        type Options = ();

        fn open_at(_: &Path, (): &()) -> Result<Self, OpenError> {
            unreachable!("the file is where it was")
        }

        fn options(&self) {}
    }

    #[test]
    fn a_writer_that_goes_at_any_step_of_a_look_has_given_its_last_value() {
        let (mut step, mut meddled) = (0, 0);
        loop {
            step += 1;
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("count.bin");
            let mut writer = Writer::<Count>::create_at(&path).unwrap();
            writer.publish(&Count { number: 1 });
            let reader = Reader::open_at(&path).unwrap();
            let (steps, writer) = (Cell::new(0), RefCell::new(Some(writer)));
            let mut following = Following::of(Meddling { reader, steps, writer });
            let mut told = Vec::new();
            let mut look = |following: &mut Following<Meddling>| {
                following.due = Instant::now();
                while following.look() {
                    told.push(match following.take().unwrap() {
                        Follow::Value(number) => number,
                        Follow::WriterGone => 0,
                        other => panic!("{other:?}"),
                    });
                }
            };
            look(&mut following);
            following.followed.as_ref().unwrap().cursor.origin().steps.set(step);
            look(&mut following);
            let is_there = following.followed.as_ref().unwrap().cursor.origin().steps.get() > 0;
            if is_there {
                break;
            }
            look(&mut following);
            look(&mut following);
            assert_eq!(told, [1, 2, 0], "step {step}");
            meddled += 1;
        }
        assert!(meddled > 5, "a look has more steps than {meddled}");
    }

    #[test]
    fn a_cause_is_known_again_by_all_its_words() {
        let refused = |code| OpenError::Io {
            path: "data.bin".into(),
            doing: "map",
            source: std::io::Error::from_raw_os_error(code),
        };
        assert_eq!(causes(&refused(5)), causes(&refused(5)));
        assert_ne!(causes(&refused(5)), causes(&refused(12)));
    }
}
