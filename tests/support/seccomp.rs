//! System calls that the kernel refuses to a thread, or that another thread answers in its place.
//!
//! A filter holds for the thread that installs it and for those that this one starts, for as long
//! as they live.
#![allow(dead_code, unreachable_pub, reason = "a module of several tests")]
#![allow(unsafe_code, reason = "std knows no such filters")]

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, RawFd};
use std::path::PathBuf;
use std::sync::mpsc;
use std::{panic, thread};

/// The descriptor with which a thread says that it makes no more calls.
const OVER: libc::c_int = -1;

/// Makes each of the calls fail with its error number from now on.
pub fn forbid(calls: &[(libc::c_long, libc::c_int)]) {
    let refuse = |error: libc::c_int| libc::SECCOMP_RET_ERRNO | error as u32;
    let actions = calls.iter().map(|(call, error)| (*call, refuse(*error)));
    install(actions, 0).unwrap();
}

/// Runs `work` in a thread of its own. Of the `calls`, which begin with a file descriptor, none is
/// carried out: `answer` is given each one, with the path of its file, and returns an error number
/// or 0. `None` if the kernel has no such thing.
pub fn answering<R: Send>(
    calls: &[libc::c_long],
    mut answer: impl FnMut(libc::c_long, PathBuf) -> libc::c_int,
    work: impl FnOnce() -> R + Send,
) -> Option<R> {
    let (installed, listeners) = mpsc::channel();
    thread::scope(|scope| {
        let worker = scope.spawn(move || {
            let actions = calls.iter().map(|call| (*call, libc::SECCOMP_RET_USER_NOTIF));
            let listener = match install(actions, libc::SECCOMP_FILTER_FLAG_NEW_LISTENER) {
                Ok(listener) => listener,
                Err(error) => {
                    eprintln!("skipped: nobody can answer system calls: {error}");
                    return None;
                }
            };
            // SAFETY: the kernel has just made the descriptor, and nobody else knows of it.
            installed.send(unsafe { File::from_raw_fd(listener) }).unwrap();
            let _over = Over(calls[0]);
            Some(work())
        });
        // Dropped when `answer` panics: then the kernel refuses the calls that are left.
        if let Ok(listener) = listeners.recv() {
            while let Some(call) = Asked::next(&listener) {
                let error = answer(call.number(), call.path());
                call.reply(&listener, error);
            }
        }
        worker.join().unwrap_or_else(|failure| panic::resume_unwind(failure))
    })
}

/// Tells the thread that answers that there is nothing more to answer.
struct Over(libc::c_long);

impl Drop for Over {
    fn drop(&mut self) {
        // SAFETY: the call is not carried out; there is no such descriptor anyway.
        unsafe { libc::syscall(self.0, OVER, 0, 0, 0) };
    }
}

/// A call whose thread waits for the answer.
struct Asked(libc::seccomp_notif);

impl Asked {
    /// Waits for the next call; `None` when there will be none.
    fn next(listener: &File) -> Option<Self> {
        loop {
            // SAFETY: a struct of integers, of which zero is one; the kernel wants it so.
            let mut asked: libc::seccomp_notif = unsafe { core::mem::zeroed() };
            let request = libc::SECCOMP_IOCTL_NOTIF_RECV;
            // SAFETY: the request fills one such struct, and the descriptor is open.
            let status = unsafe { libc::ioctl(listener.as_raw_fd(), request, &raw mut asked) };
            let asked = Self(asked);
            match status {
                0 if asked.descriptor() == OVER => {
                    asked.reply(listener, 0);
                    return None;
                }
                0 => return Some(asked),
                // Interrupted, here or there.
                _ => {}
            }
        }
    }

    fn number(&self) -> libc::c_long {
        self.0.data.nr.into()
    }

    fn descriptor(&self) -> libc::c_int {
        self.0.data.args[0] as libc::c_int
    }

    fn path(&self) -> PathBuf {
        fs::read_link(format!("/proc/self/fd/{}", self.descriptor())).unwrap()
    }

    fn reply(&self, listener: &File, error: libc::c_int) {
        let request = libc::SECCOMP_IOCTL_NOTIF_SEND;
        let mut reply = libc::seccomp_notif_resp { id: self.0.id, val: 0, error: -error, flags: 0 };
        // SAFETY: the request reads one such struct, and the descriptor is open.
        let status = unsafe { libc::ioctl(listener.as_raw_fd(), request, &raw mut reply) };
        assert_eq!(status, 0, "{}", io::Error::last_os_error());
    }
}

/// Installs a filter that does to each of the calls what its action says, and allows all others;
/// returns the descriptor that `flags` may ask for, or 0.
fn install(
    actions: impl Iterator<Item = (libc::c_long, u32)>,
    flags: libc::c_ulong,
) -> io::Result<RawFd> {
    const LOAD_NUMBER: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const IF_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    let step = |code, jf, k| libc::sock_filter { code, jt: 0, jf, k };
    let mut steps = vec![step(LOAD_NUMBER, 0, 0)];
    for (call, action) in actions {
        steps.push(step(IF_EQUAL, 1, u32::try_from(call).unwrap()));
        steps.push(step(RETURN, 0, action));
    }
    steps.push(step(RETURN, 0, libc::SECCOMP_RET_ALLOW));
    let len = u16::try_from(steps.len()).unwrap();
    let filter = libc::sock_fprog { len, filter: steps.as_mut_ptr() };
    // SAFETY: takes numbers only.
    let status = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    assert_eq!(status, 0, "{}", io::Error::last_os_error());
    // SAFETY: the kernel copies the steps, which live until the end of this function.
    let status = unsafe {
        let mode = libc::SECCOMP_SET_MODE_FILTER;
        libc::syscall(libc::SYS_seccomp, mode, flags, &raw const filter)
    };
    RawFd::try_from(status).ok().filter(|status| *status >= 0).ok_or_else(io::Error::last_os_error)
}
