"""A second reader of commy files, in Python and from docs/format.md alone.

    second_reader.py offsets              prints the offsets it uses, by their names on that page
    second_reader.py show PATH            prints the latest value as one line of JSON
    second_reader.py watch PATH SNAPSHOTS prints how many snapshots were torn
    second_reader.py watch PATH SNAPSHOTS --unchecked
                                          the same without the check that makes a copy consistent

It needs the standard library only. What it does not do: the header's checksum (XXH3 is not in the
standard library), the session (it reads files with a live writer, or closed ones). All else that
the page says a reader must check, it checks.

A snapshot takes three steps: load `latest`; copy the payload of slot `latest mod slots`; load that
slot's sequence, which must be twice the generation, else again. Between the steps the loads must
stay in order. Python has no fences; on x86-64 the processor keeps loads in order, and the
interpreter's own work lies between them. Elsewhere, use a language with fences.

`watch` expects a record whose fields all follow from its field `number`: `copies` holds it in
every element, `text` in decimal, `list` holds `number mod 65` elements of `number mod 2**32`, and
the number is the generation.
"""

import itertools
import json
import mmap
import struct
import sys
import time

MAGIC = b"\x89commy\x1a\n"
FORMAT_VERSION = 1
KIND_RECORD = 1
ENDIANNESS_MARK = 0x0102030405060708
MAX_GENERATION = 1 << 62
MAX_SCHEMA = 4 * 1024 * 1024
PAGE = 4096
SLOT_ALIGN = 128
TRIES = 100_000

# Offsets, by the sections and names of docs/format.md.
HEADER = {
    "magic": 0, "format version": 8, "kind": 12, "incompatible flags": 24, "header length": 32,
    "minimum file length": 40, "endianness mark": 48, "fingerprint": 56, "record size": 80,
    "slot count": 96, "slot stride": 104, "offset of control": 112, "offset of wait page": 120,
    "offset of schema": 128, "length of schema": 136, "offset of slots": 144, "end": 4096,
}
CONTROL = {"latest": 0, "state": 256, "file length": 512, "end": 4096}
WAIT_PAGE = {"end": 4096}
SLOT = {"sequence": 0, "payload": 16}

SCALARS = {
    "u8": "B", "u16": "H", "u32": "I", "u64": "Q",
    "i8": "b", "i16": "h", "i32": "i", "i64": "q",
    "f32": "f", "f64": "d", "bool": "?",
}

# The marks before serialized values.
CODECS = {
    "postcard": b"post", "json": b"json", "messagepack": b"msgp",
    "cbor": b"cbor", "wincode": b"winc", "rkyv-0.8": b"rkyv",
}


class Refused(Exception):
    """The file is not what this reader can read."""


def fnv1a_128(data):
    digest = 0x6C62272E07BB014262B821756295C58D
    for byte in data:
        digest = (digest ^ byte) * 0x0000000001000000000000000000013B % (1 << 128)
    return digest


def little(data, at, size=8):
    return int.from_bytes(data[at : at + size], "little")


class Reader:
    """An open file and the description of its record."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        end = HEADER["end"]
        at_least("file length", len(self.map), end)
        header = self.map[:end]

        def number(name, size=8):
            return little(header, HEADER[name], size)

        expect("magic", header[: len(MAGIC)], MAGIC)
        expect("format version", number("format version", 4), FORMAT_VERSION)
        mark = struct.unpack_from("=Q", header, HEADER["endianness mark"])[0]
        expect("endianness mark", mark, ENDIANNESS_MARK)
        expect("incompatible flags", number("incompatible flags"), 0)
        length = number("minimum file length")
        at_least("file length", len(self.map), length)
        control, wait_page = number("offset of control"), number("offset of wait page")
        schema, schema_len = number("offset of schema"), number("length of schema")
        self.slots = number("offset of slots")
        before = end
        for name, at, size in (
            ("control", control, CONTROL["end"]), ("wait page", wait_page, WAIT_PAGE["end"]),
            ("schema", schema, schema_len), ("slots", self.slots, 0),
        ):
            at_least(f"offset of {name}", at, before)
            expect(f"offset of {name} modulo {PAGE}", at % PAGE, 0)
            before = at + size
        at_least("maximum length of the schema", MAX_SCHEMA, schema_len)
        expect("kind", number("kind", 4), KIND_RECORD)
        expect("header length", number("header length"), end)
        self.root_size = number("record size")
        self.slot_count = number("slot count")
        self.slot_stride = number("slot stride")
        at_least("slot count", self.slot_count, 2)
        expect(f"slot stride modulo {SLOT_ALIGN}", self.slot_stride % SLOT_ALIGN, 0)
        at_least("slot stride", self.slot_stride, SLOT["payload"] + (self.root_size + 7) // 8 * 8)
        slots_end = self.slots + (self.slot_count + 1) * self.slot_stride
        at_least("minimum file length", length, slots_end)
        canonical, notes, rest = self.map[schema : schema + schema_len].split(b"\n")
        expect("text after the schema", rest, b"")
        expect("fingerprint", fnv1a_128(canonical + b"\n"), number("fingerprint", 16))
        self.type = json.loads(canonical)
        self.notes = json.loads(notes)
        expect("schema", (self.type["commy"], self.type["kind"]), (1, "struct"))
        expect("record size", self.type["size"], self.root_size)
        # Live words, in the byte order of the machine; one item of this is one 8-byte load.
        whole_words = len(self.map) // 8 * 8
        self.words = memoryview(self.map)[:whole_words].cast("Q")
        self.latest = (control + CONTROL["latest"]) // 8
        state = self.words[(control + CONTROL["state"]) // 8]
        expect("state", state in (1, 2, 3), True)
        expect("live length", self.words[(control + CONTROL["file length"]) // 8], length)

    def snapshot(self, checked=True, hold=lambda: None):
        """Returns a generation and a copy of its payload; `hold` is called between two steps."""
        for _ in range(TRIES):
            generation = self.words[self.latest]
            if generation == 0:
                raise Refused("nothing is published yet")
            at_least("maximum generation", MAX_GENERATION, generation)
            hold()
            slot = self.slots + generation % self.slot_count * self.slot_stride
            start = slot + SLOT["payload"]
            payload = self.map[start : start + self.root_size]
            sequence = self.words[(slot + SLOT["sequence"]) // 8]
            if sequence == 2 * generation or not checked:
                return generation, payload
        raise Refused("no consistent copy")

    def value(self, payload):
        return decode(self.type, payload, 0)


def expect(what, found, expected):
    if found != expected:
        raise Refused(f"{what} is {found!r}, expected {expected!r}")


def at_least(what, found, expected):
    if found < expected:
        raise Refused(f"{what} is {found}, expected at least {expected}")


def decode(kind, data, at):
    """The value of the type `kind` at offset `at`, as Python has it."""
    if isinstance(kind, str):
        return scalar(kind, data, at)
    name = kind["kind"]
    if name == "struct":
        fields = kind["fields"]
        return {f["name"]: decode(f["type"], data, at + f["offset"]) for f in fields}
    if name == "array":
        return elements(kind, data, at, kind["capacity"])
    if name == "vec":
        count = little(data, at, kind["len"])
        at_least("capacity", kind["capacity"], count)
        return elements(kind, data, at + kind["data"], count)
    if name == "string":
        length = little(data, at, kind["len"])
        at_least("capacity", kind["capacity"], length)
        start = at + kind["data"]
        return data[start : start + length].decode("utf-8")
    if name == "enum":
        number = scalar(kind["repr"], data, at)
        names = [name for name, value in kind["variants"].items() if value == number]
        if not names:
            raise Refused(f"{number} is no variant")
        return names[0]
    if name == "option":
        tag = little(data, at + kind["tag"])
        expect("tag", tag in (0, 1), True)
        return decode(kind["item"], data, at + kind["data"]) if tag else None
    if name == "pod":
        return data[at : at + kind["size"]].hex()
    if name == "encoded":
        return serialized(kind, data, at)
    raise Refused(f"unknown kind {name!r}")


def serialized(kind, data, at):
    """A value in JSON is one here as well; the bytes of other codecs are shown in hexadecimal."""
    mark = at + kind["len"]
    length, codec = little(data, at, kind["len"]), data[mark : mark + 4]
    if length == 0 and codec == bytes(4):
        return None
    expect("codec", codec, CODECS[kind["codec"]])
    if length > kind["capacity"]:
        raise Refused(f"{length} bytes in {kind['capacity']}")
    start = at + kind["data"]
    value = data[start : start + length]
    return json.loads(value) if kind["codec"] == "json" else value.hex()


def elements(kind, data, at, count):
    item, stride = kind["item"], kind["stride"]
    if isinstance(item, str) and item in SCALARS and struct.calcsize(SCALARS[item]) == stride:
        return list(struct.unpack_from(f"={count}{SCALARS[item]}", data, at))
    return [decode(item, data, at + index * stride) for index in range(count)]


def scalar(name, data, at):
    if name in ("u128", "i128"):
        return int.from_bytes(data[at : at + 16], sys.byteorder, signed=name == "i128")
    if name == "char":
        return chr(struct.unpack_from("=I", data, at)[0])
    return struct.unpack_from("=" + SCALARS[name], data, at)[0]


def is_of(generation, value):
    """Whether everything in the value is of this generation."""
    number = value["number"]
    return (
        number == generation
        and all(copy == number for copy in value["copies"])
        and value["text"] == str(number)
        and value["list"] == [number % 2**32] * (number % 65)
    )


def watch(reader, snapshots, checked):
    torn, generations, newest, turns = 0, set(), 0, itertools.count()

    def hold():
        # On a busy machine the writer may otherwise not run while this does.
        if next(turns) % 16 == 0:
            time.sleep(0.001)

    for _ in range(snapshots):
        generation, payload = reader.snapshot(checked, hold)
        if generation < newest:
            raise Refused(f"generation {generation} after {newest}")
        newest = generation
        generations.add(generation)
        try:
            torn += not is_of(generation, reader.value(payload))
        except (UnicodeDecodeError, Refused):
            torn += 1
    print(f"snapshots={snapshots} generations={len(generations)} torn={torn}")


def main(command, path=None, *rest):
    if command == "offsets":
        tables = {"Header": HEADER, "Control": CONTROL, "Wait page": WAIT_PAGE, "Slot": SLOT}
        for section, table in tables.items():
            for name, offset in table.items():
                print(f"{section}: {name} {offset}")
        return
    reader = Reader(path)
    if command == "show":
        _, payload = reader.snapshot()
        print(json.dumps(reader.value(payload), ensure_ascii=False, separators=(",", ":")))
    elif command == "watch":
        watch(reader, int(rest[0]), rest[1:] != ("--unchecked",))
    else:
        raise Refused(f"unknown command {command!r}")


if __name__ == "__main__":
    main(*sys.argv[1:])
