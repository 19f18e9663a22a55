#!/bin/sh
# Runs the kill harnesses as they are, which must find nothing, and then with one step of the protocol
# removed or moved at a time, which must be found: kill_harness for the ring of slots, growable_killed
# for the blocks of records that grow and the nodes of lists in them. What checkpoints of these rely on has tests that must fail.
#
#   tests/scripts/controls.sh [seconds per run [step to remove]...]
#
# The steps are removed at compile time, in the workspace's own crates only. Two kinds:
#
# - Moved or missing marks and checks, and a first publish into the slot of the last value. They are
#   wrong on every machine: each run must report violations.
# - Fences and orderings alone. On x86-64 they cost no instruction and hold back the compiler only,
#   so that removing one may change nothing: those runs are reported and not judged. What a weaker
#   machine may do without them is among the first kind (late_odd_mark without W1, early_latest
#   without W2, early_check without R2), and the loom model removes each of them.
set -eu

cd "$(dirname "$0")/../.."
seconds=${1:-5}
[ $# -eq 0 ] || shift
target=${CARGO_TARGET_DIR:-target}
mkdir -p "$target/controls"
target=$(cd "$target" && pwd)
failed=0

# How often a control is run again that has found nothing: a busy machine gets to few kills.
tries=5

# harness NAME TEST SEED FLAGS... prints the line of counts of this harness when it is built with
# these rustc flags.
harness() {
    wrapper="$target/controls/$1"
    test=$2
    seed=$3
    shift 3
    # A wrapper of its own for each variant, so that cargo keeps their artifacts apart.
    printf '#!/bin/sh\nexec "$@" %s\n' "$*" >"$wrapper"
    chmod +x "$wrapper"
    CARGO_TARGET_DIR="$target" RUSTC_WORKSPACE_WRAPPER="$wrapper" \
        cargo test --quiet --release --test "$test" --no-run 2>"$wrapper.stderr" || return 0
    CARGO_TARGET_DIR="$target" RUSTC_WORKSPACE_WRAPPER="$wrapper" \
        COMMY_HARNESS_SECONDS="$seconds" COMMY_HARNESS_SEED="$seed" \
        cargo test --quiet --release --test "$test" -- \
        --ignored --exact long_run --nocapture 2>>"$wrapper.stderr" |
        tee "$wrapper.stdout" | grep '^harness:' || true
}

# judge NAME TEST WANTED FLAGS...
judge() {
    name=$1
    harness=$2
    wanted=$3
    shift 3
    try=0
    while :; do
        line=$(harness "$name" "$harness" "$(($$ + 2 * try))" "$@")
        violations=$(printf '%s\n' "$line" | sed -n 's/.*violations=//p')
        try=$((try + 1))
        [ "$wanted:$violations" = some:0 ] && [ "$try" -lt "$tries" ] || break
    done
    case "$wanted:$violations" in
    *:) verdict="FAILED: no counts; see $target/controls/$name.*" && failed=1 ;;
    none:0 | any:*) verdict="ok" ;;
    none:*) verdict="FAILED: violations" && failed=1 ;;
    some:0) verdict="FAILED: not found" && failed=1 ;;
    some:*) verdict="ok: found" ;;
    esac
    printf '%-24s %s\n    %s\n' "$name" "$verdict" "$line"
}

# break_test NAME TEST: one of these tests has to fail without this step.
break_test() {
    wrapper="$target/controls/$1"
    printf '#!/bin/sh\nexec "$@" %s\n' "--cfg 'commy_mutation=\"$1\"'" >"$wrapper"
    chmod +x "$wrapper"
    verdict="ok: found"
    if ! CARGO_TARGET_DIR="$target" RUSTC_WORKSPACE_WRAPPER="$wrapper" \
        cargo test --quiet --release --test "$2" --no-run >"$wrapper.stdout" 2>"$wrapper.stderr"; then
        verdict="FAILED: not built; see $wrapper.stderr" && failed=1
    elif CARGO_TARGET_DIR="$target" RUSTC_WORKSPACE_WRAPPER="$wrapper" \
        cargo test --quiet --release --test "$2" >"$wrapper.stdout" 2>>"$wrapper.stderr"; then
        verdict="FAILED: not found" && failed=1
    fi
    printf '%-24s %s\n    %s\n' "$1" "$verdict" \
        "$(sed -n 's/^    \([a-z_]*\)$/\1/p' "$wrapper.stdout" | sort -u | tr '\n' ' ')"
}

# remove STEP WANTED: without this step, by the harness that is about it.
remove() {
    case "$1" in
    no_overtaken_check | no_scan | no_announce | no_quarantine | no_pin | no_evict_check | \
        no_item_count | unlinked_node)
        judge "$1" growable_killed "$2" --cfg "'commy_mutation=\"$1\"'" ;;
    no_private_pin) break_test "$1" growable_power_cuts ;;
    early_checkpoint) break_test "$1" growable_failing_disk ;;
    *) judge "$1" kill_harness "$2" --cfg commy_jitter --cfg "'commy_mutation=\"$1\"'" ;;
    esac
}

if [ $# -gt 0 ]; then
    for step; do
        remove "$step" some
    done
    exit $failed
fi
judge proven kill_harness none
judge proven_with_jitter kill_harness none --cfg commy_jitter
judge proven_growable growable_killed none
judge proven_growable_with_jitter growable_killed none --cfg commy_jitter
for step in no_odd_mark late_odd_mark early_latest no_check early_check any_first_slot \
    no_overtaken_check no_scan no_announce no_quarantine no_pin no_evict_check no_item_count \
    unlinked_node no_private_pin early_checkpoint; do
    remove "$step" some
done
for step in no_writer_fence latest_relaxed no_first_reader_fence no_second_reader_fence; do
    remove "$step" any
done
exit $failed
