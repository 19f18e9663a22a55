#!/bin/sh
# Runs the unit tests of commy-types and commy as programs of other machines, under emulation: s390x
# (big-endian, u128 aligned to 8), ARMv7 (32 bits, u128 aligned to 8), i686 (u64 aligned to 4 in structs),
# AArch64 (of commy, the copies, which go word by word there; the emulator orders memory as the machine below
# it does).
#
#   tests/scripts/foreign.sh [TARGET]...
#
# Needs the targets (`rustup target add s390x-unknown-linux-gnu ...`), a linker and a C library for
# each, and QEMU's user mode. On Debian:
#
#   apt-get install qemu-user gcc-s390x-linux-gnu gcc-arm-linux-gnueabihf gcc-i686-linux-gnu \
#       gcc-aarch64-linux-gnu libc6-dev-s390x-cross libc6-dev-armhf-cross libc6-dev-i386-cross \
#       libc6-dev-arm64-cross
#
# Left out: tests that fork or start themselves again, which the emulator does not survive, and those
# of what it answers in the place of the kernel (membarrier, prefaulting, /proc).
set -eu

cd "$(dirname "$0")/../.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target/foreign}"

export CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_LINKER=s390x-linux-gnu-gcc
export CARGO_TARGET_S390X_UNKNOWN_LINUX_GNU_RUNNER="qemu-s390x -L /usr/s390x-linux-gnu"
export CARGO_TARGET_ARMV7_UNKNOWN_LINUX_GNUEABIHF_LINKER=arm-linux-gnueabihf-gcc
export CARGO_TARGET_ARMV7_UNKNOWN_LINUX_GNUEABIHF_RUNNER="qemu-arm -L /usr/arm-linux-gnueabihf"
export CARGO_TARGET_I686_UNKNOWN_LINUX_GNU_LINKER=i686-linux-gnu-gcc
export CARGO_TARGET_I686_UNKNOWN_LINUX_GNU_RUNNER="qemu-i386 -L /usr/i686-linux-gnu"
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -L /usr/aarch64-linux-gnu"

[ $# -gt 0 ] || set -- s390x-unknown-linux-gnu armv7-unknown-linux-gnueabihf i686-unknown-linux-gnu \
    aarch64-unknown-linux-gnu
for target; do
    printf '\n== %s ==\n' "$target"
    cargo test --target "$target" -p commy-types --lib --tests
    # Programs of 32 bits do without locks on bytes and holes in files (commy/src/sys/fallback.rs).
    case $target in
    armv7* | i686*)
        without="--skip file::tests::locking --skip presence_tells --skip a_sparse_copy
            --skip a_new_file_is_private --skip checkpoints_are_as_private"
        ;;
    # Copies only: this emulator takes memory for whatever addresses a heap reserves, up to all there is.
    aarch64*) without="mem:: --skip growth --skip heap_map" ;;
    *) without= ;;
    esac
    # shellcheck disable=SC2086
    cargo test --target "$target" -p commy --lib -- --test-threads=1 $without \
        --skip sys::fork --skip is_killed --skip membarrier --skip prefaulted \
        --skip a_file_system_in_memory
done
