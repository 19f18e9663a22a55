#!/bin/sh
# Runs the kill harness as it is, which must find nothing, and then with one step of the protocol
# removed or moved at a time, which must be found.
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

# harness NAME SEED FLAGS... prints the harness's line of counts when it is built with these rustc
# flags.
harness() {
    wrapper="$target/controls/$1"
    seed=$2
    shift 2
    # A wrapper of its own for each variant, so that cargo keeps their artifacts apart.
    printf '#!/bin/sh\nexec "$@" %s\n' "$*" >"$wrapper"
    chmod +x "$wrapper"
    CARGO_TARGET_DIR="$target" RUSTC_WORKSPACE_WRAPPER="$wrapper" \
        cargo test --quiet --release --test kill_harness --no-run 2>"$wrapper.stderr" || return 0
    CARGO_TARGET_DIR="$target" RUSTC_WORKSPACE_WRAPPER="$wrapper" \
        COMMY_HARNESS_SECONDS="$seconds" COMMY_HARNESS_SEED="$seed" \
        cargo test --quiet --release --test kill_harness -- \
        --ignored --exact long_run --nocapture 2>>"$wrapper.stderr" |
        tee "$wrapper.stdout" | grep '^harness:' || true
}

# judge NAME WANTED FLAGS...
judge() {
    name=$1
    wanted=$2
    shift 2
    try=0
    while :; do
        line=$(harness "$name" "$(($$ + 2 * try))" "$@")
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

if [ $# -gt 0 ]; then
    for step; do
        judge "$step" some --cfg commy_jitter --cfg "'commy_mutation=\"$step\"'"
    done
    exit $failed
fi
judge proven none
judge proven_with_jitter none --cfg commy_jitter
for step in no_odd_mark late_odd_mark early_latest no_check early_check any_first_slot; do
    judge "$step" some --cfg commy_jitter --cfg "'commy_mutation=\"$step\"'"
done
for step in no_writer_fence latest_relaxed no_first_reader_fence no_second_reader_fence; do
    judge "$step" any --cfg commy_jitter --cfg "'commy_mutation=\"$step\"'"
done
exit $failed
