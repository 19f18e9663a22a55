#!/usr/bin/env bash
# What it costs to build a program that depends on commy, beside one on mmap-sync and one on
# iceoryx2: the crates it pulls in, and the processor time of a clean debug and release build.
# `bash benches/build_cost.sh` prints a table. Processor time, because wall time depends on what
# else the machine does.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
TIMEFORMAT='%U %S'

program() {
    local name=$1 dependencies=$2
    mkdir -p "$work/$name/src"
    printf '[package]\nname = "%s"\nversion = "0.0.0"\nedition = "2024"\n\n[workspace]\n\n[dependencies]\n%b\n' \
        "program-on-$name" "$dependencies" >"$work/$name/Cargo.toml"
    cat >"$work/$name/src/main.rs"
}

# Seconds of processor time for a clean build.
seconds() {
    local spent
    spent=$({ time CARGO_TARGET_DIR="$work/target-$1-$2" cargo build -q --profile "$2" \
        --manifest-path "$work/$1/Cargo.toml" >/dev/null 2>&1; } 2>&1 | tail -1)
    awk '{ printf "%.1f", $1 + $2 }' <<<"$spent"
}

program commy "commy = { path = \"$here/../commy\" }" <<'RUST'
#[commy::create_writer(filename = "value.bin")]
#[commy::create_reader(filename = "value.bin")]
pub struct Value {
    pub number: u64,
}

fn main() {
    ValueWriter::create().unwrap().set_number(1);
    println!("{}", ValueReader::open().unwrap().number().unwrap());
}
RUST
program mmap-sync 'mmap-sync = "2"\nrkyv = { version = "0.7", features = ["validation"] }\nbytecheck = { version = "0.6", default-features = false }' <<'RUST'
use mmap_sync::synchronizer::Synchronizer;

#[derive(rkyv::Archive, rkyv::Deserialize, rkyv::Serialize)]
#[archive_attr(derive(bytecheck::CheckBytes))]
pub struct Value {
    pub number: u64,
}

fn main() {
    let mut shared = Synchronizer::new("value".as_ref());
    shared.write(&Value { number: 1 }, std::time::Duration::from_secs(1)).unwrap();
    let value = unsafe { shared.read::<Value>(false) }.unwrap();
    println!("{}", value.number);
}
RUST
program iceoryx2 'iceoryx2 = "0.10"' <<'RUST'
use iceoryx2::prelude::*;

fn main() {
    let node = NodeBuilder::new().create::<ipc::Service>().unwrap();
    let service = node
        .service_builder(&"value".try_into().unwrap())
        .blackboard_creator::<u64>()
        .add::<u64>(0, 0)
        .create()
        .unwrap();
    let writer = service.writer_builder().create().unwrap();
    writer.entry::<u64>(&0).unwrap().update_with_copy(1);
    let reader = service.reader_builder().create().unwrap();
    println!("{}", *reader.entry::<u64>(&0).unwrap().get());
}
RUST

printf '| program on | crates | clean debug build | clean release build |\n|---|--:|--:|--:|\n'
for name in commy mmap-sync iceoryx2; do
    crates=$(cargo tree -q --manifest-path "$work/$name/Cargo.toml" -e normal,build --prefix none \
        | sed 's/ (\*)$//' | grep -v '^program-on-' | sort -u | wc -l)
    printf '| %s | %s | %s s | %s s |\n' "$name" "$crates" \
        "$(seconds "$name" dev)" "$(seconds "$name" release)"
done
