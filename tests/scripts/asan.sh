#!/bin/sh
# Runs the tests under AddressSanitizer, which ends a program at the first access outside what it
# owns, or after it was freed.
#
#   tests/scripts/asan.sh [arguments for the test programs]
#
# Needs a nightly toolchain. Covers every line of commy, commy-types and their dependencies that
# the tests run, the processes that tests start included. Not covered: the standard library itself,
# which comes as it is (its generic code is compiled here, and covered); the proc macros, which run
# in the compiler; the ends of a mapping only as far as they are ends of pages, since the sanitizer
# does not know that a mapped file is smaller than its pages.
#
# Left out, because they run the compiler and no code of the library: compile_errors, consumer.
set -eu

failed=0
cd "$(dirname "$0")/../.."
host=$(rustc -vV | sed -n 's/^host: //p')
export RUSTFLAGS="-Zsanitizer=address"
# A truncated file ends its readers by SIGBUS; a test wants to see that, and not a report of it. Tests
# leak schemas on purpose.
export ASAN_OPTIONS="handle_sigbus=0:detect_leaks=0:detect_stack_use_after_return=1:${ASAN_OPTIONS:-}"

tests=
for file in tests/*.rs tests/*/main.rs; do
    name=$(basename "${file%/main.rs}" .rs)
    case $name in
    compile_errors | consumer) ;;
    *) tests="$tests --test $name" ;;
    esac
done
# The names have no spaces.
# shellcheck disable=SC2086
cargo +nightly test --target "$host" --no-fail-fast $tests -- "$@" || failed=1
cargo +nightly test --target "$host" --no-fail-fast -p commy --lib --all-features -- "$@" || failed=1
cargo +nightly test --target "$host" --no-fail-fast -p commy-types --tests --all-features -- "$@" || failed=1
exit $failed
