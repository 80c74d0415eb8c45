"""Writes test/golden/checkpoint: small files as PyTorch, numpy and other zip writers make them, and expected.json with
the names, dtypes, shapes and values that PyTorch reads from them.

    python3 tools/make_golden_checkpoints.py

Written with torch 1.13 and numpy 1.24. What those cannot write is made by editing: the location of CUDA storages and
numpy 2's module names inside the pickle, compressed, streamed and zip64 entries through zipfile, safetensors by hand.
Another run gives the same bytes, except legacy.pt: that format calls storages by their addresses.
"""

import argparse
import array
import collections
import dataclasses
import datetime
import enum
import fractions
import functools
import io
import json
import logging
import math
import os
import pathlib
import re
import struct
import types
import zipfile

import numpy
import torch

GOLDEN = pathlib.Path(__file__).parent.parent / "test/golden/checkpoint"
LIMIT = 400_000

expected = {}


def number(value):
    """JSON has no NaN and no infinities."""
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def describe(name, value):
    tensor = torch.from_numpy(numpy.ascontiguousarray(value)) if isinstance(value, numpy.ndarray) else value.detach()
    return {
        "name": name,
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "shape": list(tensor.shape),
        "values": [number(x) for x in tensor.double().flatten().tolist()],
    }


def expect(file, tensors):
    expected[file] = [describe(name, tensor) for name, tensor in tensors.items()]


def save(file, content, tensors=None, **options):
    torch.save(content, GOLDEN / file, **options)
    expect(file, content if tensors is None else tensors)


def entries(file):
    with zipfile.ZipFile(GOLDEN / file) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


def rewrite(file, source, compression=zipfile.ZIP_STORED, edit=None, stream=False, zip64=False):
    """The entries of another file in a fresh archive; `edit` changes the pickle."""
    target = io.BytesIO()
    sink = Unseekable(target) if stream else target
    limits = zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT
    if zip64:
        zipfile.ZIP64_LIMIT = zipfile.ZIP_FILECOUNT_LIMIT = 0
    with zipfile.ZipFile(sink, "w", allowZip64=True) as archive:
        for name, content in entries(source):
            if edit is not None and name.endswith("data.pkl"):
                edited = edit(content)
                assert edited != content, "nothing to edit"
                content = edited
            info = zipfile.ZipInfo(name)
            info.compress_type = compression
            with archive.open(info, "w", force_zip64=zip64) as entry:
                entry.write(content)
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = limits
    content = target.getvalue()
    if zip64:
        # zipfile repeats counts and offsets in the old end of the directory; all ones send readers to the new one.
        content = content[:-14] + b"\xff" * 12 + content[-2:]
    (GOLDEN / file).write_bytes(content)
    expected[file] = expected[source]


class Unseekable(io.RawIOBase):
    """A pipe: zipfile writes sizes and checksums behind the data then."""

    def __init__(self, target):
        self.target = target

    def writable(self):
        return True

    def write(self, content):
        return self.target.write(content)

    def seek(self, *_):
        raise OSError("a pipe")

    def tell(self):
        raise OSError("a pipe")


def floats(dtype):
    info = torch.finfo(dtype)
    smallest = {torch.float16: 2.0**-24, torch.bfloat16: 2.0**-133, torch.float32: 2.0**-149, torch.float64: 5e-324}[dtype]
    values = [0.0, -0.0, 1.0, -1.0, math.pi, -1 / 3, info.max, info.min, info.tiny, smallest, -3 * smallest]
    return torch.tensor([*values, math.inf, -math.inf, math.nan], dtype=torch.float64).to(dtype)


def integers(dtype):
    info = torch.iinfo(dtype)
    return torch.tensor([0, 1, info.max, info.min, info.max - 1, info.min + 1, 42], dtype=dtype)


def dtypes():
    content = {"bool": torch.tensor([True, False, True])}
    for dtype in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64):
        content[str(dtype).removeprefix("torch.")] = integers(dtype)
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        content[str(dtype).removeprefix("torch.")] = floats(dtype)
    save("dtypes.pt", content)
    for protocol in (3, 4, 5):
        save(f"protocol_{protocol}.pt", {"naïve ключ 🔑\n": torch.arange(3.0), **content}, pickle_protocol=protocol)


def views():
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    cube = torch.arange(24, dtype=torch.int16).reshape(2, 3, 4)
    tied = torch.linspace(-1, 1, 6).reshape(2, 3)
    content = collections.OrderedDict(
        base=base,
        transposed=base.t(),
        row=base[2],
        column=base[:, 3],
        inner=base[1:3, 2:5],
        every_other=base[::2, 1::2],
        expanded=torch.arange(3, dtype=torch.float64).expand(4, 3),
        cube=cube,
        permuted=cube.permute(2, 0, 1),
        diagonal=base.diagonal(),
        scalar=torch.tensor(2.5),
        scalar_of_base=base[3, 5],
        empty=torch.empty(0),
        empty_matrix=torch.empty(0, 3, dtype=torch.float16),
        empty_slice=base[4:],
        tied=tied,
        tied_again=tied,
        halves=torch.arange(6, dtype=torch.bfloat16)[1::2],
    )
    save("views.pt", content)


class Tiny(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(5, 4)
        self.fc = torch.nn.Linear(4, 3)
        self.register_buffer("att_bias", torch.zeros(1, 2, 2))


def modules():
    torch.manual_seed(5)
    model = Tiny()
    state = model.state_dict()
    assert state._metadata
    save("state_dict.pt", state)
    save("state_dict_protocol_4.pt", state, pickle_protocol=4)
    save("parameters.pt", dict(model.named_parameters()))
    optimizer = torch.optim.AdamW(model.parameters())
    model.fc(model.embed(torch.arange(5))).square().sum().backward()
    optimizer.step()
    state = model.state_dict()
    # A tensor beside the state dict, as scripts that keep the random state have it.
    rng = torch.arange(16, dtype=torch.uint8)
    save("nested.pt", {"epoch": 3, "rng": rng, "model": state, "optimizer": optimizer.state_dict()}, state)
    wrapped = {f"module.{name}": value for name, value in state.items()}
    save("module_prefix.pt", wrapped, state)
    compiled = {f"_orig_mod.{name}": value for name, value in wrapped.items()}
    save("nested_twice.pt", {"state_dict": {"model": compiled}, "loss": 0.5}, state)
    half = {"module.fc": torch.ones(1), "fc.module.weight": torch.zeros(1)}
    save("partial_prefix.pt", half)
    nan = {name: value.clone() for name, value in state.items()}
    nan["fc.weight"][1, 2] = math.nan
    save("nan.pt", nan)

    cpu, cuda = (b"X" + struct.pack("<I", len(text)) + text for text in (b"cpu", b"cuda:0"))
    rewrite("cuda.pt", "state_dict.pt", edit=lambda pickle: pickle.replace(cpu, cuda))
    rewrite("deflated.pt", "nested.pt", zipfile.ZIP_DEFLATED)
    rewrite("zip64.pt", "state_dict.pt", zip64=True)
    rewrite("zip64_deflated.pt", "state_dict.pt", zipfile.ZIP_DEFLATED, zip64=True)
    rewrite("streamed.pt", "state_dict.pt", zipfile.ZIP_DEFLATED, stream=True)

    torch.save(state, GOLDEN / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(Tiny().fc, GOLDEN / "whole_module.pt")
    torch.save({"epoch": 1, "loss": [0.5]}, GOLDEN / "no_tensors.pt")
    torch.save({"fc.weight": torch.ones(2), "then": Foreign()}, GOLDEN / "foreign.pt")


@dataclasses.dataclass
class Settings:
    width: int = 4
    rates: tuple = (0.1, 0.2)


class Stage(enum.Enum):
    WARM = 1


class Part(enum.Flag):
    HEADS = 1
    NORMS = 2


class _Private:
    pass


def beside():
    """What training scripts keep beside the weights, under a key that no library knows."""
    torch.manual_seed(6)
    state = Tiny().state_dict()
    content = {
        "config": argparse.Namespace(lr=0.1, out=pathlib.PurePosixPath("runs/a"), tags={"a", "b"}),
        "settings": Settings(),
        "best": numpy.float64(0.5),
        "step": numpy.int64(3),
        "name": numpy.str_("run"),
        "names": numpy.array(["a", "bc"]),
        "objects": numpy.array([None, {}], dtype=object),
        "frozen": frozenset([1]),
        "when": datetime.datetime(2024, 5, 6),
        "counts": collections.Counter("aab"),
        "lists": collections.defaultdict(list, a=[1]),
        "recent": collections.deque([0.5, 0.25], maxlen=4),
        "device": torch.device("cuda:0"),
        "complex": 1j,
        "history": torch.tensor([0.5, 0.25]),
        "rng": (torch.arange(3, dtype=torch.uint8), numpy.random.RandomState(0).get_state()),
        "stage": Stage.WARM,
        "parts": Part.HEADS | Part.NORMS,
        "_private": _Private(),
        "namespace": types.SimpleNamespace(a=1),
        "share": fractions.Fraction(1, 3),
        "bytes": bytearray(b"abc"),
        "none": numpy.zeros((0, 3)),
        "numbers": array.array("f", [1, 2]),
        "pattern": re.compile("h"),
        "cast": numpy.float32,
        "empty": type(None),
        "rest": ...,
        "make": collections.defaultdict(int),
        "log": logging.getLogger("training"),
        "schedule": functools.partial(fractions.Fraction, 2),
        "generators": (numpy.random.RandomState(1), numpy.random.default_rng(1)),
        "model_weights": state,
    }
    for protocol in 2, 4:
        save(f"beside_protocol_{protocol}.pt", content, state, pickle_protocol=protocol)


def big_endian():
    """Files as a big-endian machine writes them: numbers in the other order, and an entry that says so."""
    dtypes = {"f": (torch.float32, 4), "d": (torch.float64, 8), "h": (torch.int16, 2), "e": (torch.bfloat16, 2)}
    state = {name: torch.arange(6).to(dtype).reshape(2, 3) for name, (dtype, _) in dtypes.items()}
    torch.save(state, GOLDEN / "big_endian.pt")
    sizes = [size for _, size in dtypes.values()]
    content = entries("big_endian.pt")
    with zipfile.ZipFile(GOLDEN / "big_endian.pt", "w") as archive:
        for name, data in content:
            if "/data/" in name:
                size = sizes[int(name.rpartition("/")[2])]
                data = b"".join(data[at : at + size][::-1] for at in range(0, len(data), size))
            archive.writestr(zipfile.ZipInfo(name), data)
        archive.writestr(zipfile.ZipInfo("big_endian/byteorder"), b"big")
    expect("big_endian.pt", state)


def unread():
    """Files that hold tensors of other kinds, or no tensors but a program."""
    dense = torch.eye(3)
    torch.save({"w": dense.to_sparse()}, GOLDEN / "sparse.pt")
    torch.save({"w": dense.to_sparse_csr()}, GOLDEN / "sparse_rows.pt")
    torch.save({"w": torch.quantize_per_tensor(dense, 0.1, 0, torch.qint8)}, GOLDEN / "quantised.pt")
    torch.save({"w": torch.empty(3, device="meta")}, GOLDEN / "meta.pt")
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), GOLDEN / "scripted.pt")
    torch.save({"w": torch.ones(1).expand(10**5, 10**5)}, GOLDEN / "expanded.pt")
    torch.save(Tiny(), GOLDEN / "own_module.pt")


class Foreign:
    def __reduce__(self):
        return os.system, ("echo executed",)


def test_sets():
    random = numpy.random.default_rng(3)
    tokens = torch.from_numpy(random.integers(0, 64, (6, 16)))
    lengths = random.integers(3, 6, 6)
    starts = numpy.sort(random.integers(0, 10, (6, 2)), axis=1)
    names = ("0", "1", "2")
    save("test.pth", [tokens, lengths, starts], dict(zip(names, (tokens, lengths, starts))))
    save("test_simple.pth", [tokens, lengths, None], dict(zip(names, (tokens, lengths))))
    fortran = [tokens, lengths.astype(numpy.int32), numpy.asfortranarray(starts)]
    save("test_fortran.pth", fortran, dict(zip(names, fortran)), pickle_protocol=4)
    old, new = b"cnumpy.core.multiarray\n", b"cnumpy._core.multiarray\n"
    rewrite("test_numpy2.pth", "test.pth", edit=lambda pickle: pickle.replace(old, new))
    swapped = [tokens, lengths.astype(">i8"), starts]
    save("test_big_endian.pth", swapped, dict(zip(names, (tokens, lengths, starts))))
    arrays = {kind: numpy.array([0, 1, 100], dtype=kind) for kind in ("?", "u1", "i1", "i2", "i4", "i8", "f2", "f4", "f8")}
    save("numpy.pth", arrays)


SAFE = {
    "BOOL": ("?", "bool", [1, 0, 1]),
    "U8": ("B", "uint8", [0, 1, 255]),
    "I8": ("b", "int8", [0, -128, 127]),
    "U16": ("H", "uint16", [0, 1, 65535]),
    "I16": ("h", "int16", [0, -32768, 32767]),
    "U32": ("I", "uint32", [0, 1, 2**32 - 1]),
    "I32": ("i", "int32", [0, -(2**31), 2**31 - 1]),
    "U64": ("Q", "uint64", [0, 1, 2**64 - 1, 2**53 + 1]),
    "I64": ("q", "int64", [0, -(2**63), 2**63 - 1, -5]),
    "F64": ("d", "float64", [0.0, math.pi, -5e-324, math.inf, math.nan]),
    "F32": ("f", "float32", [0.0, -1.5, 2.0**-149, -math.inf, math.nan]),
    "F16": ("e", "float16", [0.0, -1.5, 2.0**-24, 65504.0, math.inf, math.nan]),
    # bfloat16 is the upper half of a float32; the two 8-bit formats have their bits spelled out (OCP OFP8).
    "BF16": ("H", "bfloat16", {0x0000: 0.0, 0x3FC0: 1.5, 0xC049: -3.140625, 0x0001: 2.0**-133, 0x7F80: math.inf, 0x7FC0: math.nan}),
    "F8_E4M3": ("B", "float8_e4m3fn", {0x00: 0.0, 0x38: 1.0, 0xBC: -1.5, 0x01: 2.0**-9, 0x7E: 448.0, 0x7F: math.nan}),
    "F8_E5M2": ("B", "float8_e5m2", {0x00: 0.0, 0x3C: 1.0, 0xBE: -1.5, 0x01: 2.0**-16, 0x7B: 57344.0, 0x7C: math.inf, 0x7F: math.nan}),
}  # fmt: skip


def write_safetensors(file, tensors, padding=0, metadata=None):
    """tensors: name -> (format, dtype, shape, bytes, values), as the safetensors project describes its format."""
    header, data = {} if metadata is None else {"__metadata__": metadata}, b""
    for name, (kind, _, shape, content, _) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode() + b" " * padding
    (GOLDEN / file).write_bytes(struct.pack("<Q", len(text)) + text + data)
    expected[file] = [
        {"name": name, "dtype": dtype, "shape": shape, "values": [number(x) for x in values]}
        for name, (_, dtype, shape, _, values) in tensors.items()
    ]


def safetensors():
    tensors = {}
    for kind, (code, dtype, values) in SAFE.items():
        content = struct.pack(f"<{len(values)}{code}", *values)
        numbers = list(values.values()) if isinstance(values, dict) else values
        tensors[dtype] = (kind, dtype, [len(values)], content, numbers)
    # BOOL's three bytes come first, so that the wider formats lie at odd places.
    write_safetensors("dtypes.safetensors", tensors, metadata={"format": "pt"})
    matrix = numpy.arange(6, dtype="<f4").reshape(2, 3)
    shaped = {
        "z.matrix": ("F32", "float32", [2, 3], matrix.tobytes(), matrix.ravel()),
        "1": ("F64", "float64", [], struct.pack("<d", 2.5), [2.5]),
        "0": ("I16", "int16", [1, 1, 2], struct.pack("<2h", 7, -7), [7, -7]),
        "empty": ("F16", "float16", [0, 3], b"", []),
        "__proto__": ("U8", "uint8", [2], b"\x05\x06", [5, 6]),
        "naïve 🔑": ("U8", "uint8", [1], b"\x07", [7]),
    }
    # A header of any length, so that the data is aligned to nothing.
    for padding in range(4):
        write_safetensors(f"shapes_{padding}.safetensors", shaped, padding)
    # The length of this header, 0x4b50, starts the file with "PK", as a zip archive does.
    short = len(json.dumps({"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}))
    write_safetensors("looks_like_zip.safetensors", {"w": shaped["z.matrix"]}, 0x4B50 - short)


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for old in GOLDEN.iterdir():
        old.unlink()
    dtypes()
    views()
    modules()
    beside()
    big_endian()
    unread()
    test_sets()
    safetensors()
    files = []
    for file, tensors in expected.items():
        lines = ",\n".join(json.dumps(tensor, ensure_ascii=False) for tensor in tensors)
        files.append(f"{json.dumps(file)}: [\n{lines}\n]")
    (GOLDEN / "expected.json").write_text("{" + ",\n".join(files) + "}\n")
    size = sum(file.stat().st_size for file in GOLDEN.iterdir())
    assert size < LIMIT, size
    print(f"{len(expected)} files with expected values, {size} bytes in all")
