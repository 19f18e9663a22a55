#!/bin/sh
# Runs tests under valgrind's memcheck, which reports what depends on memory that was never written,
# and accesses outside what was allocated or after it was freed.
#
#   tests/scripts/valgrind.sh [arguments for the test programs]
#
# Covers the machine code as it is, the standard library included; above all that no byte of a
# value is looked at before it was loaded from a slot. What it cannot see: uninitialised bytes that
# are stored to a mapped file (tests/padding.rs looks at the file), and races, since it runs one
# thread at a time. Processes that tests start run outside of it.
#
# Takes some minutes. Left out: tests that open a file thousands of times, or are about killed
# processes or a kernel that forbids system calls. tests/scripts/asan.sh runs them.
set -eu

failed=0
cd "$(dirname "$0")/../.."
host=$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')
# Leaks are not asked for: tests leak schemas on purpose, and the test harness itself does.
export "CARGO_TARGET_${host}_RUNNER=valgrind --quiet --error-exitcode=9 --fair-sched=yes --leak-check=no"

cargo test --no-fail-fast --test damaged_files --test durability --test encoded --test encoded_depth --test encoded_hostile \
    --test callbacks --test costs --test golden --test macro_accessors --test macro_types --test padding --test record_api \
    --test overtaken --test replacement --test schema_mismatch --test stream --test threads --test waiting -- \
    --skip every_changed_byte --skip any_damage --skip cut_off_anywhere "$@" || failed=1
cargo test --no-fail-fast --test hostile_files -- --skip mutated_files "$@" || failed=1
cargo test --no-fail-fast -p commy --lib --all-features -- --skip every_flipped_bit "$@" || failed=1
cargo test --no-fail-fast -p commy-types --lib --tests --all-features -- "$@" || failed=1
exit $failed
