#!/usr/bin/env bash
# What a new user does with the command `commy`, beside a program that writes. Run it at the top of a clone, with `commy` in
# the PATH (`cargo install --path commy-cli`): `bash docs/tool.sh`. It prints each command and what that says, and ends
# with an error if one ends in another way than it should.
set -euo pipefail
cd "$(dirname "$0")/.."

# Runs the rest as a command, which has to end with this code.
ends() {
    local expected=$1 code=0
    shift
    printf '$ %s\n' "$*"
    "$@" 2>&1 || code=$?
    echo
    [ "$code" = "$expected" ] || { echo "ended with $code, expected $expected"; exit 1; }
}

cargo build -q --example writer
writer=$PWD/target/debug/examples/writer
COMMY_DIR=$(mktemp -d)
export COMMY_DIR
trap 'kill "$pid" 2>/dev/null || true; rm -rf "$COMMY_DIR"' EXIT
"$writer" >"$COMMY_DIR/writer.log" &
pid=$!
cd "$COMMY_DIR"

echo "# The first value, also if the writer has not begun yet"
ends 0 commy get example.bin title --wait=0 --timeout 60s

echo "# Which files are there, and who writes them?"
ends 0 commy ls .

echo "# What is in one?"
ends 0 commy inspect example.bin

echo "# Values for a script, one per line"
ends 0 commy get example.bin temperature 'numbers[0]' active
ends 0 commy get example.bin temperature --json

echo "# The next value"
ends 0 commy get example.bin description --wait --timeout 10s

echo "# How often is it published?"
ends 0 commy stat example.bin --for 2s

echo "# The parts below"
ends 0 commy inspect example.bin --slots
ends 0 commy inspect example.bin --hex=temperature

echo "# Answers that are no, and mistakes"
ends 2 commy get example.bin temprature
ends 1 commy get example.bin 'numbers[99]'
ends 3 commy get nowhere.bin
ends 5 commy get example.bin --expect 00000000
kill "$pid"
wait "$pid" 2>/dev/null || true
ends 1 commy get example.bin --require-writer
ends 4 commy get example.bin --wait --timeout 200ms

echo "# The last value of a writer that is gone"
ends 0 commy get example.bin description
