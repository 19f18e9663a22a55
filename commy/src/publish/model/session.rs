//! The session: what an earlier boot left in the slots may be torn, and is not believed.

use loom::sync::Arc;
use loom::thread;

use super::*;

/// A file that outlived a restart of the machine, with torn bytes in the slot that `latest` names.
/// A new writer publishes and vouches; a reader looks whether it did, and then reads.
fn reboot<S: Steps + 'static>() {
    const SESSION: u64 = 77;
    loom::model(|| {
        let memory = Arc::new(Memory::new(2));
        let session = Arc::new(AtomicU64::new(76));
        write::<S>(&*memory, 1, 1);
        memory.slot(1).payload[0].store(99, Ordering::Relaxed);
        let reader = {
            let (memory, session) = (Arc::clone(&memory), Arc::clone(&session));
            thread::spawn(move || {
                if belief::<S>(&session, SESSION) == Belief::Vouched
                    && let Ok((generation, content)) = snapshot::<S>(&memory)
                {
                    assert!(generation > 1, "torn read: of an earlier boot");
                    assert_eq!(content, generation, "torn read: another generation");
                }
            })
        };
        for generation in 2..=3 {
            write::<S>(&*memory, generation, generation);
            if generation == 2 {
                vouch::<S>(&session, SESSION);
            }
        }
        reader.join().unwrap();
        assert_eq!(belief::<S>(&session, SESSION), Belief::Vouched);
    });
}

/// Two threads share a reader: one finds the session vouched for, the other goes by what that one
/// says.
fn shared_belief<S: Steps + 'static>() {
    const SESSION: u64 = 77;
    loom::model(|| {
        let memory = Arc::new(Memory::new(2));
        let session = Arc::new(AtomicU64::new(76));
        let believed = Arc::new(Believed::new(false));
        write::<S>(&*memory, 1, 1);
        memory.slot(1).payload[0].store(99, Ordering::Relaxed);
        let first = {
            let (session, believed) = (Arc::clone(&session), Arc::clone(&believed));
            thread::spawn(move || {
                if belief::<S>(&session, SESSION) == Belief::Vouched {
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
        vouch::<S>(&session, SESSION);
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
#[test]
fn a_first_writer_that_vouches_is_not_taken_for_another_session() {
    loom::model(|| {
        let session = Arc::new(AtomicU64::new(0));
        let reader = {
            let session = Arc::clone(&session);
            thread::spawn(move || assert_ne!(belief::<Whole>(&session, 77), Belief::Another))
        };
        vouch::<Whole>(&session, 77);
        reader.join().unwrap();
    });
}

#[test]
fn slots_are_believed_only_after_a_publish_of_this_boot() {
    reboot::<Whole>();
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
