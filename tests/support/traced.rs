//! A role whose system calls are counted, by the kernel's means for debuggers.
#![allow(dead_code, unreachable_pub, reason = "a module of several tests")]
#![allow(unsafe_code, reason = "std traces no processes")]

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, io, ptr};

use crate::support;

/// The system calls between two marks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    pub all: u32,
    /// Those about locks.
    pub locks: u32,
}

/// For the role: what follows is counted anew.
pub fn mark() {
    // SAFETY: takes nothing and changes nothing; nobody else here calls it.
    unsafe { libc::getppid() };
}

fn trace(request: libc::c_uint, pid: libc::pid_t, address: usize, data: usize) -> bool {
    // SAFETY: what is at `address` and `data` is a number, or a place of the caller's that is large enough.
    unsafe { libc::ptrace(request, pid, address, data) >= 0 }
}

/// Runs `role` to its end and returns what it has asked the kernel for between its marks; `None`, and says
/// so, where processes cannot be traced.
pub fn count(role: &str, path: &Path) -> Option<Vec<Calls>> {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["--exact", role, "--ignored", "--nocapture", "--quiet"])
        .env(support::PATH, path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .process_group(0);
    let be_traced = || match trace(libc::PTRACE_TRACEME, 0, 0, 0) {
        true => Ok(()),
        false => Err(io::Error::last_os_error()),
    };
    // SAFETY: one system call, which allocates nothing and takes no lock.
    unsafe { command.pre_exec(be_traced) };
    let child = match command.spawn() {
        Ok(child) => support::Reaped(child),
        Err(error) => {
            eprintln!("skipped: no process can be traced here: {error}");
            return None;
        }
    };
    let leader = child.0.id() as libc::pid_t;
    let (mut counted, mut calls, mut has_begun) = (Vec::new(), Calls::default(), false);
    loop {
        let mut status = 0;
        // SAFETY: waits for the process group made above; the pointer is to a local.
        let pid = unsafe { libc::waitpid(-leader, &raw mut status, libc::__WALL) };
        assert!(pid > 0, "{}", io::Error::last_os_error());
        if !libc::WIFSTOPPED(status) {
            if pid == leader {
                assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0, "{status:#x}");
                break;
            }
            continue;
        }
        let mut passed_on = 0;
        match libc::WSTOPSIG(status) {
            signal if signal == libc::SIGTRAP | 0x80 => match entered(pid) {
                Some(libc::SYS_getppid) => {
                    if has_begun {
                        counted.push(calls);
                    }
                    (calls, has_begun) = (Calls::default(), true);
                }
                Some(number) => {
                    calls.all += 1;
                    calls.locks += u32::from(number == libc::SYS_fcntl);
                }
                None => {}
            },
            libc::SIGTRAP if !has_begun => {
                let options = libc::PTRACE_O_TRACESYSGOOD
                    | libc::PTRACE_O_TRACECLONE
                    | libc::PTRACE_O_EXITKILL;
                trace(libc::PTRACE_SETOPTIONS, pid, 0, options as usize);
            }
            // A thread that has begun.
            libc::SIGTRAP | libc::SIGSTOP => {}
            signal => passed_on = signal as usize,
        }
        trace(libc::PTRACE_SYSCALL, pid, 0, passed_on);
    }
    Some(counted)
}

/// The number of the call that a thread is about to make; `None` if it comes out of one.
fn entered(pid: libc::pid_t) -> Option<libc::c_long> {
    // SAFETY: all zeros is a value of this struct of integers.
    let mut info: libc::ptrace_syscall_info = unsafe { core::mem::zeroed() };
    let (size, place) = (size_of_val(&info), ptr::from_mut(&mut info));
    let is_told = trace(libc::PTRACE_GET_SYSCALL_INFO, pid, size, place as usize);
    if !is_told || info.op != libc::PTRACE_SYSCALL_INFO_ENTRY {
        return None;
    }
    // SAFETY: of the variants, `op` names this one.
    Some(unsafe { info.u.entry.nr } as libc::c_long)
}
