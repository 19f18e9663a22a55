//! The session: what an earlier boot left in the slots may be torn, and is not believed.

use loom::sync::{Arc, Mutex};
use loom::thread;

use super::*;

/// What every process of the model is in.
const OWN: Session = Session { birth: 11, handle: 0, kernel: 77, number: 0 };

/// The session words of a file, and the lock, which the kernel orders as a mutex does.
struct Vouched {
    birth: AtomicU64,
    kernel: AtomicU64,
    voucher: AtomicU64,
    /// What no process of the model knows.
    unknown: AtomicU64,
    lock: Mutex<bool>,
}

impl Vouched {
    /// As a writer left them that is gone.
    fn by(birth: u64, kernel: u64, voucher: u64) -> Self {
        Self {
            birth: AtomicU64::new(birth),
            kernel: AtomicU64::new(kernel),
            voucher: AtomicU64::new(voucher),
            unknown: AtomicU64::new(0),
            lock: Mutex::new(false),
        }
    }

    fn words(&self) -> SessionWords<'_> {
        SessionWords {
            birth: &self.birth,
            handle: &self.unknown,
            kernel: &self.kernel,
            number: &self.unknown,
            voucher: &self.voucher,
        }
    }

    /// What a reader that knows its kernel goes by.
    fn is_believed<S: Steps>(&self) -> bool {
        belief(OWN, false, self.words().load::<S>()) == Belief::Vouched
    }

    /// What a reader goes by that is shown another boot id.
    fn is_believed_by_lock<S: Steps>(&self) -> bool {
        let own = Session { kernel: 5, ..OWN };
        is_vouched_by_lock::<S>(self.words(), own, || *self.lock.lock().unwrap())
    }

    fn begin<S: Steps>(&self) {
        begin::<S>(self.words(), || *self.lock.lock().unwrap() = true);
    }
}

/// Generation 1 in two slots, torn.
fn torn<S: Steps>() -> Memory {
    let memory = Memory::new(2);
    write::<S>(&memory, 1, 1);
    memory.slot(1).payload[0].store(99, Ordering::Relaxed);
    memory
}

/// A file with torn bytes in the slot that `latest` names, and the session words that the last
/// writer `left`. A new writer publishes and vouches; a reader looks whether it did, and then
/// reads.
fn restart<S: Steps + 'static>(left: fn() -> Vouched, is_believed: fn(&Vouched) -> bool) {
    loom::model(move || {
        let memory = Arc::new(torn::<S>());
        let session = Arc::new(left());
        let reader = {
            let (memory, session) = (Arc::clone(&memory), Arc::clone(&session));
            thread::spawn(move || {
                if is_believed(&session)
                    && let Ok((generation, content)) = snapshot::<S>(&memory)
                {
                    assert!(generation > 1, "torn read: of an earlier boot");
                    assert_eq!(content, generation, "torn read: another generation");
                }
            })
        };
        session.begin::<S>();
        write::<S>(&*memory, 2, 2);
        vouch::<S>(session.words(), OWN, 9);
        write::<S>(&*memory, 3, 3);
        reader.join().unwrap();
        assert!(session.is_believed::<S>() && session.is_believed_by_lock::<S>());
    });
}

/// The file outlived a restart of the machine.
fn reboot<S: Steps + 'static>() {
    restart::<S>(|| Vouched::by(OWN.birth, 76, 3), Vouched::is_believed::<S>);
}

/// The file is a copy, made in this boot.
fn copy<S: Steps + 'static>() {
    restart::<S>(|| Vouched::by(10, OWN.kernel, 3), Vouched::is_believed::<S>);
}

/// The file outlived a restart, and the reader cannot tell by the words.
fn reboot_in_a_container<S: Steps + 'static>() {
    restart::<S>(|| Vouched::by(OWN.birth, 76, 3), Vouched::is_believed_by_lock::<S>);
}

/// Two threads share a reader: one finds the session vouched for, the other goes by what that one
/// says.
fn shared_belief<S: Steps + 'static>() {
    loom::model(|| {
        let memory = Arc::new(torn::<S>());
        let session = Arc::new(Vouched::by(OWN.birth, 76, 3));
        let believed = Arc::new(Believed::new(false));
        let first = {
            let (session, believed) = (Arc::clone(&session), Arc::clone(&believed));
            thread::spawn(move || {
                if session.is_believed::<S>() {
                    believed.set::<S>();
                }
            })
        };
        let second = {
            let (memory, believed) = (Arc::clone(&memory), Arc::clone(&believed));
            thread::spawn(move || {
                if believed.is_set::<S>()
                    && let Ok((generation, content)) = snapshot::<S>(&memory)
                {
                    assert_eq!(content, generation, "torn read: of an earlier boot");
                }
            })
        };
        write::<S>(&*memory, 2, 2);
        vouch::<S>(session.words(), OWN, 9);
        first.join().unwrap();
        second.join().unwrap();
    });
}

#[test]
fn threads_of_one_reader_believe_what_one_of_them_has_seen() {
    shared_belief::<Whole>();
}

#[test]
#[should_panic(expected = "torn read")]
fn with_belief_passed_on_relaxed_a_torn_slot_is_believed() {
    shared_belief::<BelieveRelaxed>();
}

#[test]
#[should_panic(expected = "torn read")]
fn with_belief_heard_relaxed_a_torn_slot_is_believed() {
    shared_belief::<BelievedRelaxed>();
}

/// A run of the kill harness over 10^10 snapshots met a reader that took a new file for a copy: it
/// had loaded the session twice, and the first writer vouched in between.
fn first_writer<S: Steps + 'static>() {
    loom::model(|| {
        let memory = Arc::new(Memory::new(2));
        let session = Arc::new(Vouched::by(0, 0, 0));
        let reader = {
            let (memory, session) = (Arc::clone(&memory), Arc::clone(&session));
            thread::spawn(move || {
                if has_latest::<S>(memory.latest()) {
                    assert!(session.is_believed::<S>(), "a new file was taken for a copy");
                }
            })
        };
        // As a writer of a new file does it: it vouches for nothing, and then publishes.
        session.begin::<S>();
        vouch::<S>(session.words(), OWN, 9);
        write::<S>(&*memory, 1, 1);
        reader.join().unwrap();
    });
}

#[test]
fn a_first_writer_that_vouches_is_not_taken_for_another_session() {
    first_writer::<Whole>();
}

#[test]
#[should_panic(expected = "taken for a copy")]
fn without_the_fence_behind_latest_a_new_file_is_taken_for_a_copy() {
    first_writer::<NoFirstReaderFence>();
}

#[test]
fn slots_are_believed_only_after_a_publish_of_this_boot() {
    reboot::<Whole>();
    copy::<Whole>();
}

#[test]
fn a_lock_proves_the_kernel_of_a_writer_that_has_published() {
    reboot_in_a_container::<Whole>();
}

#[test]
#[should_panic(expected = "torn read")]
fn with_the_lock_taken_before_the_voucher_is_withdrawn_a_torn_slot_is_believed() {
    reboot_in_a_container::<EarlyLock>();
}

#[test]
#[should_panic(expected = "torn read")]
fn with_the_lock_asked_for_after_the_words_a_torn_slot_is_believed() {
    reboot_in_a_container::<LateAsk>();
}

#[test]
#[should_panic(expected = "torn read")]
fn without_the_fence_before_the_voucher_a_torn_slot_is_believed() {
    reboot_in_a_container::<NoVouchFence>();
}

#[test]
#[should_panic(expected = "torn read")]
fn without_the_fence_behind_the_voucher_a_torn_slot_is_believed() {
    reboot_in_a_container::<NoBeliefFence>();
}

#[test]
#[should_panic(expected = "torn read")]
fn without_the_fence_before_the_session_a_torn_slot_is_believed() {
    reboot::<NoVouchFence>();
}

#[test]
#[should_panic(expected = "torn read")]
fn without_the_fence_behind_the_session_a_torn_slot_is_believed() {
    reboot::<NoBeliefFence>();
}
