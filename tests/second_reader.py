"""A second reader of commy files, in Python and from docs/format.md alone.

    second_reader.py offsets              prints the offsets it uses, by their names on that page
    second_reader.py show PATH            prints the latest value as one line of JSON
    second_reader.py time PATH            prints when that was published, in nanoseconds since 1970; 0 if that
                                          is not known
    second_reader.py watch PATH SNAPSHOTS prints how many snapshots were torn
    second_reader.py watch PATH SNAPSHOTS --unchecked
                                          the same without the check that makes a copy consistent
    second_reader.py follow PATH SNAPSHOTS
                                          prints so many values, each behind its generation
    second_reader.py follow PATH SNAPSHOTS --unchecked
                                          the same without the check of `reclaimed`
    second_reader.py try PATH...          prints a line for each: what it holds, or why that is refused

It needs the standard library only. What it does not do: the header's checksum (XXH3 is not in the
standard library), the session (it reads files with a live writer, or closed ones). All else that
the page says a reader must check, it checks.

Of a growable record it reads all that a generation reaches, and then looks at `reclaimed`. What it
found before means nothing if that is above the generation, not even an error. A writer that
publishes all the time is faster than this interpreter; so after a few tries it holds the generation
by a lock.

A snapshot takes three steps: load `latest`; copy the payload of slot `latest mod slots`; load that
slot's sequence, which must be twice the generation, else again. Between the steps the loads must
stay in order. Python has no fences; on x86-64 the processor keeps loads in order, and the
interpreter's own work lies between them. Elsewhere, use a language with fences.

`watch` expects a record whose fields all follow from its field `number`: `copies` holds it in
every element, `text` in decimal, `list` holds `number mod 65` elements of `number mod 2**32`, and
the number is the generation.
"""

import fcntl
import itertools
import json
import mmap
import os
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
# Tries to read a generation of a growable record before it is held.
FREE_TRIES = 3
GROWABLE = 1
# Of the compatible flags.
TIMES = 1
HEAP_VERSION = 1
MAX_ROOT = 4096
PIN_BASE = (1 << 62) + 64
# Open file description locks of Linux.
F_OFD_SETLK = 37
# How deep values may lie in each other, how deep the text, and how many parts are read.
MAX_HOPS = 128
MAX_WEIGHT = 256
MAX_NESTING = 128
MAX_PARTS = 1 << 22

# Offsets, by the sections and names of docs/format.md.
HEADER = {
    "magic": 0, "format version": 8, "kind": 12, "compatible flags": 16, "incompatible flags": 24, "header length": 32,
    "minimum file length": 40, "endianness mark": 48, "fingerprint": 56, "record size": 80,
    "slot count": 96, "slot stride": 104, "offset of control": 112, "offset of wait page": 120,
    "offset of schema": 128, "length of schema": 136, "offset of slots": 144, "heap id": 160,
    "offset of heap": 176, "heap layout version": 184, "end": 4096,
}
CONTROL = {
    "latest": 0, "state": 256, "file length": 512, "reclaimed": 896, "evicted": 1024, "end": 4096,
}
WAIT_PAGE = {"end": 4096}
SLOT = {"sequence": 0, "time": 8, "payload": 16}
ROOT = {"heap length": 0, "fields": 16}
LISTS = {
    "block header": 0, "items": 16, "bytes of items in a full node": 1008,
    "addresses in a full inner node": 126, "bytes of the longest element": 128,
    "the highest level": 7,
}
TREES = {
    "block header": 0, "places in use": 8, "level of the node": 12, "bytes of the prefix": 13, "unused": 14,
    "keys": 16, "end of a node": 1024, "bytes of the longest prefix": 128,
    "bytes of the longest key": 64, "bytes of the longest value": 128, "the highest level": 15,
}
# How many blocks of each class are in a page.
PER_PAGE = (128, 85, 64, 51, 42, 36, 32, 25, 21, 18, 16, 14, 12, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)
HASHES = {
    "end of a full leaf": 1024, "most words of tags": 7, "slots of an inner node": 64, "the last depth": 10,
    "bytes of the longest key": 64, "bytes of the longest value": 128,
}
# What is in any other block begins behind its header.
CONTENT = 8

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
        self.file = open(path, "rb", buffering=0)
        at_least("file length", os.fstat(self.file.fileno()).st_size, HEADER["end"])
        self.map = mmap.mmap(self.file.fileno(), 0, access=mmap.ACCESS_READ)
        end = HEADER["end"]
        header = self.map[:end]

        def number(name, size=8):
            return little(header, HEADER[name], size)

        expect("magic", header[: len(MAGIC)], MAGIC)
        expect("format version", number("format version", 4), FORMAT_VERSION)
        mark = struct.unpack_from("=Q", header, HEADER["endianness mark"])[0]
        expect("endianness mark", mark, ENDIANNESS_MARK)
        flags = number("incompatible flags")
        expect("incompatible flags", flags in (0, GROWABLE), True)
        self.is_growable = flags == GROWABLE
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
        self.has_times = number("compatible flags") & TIMES != 0
        self.timed = SLOT["payload"] + (self.root_size + 7) // 8 * 8
        at_least("slot stride", self.slot_stride, self.timed + 8 * self.has_times)
        slots_end = self.slots + (self.slot_count + 1) * self.slot_stride
        at_least("minimum file length", length, slots_end)
        self.heap = number("offset of heap")
        if self.is_growable:
            expect("heap id", number("heap id", 16) != 0, True)
            expect("offset of heap", self.heap, length)
            expect(f"offset of heap modulo {PAGE}", self.heap % PAGE, 0)
            expect("heap layout version", number("heap layout version", 4), HEAP_VERSION)
            at_least("record size", self.root_size, ROOT["fields"])
            at_least("maximum record size", MAX_ROOT, self.root_size)
        else:
            of_heap = number("heap id", 16), self.heap, number("heap layout version", 4)
            expect("heap", of_heap, (0, 0, 0))
        canonical, notes, rest = self.map[schema : schema + schema_len].split(b"\n")
        expect("text after the schema", rest, b"")
        expect("fingerprint", fnv1a_128(canonical + b"\n"), number("fingerprint", 16))
        is_shallow(canonical)
        is_shallow(notes)
        self.type = json.loads(canonical)
        self.notes = json.loads(notes)
        expect("schema", (self.type["commy"], self.type["kind"]), (1, "struct"))
        expect("record size", self.type["size"], self.root_size)
        of_cells = (1, ROOT["fields"]) if self.is_growable else (None, None)
        expect("cells", (self.type.get("growable"), self.type.get("prefix")), of_cells)
        for field in self.type["fields"] if self.is_growable else ():
            at_least("offset of a cell", field["offset"], ROOT["fields"])
        check(self.type)
        # Live words, in the byte order of the machine; one item of this is one 8-byte load.
        whole_words = len(self.map) // 8 * 8
        self.words = memoryview(self.map)[:whole_words].cast("Q")
        self.latest = (control + CONTROL["latest"]) // 8
        self.reclaimed = (control + CONTROL["reclaimed"]) // 8
        self.evicted = (control + CONTROL["evicted"]) // 8
        state = self.words[(control + CONTROL["state"]) // 8]
        expect("state", state in (1, 2, 3), True)
        live = self.words[(control + CONTROL["file length"]) // 8]
        if self.is_growable:
            at_least("live length", live, length)
            at_least("file length", os.fstat(self.file.fileno()).st_size, live)
            expect(f"live length modulo {PAGE}", live % PAGE, 0)
        else:
            expect("live length", live, length)

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

    def time(self):
        """Returns when the latest generation was published; 0 if that is not known."""
        if not self.has_times:
            return 0
        for _ in range(TRIES):
            generation = self.words[self.latest]
            if generation == 0:
                return 0
            at_least("maximum generation", MAX_GENERATION, generation)
            slot = self.slots + generation % self.slot_count * self.slot_stride
            time_of = self.words[(slot + SLOT["time"]) // 8]
            timed = self.words[(slot + self.timed) // 8]
            if self.words[(slot + SLOT["sequence"]) // 8] == 2 * generation:
                return time_of if timed == generation else 0
        raise Refused("no consistent copy")

    def value(self, payload):
        return decode(self.type, payload, 0, (), Heap(self, payload))

    def latest_value(self, checked=True, hold=lambda: None):
        """Returns a generation and its value; of a growable record, one that is whole.

        `hold` is called between the root and its blocks.
        """
        if not self.is_growable:
            generation, payload = self.snapshot()
            return generation, self.value(payload)
        for turn in range(TRIES):
            generation, payload = self.snapshot()
            is_held = checked and turn >= FREE_TRIES
            if is_held:
                self.lock(generation, fcntl.F_RDLCK)
            value, error = None, None
            try:
                if is_held and not self.may_be_held(generation):
                    continue
                hold()
                value = self.value(payload)
            except BROKEN as found:
                # What was found means something only if nothing was overwritten.
                error = found
            finally:
                if is_held:
                    is_whole = self.words[self.evicted] < generation
                    self.lock(generation, fcntl.F_UNLCK)
                else:
                    is_whole = not checked or self.words[self.reclaimed] <= generation
            if is_whole and error is None:
                return generation, value
            if is_whole:
                raise Refused(f"generation {generation}: {error}") from error
        raise Refused("overtaken again and again")

    def may_be_held(self, generation):
        """Whether the blocks of a generation that is locked are still there, and stay."""
        return self.words[self.reclaimed] <= generation > self.words[self.evicted]

    def lock(self, generation, kind):
        """Locks the byte of a generation, or unlocks it. The call is a fence besides."""
        request = struct.pack("hhqqi4x", kind, os.SEEK_SET, PIN_BASE + generation, 1, 0)
        fcntl.fcntl(self.file, F_OFD_SETLK, request)

    def reach(self, end):
        """Maps as much of a file that has grown as there is, if the map does not reach to `end`."""
        if len(self.map) < end:
            at_least("file length", os.fstat(self.file.fileno()).st_size, end)
            self.map = mmap.mmap(self.file.fileno(), 0, access=mmap.ACCESS_READ)


class Heap:
    """The heap of one generation, and how much of it may still be read."""

    def __init__(self, reader, payload):
        self.reader, self.start, self.end, self.parts = reader, 0, 0, MAX_PARTS
        self.hops = self.weight = 0
        if reader.is_growable:
            self.start, self.end = reader.heap, word(payload, ROOT["heap length"])
            if self.end != 0:
                at_least("heap length", self.end, self.start)
                reader.reach(self.end)
        # No value has more bytes in blocks than there are.
        self.bytes = max(self.end - self.start, 0)

    def part(self, count=1):
        """Takes note of so many parts that are read, wherever they are."""
        self.parts -= count
        at_least("what is left of the parts that are read", self.parts, 0)

    def visit(self, count):
        """Takes note of so many bytes in blocks."""
        self.bytes -= count
        at_least("what is left of the bytes of the heap", self.bytes, 0)

    def copy(self, address, at, size):
        """So many bytes of a block, from `at` bytes behind its start on."""
        block = address & ~15
        at_least("address of a block", block, max(self.start, 1))
        at_least("end of the heap", self.end, block + at + size)
        return self.reader.map[block + at : block + at + size]

    def deeper(self, size, read):
        """What `read` returns one hop deeper, in a cell of so many bytes."""
        before = self.hops, self.weight
        self.hops += 1
        self.weight += 1 + size // 256
        at_least("maximum depth", MAX_HOPS, self.hops)
        if self.hops > 1:
            at_least("maximum weight", MAX_WEIGHT, self.weight)
        # One large cell alone is no recursion.
        self.weight = min(self.weight, MAX_WEIGHT)
        value = read()
        self.hops, self.weight = before
        return value

    def run(self, data, at, size=16):
        """The bytes of a cell of text or bytes."""
        length, prefix = struct.unpack_from("=I", data, at)[0], b""
        if size == 32 and length >> 31:
            length, prefix = length & 2**31 - 1, getattr(data, "prefix", b"")
            at_least("length of a cut text", length, len(prefix))
        rest = length - len(prefix)
        if rest <= size - 4:
            return prefix + data[at + 4 : at + 4 + rest]
        self.visit(CONTENT + length)
        self.part(length // 8)
        value = self.copy(word(data, at + size - 8), CONTENT, length)
        expect("prefix of a run", value[: len(prefix)], prefix)
        expect("head of a run", value[len(prefix) :][: size - 12], data[at + 4 : at + size - 8])
        return value

    def items(self, root, length, stride, head=0):
        """The bytes of all elements of a list; of a deque those from element `head` on."""
        level, fan_out = root & 15, LISTS["addresses in a full inner node"]
        if root & ~15 == 0 or length == 0:
            expect("list without a node", (root, head, length), (0, 0, 0))
            return b""
        at_least("highest level", LISTS["the highest level"], level)
        per_chunk = LISTS["bytes of items in a full node"] // stride
        room = per_chunk * fan_out**level
        at_least("room of a list", room, head + length)
        self.visit(length * stride)
        data, first, end = bytearray(), head, head + length
        while first < end:
            node, rest, below = root, first, room
            for _ in range(level):
                below //= fan_out
                slot = LISTS["items"] + rest // below * 8
                node, rest = word(self.copy(node, slot, 8), 0), rest % below
            count = min(per_chunk - rest, end - first)
            data += self.copy(node, LISTS["items"] + rest * stride, count * stride)
            first += count
        return bytes(data)

    def entries(self, root, count, key, value):
        """The bytes of all keys and values of a map, whose cells have these sizes."""
        if root & ~15 == 0 or count == 0:
            expect("map without a node", (root, count), (0, 0))
            return []
        at_least("room for entries", self.end - self.start, count * (key + value))
        level, found, size = root & 15, [], TREES["end of a node"]
        if level == 0:
            kind = word(self.copy(root, 0, 8), 0) >> 6 & 63
            size = 4096 // PER_PAGE[kind] // 16 * 16
            at_least("longest node", TREES["end of a node"], size)
        self.node(root, level, size, (key, value), found)
        expect("entries of a map", len(found), count)
        return found

    def node(self, address, level, size, sizes, found):
        """Adds the entries below a node."""
        key, value = sizes[0], sizes[1] if level == 0 else 8
        start = TREES["keys"]
        capacity = (size - start) // (key + value)
        # Values begin at a multiple of 8 bytes.
        while -(-(start + capacity * key) // 8) * 8 + capacity * value > size:
            capacity -= 1
        values = -(-(start + capacity * key) // 8) * 8
        data = self.copy(address, 0, size)
        count = struct.unpack_from("=I", data, TREES["places in use"])[0]
        at_least("places of a node", capacity, count)
        self.visit(start + count * (key + value))
        length = data[TREES["bytes of the prefix"]] if level == 0 else 0
        at_least("longest prefix", TREES["bytes of the longest prefix"], length)
        for slot in range(-(-length // key), count):
            entry_key = KeyCell(data[start + slot * key :][:key])
            entry_key.prefix = bytes(data[start:][:length])
            entry_value = data[values + slot * value :][:value]
            if level == 0:
                found.append((entry_key, entry_value))
            else:
                self.node(word(entry_value, 0), level - 1, TREES["end of a node"], sizes, found)


class KeyCell(bytes):
    """The cell of a key in a leaf, which may have a part of the text in its prefix."""


# What reading something that is not what it should be may end with.
BROKEN = (
    Refused, struct.error, UnicodeDecodeError, json.JSONDecodeError, RecursionError, OverflowError,
    ArithmeticError, LookupError, TypeError, ValueError,
)


def word(data, at):
    return struct.unpack_from("=Q", data, at)[0]


def is_shallow(text):
    """Refuses a text of brackets in brackets, of which every reader has its own limit."""
    depth, is_string, is_escaped = 0, False, False
    for byte in text:
        if is_string:
            is_string = is_escaped or byte != 0x22
            is_escaped = byte == 0x5C and not is_escaped
        elif byte == 0x22:
            is_string = True
        elif byte in b"[{":
            depth += 1
            at_least("maximum nesting of the schema", MAX_NESTING, depth)
        elif byte in b"]}":
            depth -= 1


def check(kind, around=(), ways=(), hops=0, ends=0):
    """Refuses a type that no value can be of, and returns its size.

    `around` has the structs and enums that it is in, from the record inwards; `ways` says how many blocks and
    choices were on the way to each of them, as `hops` and `ends` do of the way here.
    """
    def within(item, hops=hops, ends=ends):
        return check(item, around, ways, hops, ends)

    if isinstance(kind, str):
        return size_of(kind, around)
    name = kind["kind"]
    if name == "struct":
        around, ways = around + (kind,), ways + ((hops, ends),)
        for field in kind["fields"]:
            at_least("size of a field", number(field, "size"), within(field["type"]))
            at_least("size of a struct", number(kind, "size"), number(field, "offset") + field["size"])
    elif name == "variant":
        expect("type of a tag", kind["tag"] in ("u8", "u16"), True)
        tag_size = size_of(kind["tag"], around)
        at_least("size of an enum", number(kind, "size"), tag_size)
        around, ways = around + (kind,), ways + ((hops, ends),)
        tags = [number(variant, "tag") for variant in kind["variants"].values()]
        expect("tags", (len(set(tags)), min(tags, default=None)), (len(tags), 0))
        at_least("largest tag", 256**tag_size - 1, max(tags))
        for variant in kind["variants"].values():
            for field in variant["fields"]:
                size = within(field["type"], ends=ends + (variant["tag"] != 0))
                at_least("size of a field", number(field, "size"), size)
                at_least("place of a field", number(field, "offset"), tag_size)
                at_least("size of an enum", kind["size"], field["offset"] + field["size"])
    elif name == "outer":
        levels = number(kind, "levels")
        at_least("levels", levels, 1)
        # Never the record.
        at_least("structs around one", len(around) - 1, levels)
        at_least("blocks on the way", hops, ways[-levels][0] + 1)
        at_least("ends on the way", ends, ways[-levels][1] + 1)
    elif name in ("list", "deque"):
        stride = number(kind, "stride")
        at_least("longest element", LISTS["bytes of the longest element"], stride)
        at_least("stride of a list", stride, max(within(kind["item"], hops + 1, ends + 1), 1))
        at_least(f"size of a {name}", number(kind, "size"), 16 if name == "list" else 24)
    elif name in ("map", "set"):
        if kind["order"] not in ("natural", "user", "hash"):
            raise Refused(f"unknown order {kind['order']!r}")
        limits = HASHES if kind["order"] == "hash" else TREES
        for part in parts_of(kind):
            longest = limits[f"bytes of the longest {part}"]
            at_least(f"longest {part}", longest, within(kind[part], hops + 1, ends + 1))
        at_least(f"size of a {name}", number(kind, "size"), 24 if kind["order"] == "hash" else 16)
    elif name == "box":
        within(kind["item"], hops + 1)
        at_least("size of a box", number(kind, "size"), 8)
    elif name == "optional":
        size = within(kind["item"], ends=ends + 1)
        at_least("place of a value", number(kind, "value_at"), 1)
        at_least("size of an optional", number(kind, "size"), kind["value_at"] + size)
    elif name in ("text", "bytes", "coded"):
        at_least("size of a run", number(kind, "size"), 16)
    elif name == "fixed_deque":
        at_least("place of the cells", number(kind, "data"), number(kind, "head") + number(kind, "len"))
        at_least("stride", number(kind, "stride"), within(kind["item"]))
    elif name in ("array", "vec", "fixed_set"):
        at_least("stride", number(kind, "stride"), within(kind["item"]))
    elif name == "fixed_map":
        at_least("key_stride", number(kind, "key_stride"), within(kind["key"]))
        at_least("value_stride", number(kind, "value_stride"), within(kind["value"]))
        keys = number(kind, "keys") + number(kind, "capacity") * kind["key_stride"]
        at_least("place of values", number(kind, "values"), keys)
    elif name == "option":
        within(kind["item"])
    elif name not in ("string", "enum", "pod", "encoded"):
        raise Refused(f"unknown kind {name!r}")
    return size_of(kind, around)


def size_of(kind, around):
    """The bytes of a type that is in these structs."""
    if isinstance(kind, str):
        return {"u128": 16, "i128": 16, "char": 4}.get(kind) or struct.calcsize(SCALARS[kind])
    name = kind["kind"]
    if name == "outer":
        return around[-kind["levels"]]["size"]
    if name == "fixed_map":
        return number(kind, "values") + number(kind, "capacity") * number(kind, "value_stride")
    if name in ("array", "vec", "fixed_set", "fixed_deque"):
        start = 0 if name == "array" else number(kind, "data")
        return start + number(kind, "capacity") * number(kind, "stride")
    if name == "option":
        return number(kind, "data") + size_of(kind["item"], around)
    if name in ("string", "encoded"):
        return number(kind, "data") + number(kind, "capacity")
    return size_of(kind["repr"], around) if name == "enum" else number(kind, "size")


def number(members, key):
    value = members[key]
    expect(f"type of {key!r}", type(value), int)
    at_least(repr(key), value, 0)
    return value


def expect(what, found, expected):
    if found != expected:
        raise Refused(f"{what} is {found!r}, expected {expected!r}")


def at_least(what, found, expected):
    if found < expected:
        raise Refused(f"{what} is {found}, expected at least {expected}")


def decode(kind, data, at, around, heap):
    """The value of the type `kind` at offset `at`, as Python has it."""
    heap.part()
    if isinstance(kind, str):
        return scalar(kind, data, at)
    name = kind["kind"]
    if name == "outer":
        # The struct or enum again, in those that it was in.
        levels = kind["levels"]
        return decode(around[-levels], data, at, around[:-levels], heap)
    if name == "struct":
        around = around + (kind,)
        return {
            f["name"]: decode(f["type"], data, at + f["offset"], around, heap)
            for f in kind["fields"]
        }
    if name == "variant":
        tag = scalar(kind["tag"], data, at)
        found = [(n, variant) for n, variant in kind["variants"].items() if variant["tag"] == tag]
        if not found:
            raise Refused(f"{tag} is no variant")
        around, (name, variant) = around + (kind,), found[0]
        fields = {
            f["name"]: decode(f["type"], data, at + f["offset"], around, heap)
            for f in variant["fields"]
        }
        return {name: fields} if fields else name
    if name == "array":
        return elements(kind, data, at, kind["capacity"], around, heap)
    if name in ("vec", "fixed_set"):
        count = little(data, at, kind["len"])
        at_least("capacity", kind["capacity"], count)
        return elements(kind, data, at + kind["data"], count, around, heap)
    if name == "fixed_deque":
        return ring(kind, data, at, around, heap)
    if name == "fixed_map":
        count = little(data, at, kind["len"])
        at_least("capacity", kind["capacity"], count)
        parts = [
            {"stride": kind[f"{part}_stride"], "item": kind[part]} for part in ("key", "value")
        ]
        keys = elements(parts[0], data, at + kind["keys"], count, around, heap)
        values = elements(parts[1], data, at + kind["values"], count, around, heap)
        return by_key(kind["key"], keys, values)
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
        return decode(kind["item"], data, at + kind["data"], around, heap) if tag else None
    if name == "pod":
        return data[at : at + kind["size"]].hex()
    if name == "encoded":
        return encoded(kind, data, at)
    if name == "text":
        return heap.run(data, at, kind["size"]).decode("utf-8")
    if name == "bytes":
        return heap.run(data, at).hex()
    if name == "coded":
        value = heap.run(data, at)
        return serialized(kind["codec"], value[:4], value[4:]) if value else None
    if name == "optional":
        expect("tag", data[at] in (0, 1), True)
        return decode(kind["item"], data, at + kind["value_at"], around, heap) if data[at] else None
    if name == "box":
        return boxed(kind["item"], word(data, at), around, heap)
    if name in ("list", "deque"):
        head = word(data, at + 8) if name == "deque" else 0
        stride, length = kind["stride"], word(data, at + (16 if name == "deque" else 8))
        items = heap.items(word(data, at), length, stride, head)
        if length == 0:
            return []
        return heap.deeper(stride, lambda: elements(kind, items, 0, length, around, heap))
    if name in ("map", "set"):
        if kind["order"] == "hash":
            return hashed(kind, data, at, around, heap)
        count, key = word(data, at + 8), kind["key"]
        value = kind["value"] if name == "map" else None
        sizes = size_of(key, around), size_of(value, around) if value is not None else 0
        found = heap.entries(word(data, at), count, *sizes)
        heap.part(count)

        def entry(pair):
            left = decode(key, pair[0], 0, around, heap)
            return left if value is None else [left, decode(value, pair[1], 0, around, heap)]

        return heap.deeper(sum(sizes), lambda: [entry(pair) for pair in found]) if found else []
    raise Refused(f"unknown kind {name!r}")


def parts_of(kind):
    return ("key", "value") if kind["kind"] == "map" else ("key",)


def hashed(kind, data, at, around, heap):
    """The entries of a map, or the keys of a set, in the order of their JSON."""
    root, length, seed = (word(data, at + 8 * index) for index in range(3))
    if root & ~15 == 0 or length == 0:
        expect("map without a node", (root, length), (0, 0))
        return []
    sizes = [(size_of(kind[part], around) + 7) // 8 * 8 for part in parts_of(kind)]
    stride, found = sum(sizes), []

    def leaf(address, prefix, depth):
        head = word(heap.copy(address, CONTENT, 8), 0)
        count, words = head & 255, head >> 8 & 255
        expect("depth of a leaf", head >> 32, depth)
        at_least("entries of a leaf", count, 1)
        at_least("most words of tags", HASHES["most words of tags"], words)
        at_least("tags of a leaf", 8 * words, count)
        entries = 16 + 8 * words
        at_least("room of a leaf", HASHES["end of a full leaf"], entries + count * stride)
        heap.visit(entries + count * stride)
        heap.part(count)
        tags = heap.copy(address, 16, count)
        cells = heap.copy(address, entries, count * stride)
        for index in range(count):
            start = index * stride
            hash = sip_hash(seed, feed(kind["key"], cells, start, around, heap))
            expect("tag", tags[index], hash >> 56)
            expect("way to a key", hash & ((1 << 6 * depth) - 1), prefix)
            key = decode(kind["key"], cells, start, around, heap)
            if kind["kind"] == "map":
                key = [key, decode(kind["value"], cells, start + sizes[0], around, heap)]
            found.append(key)

    def walk():
        last = HASHES["the last depth"]
        nodes = [(root, 0, 0)]
        while nodes:
            address, prefix, depth = nodes.pop()
            if not address & 1:
                leaf(address, prefix, depth)
                continue
            heap.visit(528)
            heap.part(HASHES["slots of an inner node"])
            for slot in range(HASHES["slots of an inner node"]):
                child = word(heap.copy(address, 16 + 8 * slot, 8), 0)
                if child & ~15 and depth < last:
                    nodes.append((child, prefix | slot << 6 * depth, depth + 1))
                elif child & ~15:
                    nodes.append((child, prefix, last))

    heap.deeper(stride, walk)
    expect("entries of a map", len(found), length)
    return sorted(found, key=json.dumps)


def feed(kind, data, at, around, heap):
    """The bytes by which a key is hashed."""
    name = kind if isinstance(kind, str) else kind["kind"]
    if name == "outer":
        index = len(around) - kind["levels"]
        return feed(around[index], data, at, around[:index], heap)
    if name in ("text", "bytes", "coded"):
        value = heap.run(data, at, number(kind, "size"))
        return struct.pack("<Q", len(value)) + value
    if name in ("list", "deque"):
        stride, head = kind["stride"], word(data, at + 8) if name == "deque" else 0
        length = word(data, at + (16 if name == "deque" else 8))
        items = heap.items(word(data, at), length, stride, head)
        each = (feed(kind["item"], items, index * stride, around, heap) for index in range(length))
        return struct.pack("<Q", length) + b"".join(each)
    if name == "box":
        address, size = word(data, at), size_of(kind["item"], around)
        item = heap.copy(address, CONTENT, size) if address & ~15 else bytes(size)
        return feed(kind["item"], item, 0, around, heap)
    if name == "optional":
        item = data[at] and feed(kind["item"], data, at + kind["value_at"], around, heap)
        return bytes(data[at : at + 1]) + (item or b"")
    if name == "array":
        places = (at + index * kind["stride"] for index in range(kind["capacity"]))
        return b"".join(feed(kind["item"], data, place, around, heap) for place in places)
    if name == "struct":
        fed, end = b"", 0
        for field in kind["fields"]:
            fed += bytes(field["offset"] - end)
            fed += feed(field["type"], data, at + field["offset"], around + (kind,), heap)
            end = field["offset"] + field["size"]
        return fed + bytes(kind["size"] - end)
    if name == "variant":
        tag, around = scalar(kind["tag"], data, at), around + (kind,)
        fields = next(v["fields"] for v in kind["variants"].values() if v["tag"] == tag)
        each = (feed(f["type"], data, at + f["offset"], around, heap) for f in fields)
        return bytes(data[at : at + size_of(kind["tag"], around)]) + b"".join(each)
    if name in ("map", "set") and kind["order"] != "hash":
        parts = [kind[part] for part in parts_of(kind)]
        sizes = [size_of(part, around) for part in parts] + [0]
        entries = heap.entries(word(data, at), word(data, at + 8), *sizes[:2])
        each = (feed(part, cell, 0, around, heap) for entry in entries for part, cell in zip(parts, entry))
        return struct.pack("<Q", len(entries)) + b"".join(each)
    if name in ("map", "set"):
        return b""
    return bytes(data[at : at + size_of(kind, around)])


def sip_hash(seed, fed):
    """SipHash-1-3 with the seed, and 0, as its key."""
    mask = 2**64 - 1
    a, b = seed ^ 0x736F6D6570736575, 0x646F72616E646F6D
    c, d = seed ^ 0x6C7967656E657261, 0x7465646279746573

    def rotate(number, bits):
        return (number << bits | number >> 64 - bits) & mask

    def turn(a, b, c, d):
        a, c = a + b & mask, c + d & mask
        b, d = rotate(b, 13) ^ a, rotate(d, 16) ^ c
        a = rotate(a, 32)
        a, c = a + d & mask, c + b & mask
        b, d = rotate(b, 17) ^ c, rotate(d, 21) ^ a
        return a, b, rotate(c, 32), d

    last = fed[len(fed) // 8 * 8 :] + bytes(7 - len(fed) % 8) + bytes([len(fed) & 255])
    for (number,) in struct.iter_unpack("<Q", fed[: len(fed) // 8 * 8] + last):
        a, b, c, d = turn(a, b, c, d ^ number)
        a ^= number
    c ^= 255
    for _ in range(3):
        a, b, c, d = turn(a, b, c, d)
    return a ^ b ^ c ^ d


def boxed(item, address, around, heap):
    """What is in a box; zeros for one without an address."""
    size = size_of(item, around)
    heap.part(size // 8)
    if address & ~15 == 0:
        data = bytes(size)
    else:
        heap.visit(CONTENT + size)
        data = heap.copy(address, CONTENT, size)
    return heap.deeper(size, lambda: decode(item, data, 0, around, heap))


def ring(kind, data, at, around, heap):
    """The elements of a fixed deque, the oldest first."""
    capacity, head = kind["capacity"], little(data, at, kind["head"])
    count = little(data, at + kind["head"], kind["len"])
    at_least("capacity", capacity, count)
    at_least("capacity above the head", (capacity if count else 1) - 1, head)
    first, to_the_end = at + kind["data"], min(count, capacity - head)
    older = elements(kind, data, first + head * kind["stride"], to_the_end, around, heap)
    return older + elements(kind, data, first, count - to_the_end, around, heap)


def encoded(kind, data, at):
    """A serialized value in place."""
    mark = at + kind["len"]
    length, codec = little(data, at, kind["len"]), data[mark : mark + 4]
    if length == 0 and codec == bytes(4):
        return None
    if length > kind["capacity"]:
        raise Refused(f"{length} bytes in {kind['capacity']}")
    start = at + kind["data"]
    return serialized(kind["codec"], codec, data[start : start + length])


def serialized(codec, mark, value):
    """A value in JSON is one here as well; the bytes of other codecs are shown in hexadecimal."""
    # The marks of other codecs only their users know.
    expect("codec", mark, CODECS.get(codec, mark))
    return json.loads(value) if codec == "json" else value.hex()


def elements(kind, data, at, count, around, heap):
    item, stride = kind["item"], kind["stride"]
    at_least("bytes of elements", len(data) - at, count * stride)
    heap.part(count)
    if isinstance(item, str) and item in SCALARS and struct.calcsize(SCALARS[item]) == stride:
        return list(struct.unpack_from(f"={count}{SCALARS[item]}", data, at))
    return [decode(item, data, at + index * stride, around, heap) for index in range(count)]


def by_key(kind, keys, values):
    """The entries of a map: by their keys if those are texts, else one pair for each."""
    if isinstance(kind, dict) and kind["kind"] == "string":
        return dict(zip(keys, values))
    return [[key, value] for key, value in zip(keys, values)]


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


def follow(reader, snapshots, checked):
    """Prints values of different generations, as the writer goes on."""
    def hold():
        # So long that the writer may have used the blocks again.
        time.sleep(0.02)

    newest = 0
    while snapshots > 0:
        try:
            generation, value = reader.latest_value(checked, hold)
        except Refused:
            if checked:
                raise
            snapshots -= 1
            print("0 refused")
            continue
        if generation < newest:
            raise Refused(f"generation {generation} after {newest}")
        if generation == newest:
            time.sleep(0.001)
            continue
        newest, snapshots = generation, snapshots - 1
        print(generation, as_text(value), flush=True)


def try_all(paths):
    for path in paths:
        try:
            print("value", as_text(Reader(path).latest_value()[1]))
        except BROKEN as error:
            print("refused", str(error).replace("\n", " "))


def as_text(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def main(command, path=None, *rest):
    if command == "offsets":
        tables = {
            "Header": HEADER, "Control": CONTROL, "Wait page": WAIT_PAGE, "Slot": SLOT,
            "Growable record": ROOT, "Lists": LISTS,
            "Ordered maps and sets": TREES,
        }
        for section, table in tables.items():
            for name, offset in table.items():
                print(f"{section}: {name} {offset}")
        return
    # A value may be as deep as the page says.
    sys.setrecursionlimit(20_000)
    if command == "try":
        return try_all((path, *rest))
    reader = Reader(path)
    if command == "show":
        print(as_text(reader.latest_value()[1]))
    elif command == "time":
        print(reader.time())
    elif command == "follow":
        follow(reader, int(rest[0]), rest[1:] != ("--unchecked",))
    elif command == "watch":
        watch(reader, int(rest[0]), rest[1:] != ("--unchecked",))
    else:
        raise Refused(f"unknown command {command!r}")


if __name__ == "__main__":
    main(*sys.argv[1:])
