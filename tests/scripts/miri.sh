#!/bin/sh
# Runs under Miri what it can run: units of commy that touch no file (values on their way in and out
# of a slot, the protocol on one thread, waking), and the containers over any bytes.
#
#   tests/scripts/miri.sh
#
# Needs a nightly toolchain with the components miri and rust-src. Not covered: everything with a
# mapped file, which Miri does not model; the assembly of long copies, in whose place it runs the loop
# over words; two threads, which loom has. Left out because they take hours there: the copies of
# every length and offset, and the list of stale ranges over thousands of generations.
set -eu

cd "$(dirname "$0")/../.."
export MIRIFLAGS="-Zmiri-disable-isolation ${MIRIFLAGS:-}"
cargo +nightly miri test -p commy --lib -- \
    mem::arrival mem::late mem::in_use mem::plain publish:: wake::tests wake::backoff --skip every_slot_gets
cargo +nightly miri test -p commy-types --lib
