#!/usr/bin/env bash
# What a record costs to compile: processor seconds of `cargo check` and `cargo build` for the crate
# that declares it, without its dependencies, beside the same struct without the attributes.
# `bash benches/compile_time.sh` prints a table; `bash benches/compile_time.sh DIRECTORY` measures
# the commy of another checkout. Medians of three. Processor time, because wall time depends on what
# else the machine does. `bash benches/compile_time.sh . growable` measures only the last table:
# thirty fields that grow beside thirty of fixed layout.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
commy=$(cd "${1:-$here}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
TIMEFORMAT='%U %S'

mkdir -p "$work/program/src"
cat >"$work/program/Cargo.toml" <<TOML
[package]
name = "program"
version = "0.0.0"
edition = "2024"

[workspace]

[dependencies]
commy = { path = "$commy/commy" }
TOML

# A struct of so many fields of ten types, with what stands above it.
flat() {
    local fields=$1 above=$2
    printf '%b#[derive(Debug, Clone, PartialEq)]\npub struct Big {\n' "$above"
    awk -v fields="$fields" 'BEGIN {
        n = split("u8|u16|u32|u64|i32|f32|f64|bool|commy::FixedString<16>|[u8; 4]", types, "|")
        for (i = 0; i < fields; i++) printf "    pub field_%d: %s,\n", i, types[i % n + 1]
    }'
    printf '}\n'
}

# 8 lines of 10 machines of 10 sensors of 7 tags: 5600 leaves. `above` stands above each struct.
nested() {
    local above=$1 record=$2
    awk -v above="$above" -v record="$record" '
        function declare(name, count, field, type,    i) {
            printf "%s\npub struct %s {\n", name == "Plant" ? record : above, name
            for (i = 0; i < count; i++) printf "    pub %s_%d: %s,\n", field, i, type
            print "}"
        }
        BEGIN {
            declare("Sensor", 7, "tag", "f32"); declare("Machine", 10, "sensor", "Sensor")
            declare("Line", 10, "machine", "Machine"); declare("Plant", 8, "line", "Line")
        }'
}

# Processor seconds of cargo $1 for the crate alone, the median of three; $2 is 1 for a first
# incremental compilation, which is what `cargo check` does unless told otherwise.
seconds() {
    local spent=()
    for _ in 1 2 3; do
        touch "$work/program/src/main.rs"
        rm -rf "$work/target/debug/incremental"
        spent+=("$({ time CARGO_INCREMENTAL=$2 CARGO_TARGET_DIR="$work/target" cargo "$1" -q \
            --manifest-path "$work/program/Cargo.toml" >"$work/said" 2>&1 || echo failed >&2; } 2>&1 \
            | awk '/failed/ { failed = 1 } NF == 2 { spent = $1 + $2 } END { print failed ? "-" : spent }')")
    done
    printf '%s\n' "${spent[@]}" | sort -n | sed -n 2p
}

# One row of the table: a name, and the program with and without commy.
row() {
    local name=$1 with=$2 bare=$3 check once build plain
    cp "$bare" "$work/program/src/main.rs"
    seconds check 1 >/dev/null
    plain=$(seconds check 1)
    cp "$with" "$work/program/src/main.rs"
    check=$(seconds check 1)
    once=$(seconds check 0)
    build=$(seconds build 1)
    awk -v name="$name" -v plain="$plain" -v check="$check" -v once="$once" -v build="$build" 'BEGIN {
        if (check == "-") printf "| %s | %.2f s | does not compile | | | |\n", name, plain
        else printf "| %s | %.2f s | %.2f s | %.1fx | %.2f s | %s |\n", name, plain, check, check / plain, once,
            build == "-" ? "does not compile" : sprintf("%.2f s", build)
    }'
}

# The program that $1 describes: thirty fields of ten kinds. Each kind has lines that call all of its
# accessors once, and the common methods of the proxies, unless $3 is given. $2 stands in the attributes.
thirty() {
    awk -v growable="$2" -v alone="${3-}" '
        function field(kind, type, value, key,    name, body) {
            name = kind "_" ++count[kind]
            body = calls[kind]
            gsub(/&/, "\\\\&", value); gsub(/&/, "\\\\&", key)
            gsub(/NAME/, name, body); gsub(/VALUE/, value, body); gsub(/KEY/, key, body); gsub(/TYPE/, type, body)
            fields = fields (kind == "bytes" ? "    #[commy(bytes)]\n" : "") "    pub " name ": " type ",\n"
            functions = functions "fn use_" name "(w: &mut BigWriter, r: &BigReader) -> Result<(), Failed> {\n" \
                body "    Ok(())\n}\n\n"
            uses = uses "    use_" name "(&mut w, &r)?;\n"
        }
        /^@/ { kind = substr($0, 2); next }
        kind == "above" { above = above $0 "\n"; next }
        kind == "fields" { split($0, part, / *[|] */); field(part[1], part[2], part[3], part[4]); next }
        alone && /^(proxy[.]|[(]proxy[.]|for |view[.]NAME[(][)][.]|[(]view[.]|let view)/ { next }
        { calls[kind] = calls[kind] "    " $0 "\n" }
        END {
            # What is not called leaves proxies without a use.
            if (alone) print "#![allow(unused)]"
            printf "%s\n", above
            printf "#[commy::create_writer(filename = \"a.bin\"%s)]\n", growable
            printf "#[commy::create_reader(filename = \"a.bin\"%s)]\n", growable
            printf "#[derive(Clone)]\npub struct Big {\n%s}\n\n", fields
            printf "type Failed = Box<dyn core::error::Error>;\n\n%s", functions
            printf "fn main() -> Result<(), Failed> {\n"
            printf "    let (mut w, r) = (BigWriter::create()?, BigReader::open()?);\n"
            printf "%s    let whole = r.snapshot()?;\n    w.publish(&whole)%s;\n    Ok(())\n}\n", uses, growable ? "?" : ""
        }' "$1"
}

# User seconds of cargo $1 for all three programs, in turns, not incremental: the medians of five.
in_turns() {
    local name
    for name in fixed accessors growable; do
        : >"$work/$name.spent"
        CARGO_INCREMENTAL=0 CARGO_TARGET_DIR="$work/target" cargo "$1" -q --manifest-path "$work/$name/Cargo.toml"
    done
    for _ in 1 2 3 4 5; do
        for name in fixed accessors growable; do
            touch "$work/$name/src/main.rs"
            { time CARGO_INCREMENTAL=0 CARGO_TARGET_DIR="$work/target" cargo "$1" -q \
                --manifest-path "$work/$name/Cargo.toml" >"$work/said" 2>&1; } 2>>"$work/$name.spent"
        done
    done
    for name in fixed accessors growable; do
        sort -n "$work/$name.spent" | awk 'NR == 3 { print $1 }'
    done
}

growable_table() {
    local name spent
    for name in fixed accessors growable; do
        mkdir -p "$work/$name/src"
        sed "s/^name = .*/name = \"$name\"/" "$work/program/Cargo.toml" >"$work/$name/Cargo.toml"
    done
    thirty "$here/benches/compile_time/fixed.txt" '' >"$work/fixed/src/main.rs"
    thirty "$here/benches/compile_time/growable.txt" ', growable' >"$work/growable/src/main.rs"
    thirty "$here/benches/compile_time/growable.txt" ', growable' alone >"$work/accessors/src/main.rs"
    printf '| thirty fields | fixed, all accessors | growable, all accessors | ratio | and 15 methods of each proxy | ratio |\n|---|--:|--:|--:|--:|--:|\n'
    for what in check build; do
        spent=$(in_turns "$what" | xargs)
        awk -v what="$what" '{
            printf "| `cargo %s` | %.2f s | %.2f s | %.1fx | %.2f s | %.1fx |\n", what, $1, $2, $2 / $1, $3, $3 / $1
        }' <<<"$spent"
    done
}

if [[ ${2-} == growable ]]; then
    growable_table
    exit
fi

both='#[commy::create_writer(filename = "a.bin")]\n#[commy::create_reader(filename = "a.bin")]\n'
uses='fn main() {\n    drop(NAMEWriter::create());\n    drop(NAMEReader::open());\n}\n'
printf '| record | bare, check | with commy, check | ratio | the same, not incremental | with commy, build |\n|---|--:|--:|--:|--:|--:|\n'
for fields in 50 250 500 1000 2000; do
    { flat "$fields" "$both" && printf '%b' "${uses//NAME/Big}"; } >"$work/with.rs"
    { printf '#![allow(dead_code)]\n' && flat "$fields" '' && printf 'fn main() {}\n'; } >"$work/bare.rs"
    row "$fields fields" "$work/with.rs" "$work/bare.rs"
done
{ nested '#[derive(Clone, Copy, commy::Mappable)]\n#[repr(C)]' "${both%\\n}" \
    && printf '%b' "${uses//NAME/Plant}"; } >"$work/with.rs"
{ printf '#![allow(dead_code)]\n' && nested '#[derive(Clone, Copy)]' '' && printf 'fn main() {}\n'; } >"$work/bare.rs"
row "5600 leaves in nested structs" "$work/with.rs" "$work/bare.rs"

# 500 fields of a struct, and 300 structs that end in one: only the compiler knows whether these have sizes.
point='pub struct Point { pub x: f64, pub y: f64 }\n'
ending() {
    awk -v above="$1" 'BEGIN {
        for (i = 0; i < 300; i++) printf "%s\npub struct Ending%d { pub first: Point, pub last: Point }\n", above, i
    }'
}
points() {
    printf '%bpub struct Big {\n' "$1"
    awk 'BEGIN { for (i = 0; i < 500; i++) printf "    pub field_%d: Point,\n", i; print "}" }'
}
shared='#[derive(Clone, Copy, commy::Mappable)]\n#[repr(C)]\n'
{ printf '%b' "$shared$point" && points "$both" && printf '%b' "${uses//NAME/Big}"; } >"$work/with.rs"
{ printf '#![allow(dead_code)]\n%b' "$point" && points '' && printf 'fn main() {}\n'; } >"$work/bare.rs"
row '500 fields of a struct' "$work/with.rs" "$work/bare.rs"
{ printf '%b' "$shared$point" && ending "$shared" && printf 'fn main() {}\n'; } >"$work/with.rs"
{ printf '#![allow(dead_code)]\n#[derive(Clone, Copy)]\n%b' "$point" && ending '#[derive(Clone, Copy)]' && printf 'fn main() {}\n'; } >"$work/bare.rs"
row '300 structs that end in a struct' "$work/with.rs" "$work/bare.rs"

printf '\n'
growable_table
