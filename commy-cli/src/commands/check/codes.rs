//! What findings are called, how bad they are, and what to do.

use super::Level;

/// The name of a finding, which stays the same when its words change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    Damaged,
    Truncated,
    Value,
    Slot,
    Latest,
    Checkpoints,
    Mode,
    FileSystem,
    LockMissing,
    Space,
    Padding,
    SlotTorn,
    SlotOpen,
    SlotAhead,
    Empty,
    NeedsWriter,
    Contended,
    WriterDied,
    WriterUnknown,
    Owner,
    SpaceBeside,
    Leftover,
    CheckpointsHidden,
}

/// All of them, the worst first.
pub(super) const ALL: [Code; 23] = [
    Code::Damaged,
    Code::Truncated,
    Code::Value,
    Code::Slot,
    Code::Latest,
    Code::Checkpoints,
    Code::Mode,
    Code::FileSystem,
    Code::LockMissing,
    Code::Space,
    Code::Padding,
    Code::SlotTorn,
    Code::SlotOpen,
    Code::SlotAhead,
    Code::Empty,
    Code::NeedsWriter,
    Code::Contended,
    Code::WriterDied,
    Code::WriterUnknown,
    Code::Owner,
    Code::SpaceBeside,
    Code::Leftover,
    Code::CheckpointsHidden,
];

impl Code {
    pub(super) const fn name(self) -> &'static str {
        self.all().0
    }

    pub(super) const fn level(self) -> Level {
        self.all().1
    }

    pub(super) const fn meaning(self) -> &'static str {
        self.all().2
    }

    pub(super) const fn advice(self) -> &'static str {
        self.all().3
    }

    const fn all(self) -> (&'static str, Level, &'static str, &'static str) {
        match self {
            Self::Damaged => (
                "damaged",
                Level::Fail,
                "header, schema, control words or heap are not what a writer stores",
                "let its writer make the file anew, with `on_mismatch(OnMismatch::Replace)`, or restore a copy",
            ),
            Self::Truncated => (
                "truncated",
                Level::Fail,
                "the file is shorter than its header says: to read what is missing would end a process",
                "find out who cuts files off, and let its writer make the file anew",
            ),
            Self::Value => (
                "value",
                Level::Fail,
                "a part of the newest value is no value of its type; readers refuse it",
                "look for who writes into the file besides its writer, or at a writer with unsafe code",
            ),
            Self::Slot => (
                "slot",
                Level::Fail,
                "a slot says that it has a generation which belongs into another one",
                "something else than a writer has stored there: let its writer make the file anew",
            ),
            Self::Latest => (
                "latest",
                Level::Fail,
                "no slot has the generation that is said to be the latest",
                "something else than a writer has stored there: let its writer make the file anew",
            ),
            Self::Checkpoints => (
                "checkpoints",
                Level::Fail,
                "what is called like the checkpoints of the file is none, or damaged",
                "move it away; the next flush of a durable writer makes new ones",
            ),
            Self::Mode => (
                "mode",
                Level::Warn,
                "others than the owner may write the file: they can publish wrong values, or end readers by truncating it",
                "take the right away with `chmod go-w`, and let the writer ask for no such mode",
            ),
            Self::FileSystem => (
                "file-system",
                Level::Warn,
                "the file is on a file system that does not show all programs the same memory",
                "put it on a local file system: below /dev/shm or $XDG_RUNTIME_DIR",
            ),
            Self::LockMissing => (
                "lock-missing",
                Level::Warn,
                "the lock file of the live writer is gone; the lock on the file itself still keeps others out",
                "keep lock files from being cleaned up, and restart the writer when there is time",
            ),
            Self::Space => (
                "space",
                Level::Warn,
                "there is almost no room on the file system, and the record grows",
                "make room: a change that needs more is refused, and leaves the value as it is",
            ),
            Self::Padding => (
                "padding",
                Level::Warn,
                "bytes between fields, or behind the end of a text or list, are not zero, as all writers leave them",
                "look for who writes into the file besides its writer; readers do not look at these bytes",
            ),
            Self::SlotTorn => (
                "slot-torn",
                Level::Note,
                "a writer was killed in the middle of a publish; readers see the generation before",
                "nothing: the next writer fills that slot again",
            ),
            Self::SlotOpen => (
                "slot-open",
                Level::Note,
                "the writer was in the middle of one publish for as long as this has looked",
                "look whether its process is stopped, or waits for a disk",
            ),
            Self::SlotAhead => (
                "slot-ahead",
                Level::Note,
                "a writer was killed when a slot was complete, and not yet the latest",
                "nothing: the next writer counts on above it",
            ),
            Self::Empty => (
                "empty",
                Level::Note,
                "no value was published yet",
                "wait for its writer, or start it",
            ),
            Self::NeedsWriter => (
                "needs-writer",
                Level::Note,
                "the file was copied, or the machine went down without an orderly close: nobody vouches for its value",
                "start its writer, which looks what of it counts",
            ),
            Self::Contended => (
                "contended",
                Level::Note,
                "the writer publishes so fast that no whole value could be copied",
                "check again, or give the file more slots",
            ),
            Self::WriterDied => (
                "writer-died",
                Level::Note,
                "the last writer was killed, or its machine went down; readers still see what it has published last",
                "start it again; `commy prune` tells of such files",
            ),
            Self::WriterUnknown => (
                "writer-unknown",
                Level::Note,
                "the file system knows no locks on bytes, or somebody else's lock hides the answer",
                "ask on the machine of the writer",
            ),
            Self::Owner => (
                "owner",
                Level::Note,
                "the file belongs to another user, who decides what is in it",
                "nothing, if you trust that user; readers can demand an owner with `require_owner`",
            ),
            Self::SpaceBeside => (
                "space-beside",
                Level::Note,
                "there is almost no room on the file system; the file itself needs no more",
                "make room before other files are created there, or checkpoints are written",
            ),
            Self::Leftover => (
                "leftover",
                Level::Note,
                "a writer died while it made a new file",
                "nothing: the next writer removes it; so does `commy prune --yes`",
            ),
            Self::CheckpointsHidden => (
                "checkpoints-hidden",
                Level::Note,
                "the checkpoints beside the file may not be read by this user",
                "check as the user who owns the file",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_in_the_list_once() {
        for (index, code) in ALL.iter().enumerate() {
            assert_eq!(*code as usize, index, "{}", code.name());
            let named = ALL.iter().filter(|other| other.name() == code.name());
            assert_eq!(named.count(), 1, "{}", code.name());
        }
    }
}
