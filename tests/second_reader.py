"""A second reader of commy files, in Python and from the description of the format alone.

    second_reader.py show PATH            prints the latest value as one line of JSON
    second_reader.py watch PATH SNAPSHOTS prints how many snapshots were torn
    second_reader.py watch PATH SNAPSHOTS --unchecked
                                          the same without the check that makes a copy consistent

It needs the standard library only. What it does not do: the header's checksum (XXH3 is not in the
standard library), the session (it reads files with a live writer, or closed ones).

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
HEADER_LEN = 4096
ENDIANNESS_MARK = 0x0102030405060708
LATEST = 0
SLOT_HEAD = 16
TRIES = 100_000

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
        header = self.map[:HEADER_LEN]
        expect("magic", header[:8], MAGIC)
        expect("format version", little(header, 8, 4), FORMAT_VERSION)
        expect("kind", little(header, 12, 4), KIND_RECORD)
        expect("incompatible flags", little(header, 24), 0)
        expect("header length", little(header, 32), HEADER_LEN)
        expect("endianness mark", struct.unpack_from("=Q", header, 48)[0], ENDIANNESS_MARK)
        if little(header, 40) > len(self.map):
            raise Refused("the file is cut off")
        self.root_size = little(header, 80)
        self.slot_count = little(header, 96)
        self.slot_stride = little(header, 104)
        self.slots = little(header, 144)
        schema, schema_len = little(header, 128), little(header, 136)
        canonical, notes, rest = self.map[schema : schema + schema_len].split(b"\n")
        expect("text after the schema", rest, b"")
        expect("fingerprint", fnv1a_128(canonical + b"\n"), little(header, 56, 16))
        self.type = json.loads(canonical)
        self.notes = json.loads(notes)
        expect("schema", (self.type["commy"], self.type["kind"]), (1, "struct"))
        expect("record size", self.type["size"], self.root_size)
        # Live words, in the byte order of the machine; one item of this is one 8-byte load.
        whole_words = len(self.map) // 8 * 8
        self.words = memoryview(self.map)[:whole_words].cast("Q")
        self.latest = (little(header, 112) + LATEST) // 8

    def snapshot(self, checked=True, hold=lambda: None):
        """Returns a generation and a copy of its payload; `hold` is called between two steps."""
        for _ in range(TRIES):
            generation = self.words[self.latest]
            if generation == 0:
                raise Refused("nothing is published yet")
            hold()
            slot = self.slots + generation % self.slot_count * self.slot_stride
            payload = self.map[slot + SLOT_HEAD : slot + SLOT_HEAD + self.root_size]
            if self.words[slot // 8] == 2 * generation or not checked:
                return generation, payload
        raise Refused("no consistent copy")

    def value(self, payload):
        return decode(self.type, payload, 0)


def expect(what, found, expected):
    if found != expected:
        raise Refused(f"{what} is {found!r}, expected {expected!r}")


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
        count = min(little(data, at, kind["len"]), kind["capacity"])
        return elements(kind, data, at + kind["data"], count)
    if name == "string":
        length = min(little(data, at, kind["len"]), kind["capacity"])
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
        except UnicodeDecodeError:
            torn += 1
    print(f"snapshots={snapshots} generations={len(generations)} torn={torn}")


def main(command, path, *rest):
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
