"""Checks by hand that PyTorch, numpy and the safetensors library read what bridgescope writes.

    npm run build && python3 tools/check_torch_reads.py

Every file of test/golden/checkpoint is read and written again by bridgescope, as .pt and as safetensors, and then loaded
by PyTorch (also with weights_only=True) and by safetensors where that is installed; names, dtypes, shapes and values have to
be those of expected.json. Formats that this PyTorch does not know are counted apart.
"""

import collections
import json
import math
import pathlib
import subprocess
import tempfile

import numpy
import torch

try:
    from safetensors.torch import load_file
except ImportError:
    load_file = None

ROOT = pathlib.Path(__file__).parent.parent
GOLDEN = ROOT / "test/golden/checkpoint"
WRITER = """
import { readFileSync, writeFileSync } from 'node:fs';
const [root, golden, out, ...files] = process.argv.slice(1);
const part = (name) => import(`${root}/dist/checkpoint/${name}.js`);
const { openCheckpoint, openTestSet } = await part('open');
const { writeTorchFile } = await part('torch-write');
const { writeSafetensors } = await part('safetensors-write');
const { writeTestSet } = await part('test-set');
for (const file of files) {
  if (/^test.*pth$/.test(file)) {
    const set = openTestSet(`${golden}/${file}`);
    if (set.lengths.dtype === 'int64') writeFileSync(`${out}/${file}`, writeTestSet(set, 'test'));
    continue;
  }
  const { state } = openCheckpoint(`${golden}/${file}`);
  writeFileSync(`${out}/${file}.pt`, writeTorchFile(state, 'ckpt_0'));
  writeFileSync(`${out}/${file}.safetensors`, writeSafetensors(state, { format: 'pt' }));
}
"""


def same(a, b):
    return (math.isnan(a) and math.isnan(b)) or (a == b and math.copysign(1, a) == math.copysign(1, b))


def compare(file, found, expected):
    assert list(found) == [tensor["name"] for tensor in expected] or set(found) == {t["name"] for t in expected}, file
    for tensor in expected:
        value = found[tensor["name"]]
        value = torch.from_numpy(value) if isinstance(value, numpy.ndarray) else value
        where = f"{file}: {tensor['name']}"
        assert str(value.dtype) == f"torch.{tensor['dtype']}", f"{where} is {value.dtype}"
        assert list(value.shape) == tensor["shape"], f"{where} is {value.shape}"
        values = value.double().flatten().tolist()
        wanted = [float(str(x).replace("Infinity", "inf")) for x in tensor["values"]]
        assert len(values) == len(wanted) and all(map(same, values, wanted)), where
    return len(expected)


def known(tensor):
    return hasattr(torch, tensor["dtype"])


def main():
    expected = json.loads((GOLDEN / "expected.json").read_text())
    checked = collections.Counter()
    with tempfile.TemporaryDirectory() as out:
        subprocess.run(
            ["node", "--input-type=module", "-e", WRITER, str(ROOT), str(GOLDEN), out, *expected], check=True
        )
        for path in sorted(pathlib.Path(out).iterdir()):
            if path.name.startswith("test"):
                items = torch.load(path)
                found = {str(at): item for at, item in enumerate(items) if item is not None}
                assert all(isinstance(item, numpy.ndarray) for at, item in found.items() if at != "0"), path
                checked["test sets"] += 1
                compare(path.name, found, expected[path.name])
                continue
            wanted = expected[path.stem]
            if not all(map(known, wanted)):
                checked["files of formats that this torch does not know"] += 1
            elif path.suffix == ".pt":
                for options in ({}, {"weights_only": True}):
                    found = torch.load(path, **options)
                    assert isinstance(found, collections.OrderedDict), path
                    checked["tensors of .pt files" + ", weights_only" * bool(options)] += compare(path.name, found, wanted)
                    assert list(found) == [tensor["name"] for tensor in wanted], path
            elif load_file is not None:
                checked["tensors of safetensors"] += compare(path.name, load_file(path), wanted)
    print(f"torch {torch.__version__}, numpy {numpy.__version__}, safetensors {'no' if load_file is None else 'yes'}")
    for what, count in checked.items():
        print(f"{count:6} {what}")


if __name__ == "__main__":
    main()
