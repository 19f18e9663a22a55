//! Sleeping until a shared word changes, and waking those who sleep.
#![allow(unsafe_code, reason = "the room for system calls that the standard library lacks")]

use core::ptr;
use core::time::Duration;
use std::io;
use std::thread;

use crate::sync::AtomicU32;

/// How long a sleep is where the kernel refuses to watch the word.
const BLIND_SLEEP: Duration = Duration::from_millis(5);

/// Sleeps while `word` holds `expected`, until somebody wakes it or `timeout` is over; may end
/// early for no reason.
///
/// The word may be on a page that this process can only read. No private futex: those do not
/// reach other processes.
pub(crate) fn sleep_while(word: &AtomicU32, expected: u32, timeout: Duration) {
    sleep_at(ptr::from_ref(word), expected, timeout);
}

/// The same for a word that only the kernel looks at: what it cannot read, it refuses.
fn sleep_at(word: *const AtomicU32, expected: u32, timeout: Duration) {
    let timeout = libc::timespec {
        tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: libc::c_long::from(timeout.subsec_nanos()),
    };
    // SAFETY: the kernel reads the word, or finds that it cannot, and the time, which is a local; it
    // writes neither.
    let status = unsafe {
        libc::syscall(libc::SYS_futex, word, libc::FUTEX_WAIT, expected, &raw const timeout)
    };
    if status == 0 {
        return;
    }
    match io::Error::last_os_error().raw_os_error() {
        Some(libc::EAGAIN | libc::ETIMEDOUT | libc::EINTR) => {}
        // A sandbox without futexes, or a file system without shared keys: better late than busy.
        _ => thread::sleep(BLIND_SLEEP),
    }
}

/// Wakes all who sleep on `word`, in every process.
pub(crate) fn wake_all(word: &AtomicU32) {
    // SAFETY: the kernel uses the address as a name and touches nothing. If it fails, nobody
    // can sleep there either.
    unsafe {
        libc::syscall(libc::SYS_futex, ptr::from_ref(word), libc::FUTEX_WAKE, libc::c_int::MAX)
    };
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};
    use std::time::Instant;

    use super::*;
    use crate::sync::Ordering;

    #[test]
    fn a_word_that_has_changed_already_is_not_slept_on() {
        let word = AtomicU32::new(1);
        // Would never end.
        sleep_while(&word, 0, Duration::MAX);
    }

    #[test]
    fn a_sleeper_is_woken_by_a_change() {
        let word = Arc::new(AtomicU32::new(0));
        let (started, starts) = mpsc::channel();
        let sleeper = thread::spawn({
            let word = Arc::clone(&word);
            move || {
                let mut sleeps = 0;
                while word.load(Ordering::Acquire) == 0 {
                    started.send(()).unwrap();
                    sleep_while(&word, 0, Duration::MAX);
                    sleeps += 1;
                }
                sleeps
            }
        });
        starts.recv().unwrap();
        // Asleep by now, in all likelihood: a sleep that returns at once has begun many times.
        thread::sleep(Duration::from_millis(50));
        word.store(1, Ordering::Release);
        wake_all(&word);
        let sleeps = sleeper.join().unwrap();
        assert!(sleeps < 100, "{sleeps} sleeps ended for no reason");
    }

    /// Bounds nothing from above. Sleeps may end early for no reason, but not as many of them.
    #[test]
    fn a_sleep_lasts_for_its_time_and_ends_with_it() {
        let word = AtomicU32::new(0);
        let timeout = Duration::from_millis(20);
        let lasts = || {
            let started = Instant::now();
            sleep_while(&word, 0, timeout);
            started.elapsed() >= timeout
        };
        let lasted = (0..10).filter(|_| lasts()).count();
        assert!(lasted >= 5, "{lasted} of 10 sleeps lasted for their time");
    }

    #[test]
    fn a_sleep_on_a_word_that_the_kernel_does_not_watch_is_no_busy_loop() {
        // The address of a futex is a multiple of 4.
        let odd = ptr::without_provenance(1);
        let started = Instant::now();
        sleep_at(odd, 0, Duration::from_millis(1));
        assert!(started.elapsed() >= BLIND_SLEEP);
    }
}
