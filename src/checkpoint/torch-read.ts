import { showValue } from '../errors.js';
import type { ByteSource } from '../files/byte-source.js';
import { bytesPerElement } from '../tensor/dtype.js';
import type { Codec } from './codec.js';
import { CheckpointError } from './errors.js';
import { numpyGlobals } from './numpy-globals.js';
import { readPickle } from './pickle-read.js';
import { PickleGlobal, PickleTuple, type PickleValue } from './pickle-values.js';
import { PickledStorage } from './pickled-tensor.js';
import { plainGlobals } from './plain-globals.js';
import { storageClasses, torchGlobals, wholeNumber } from './torch-globals.js';
import { unreadTensor } from './unread-tensors.js';
import { readZip, type ZipArchive } from './zip-read.js';

/**
 * Reads what `torch.save` wrote (its zip form) into plain values: Maps, lists, numbers, and tensors whose numbers stay in
 * the file until they are asked for.
 * @throws CheckpointError for damaged archives, foreign globals, and sizes that lie
 * Source: PyTorch `torch/serialization.py`.
 */
export function readTorchFile(source: ByteSource, codec: Codec): PickleValue {
  const file = source.name;
  const archive = readZip(source, codec);
  const root = findRoot(archive, file);
  refuseTorchScript(archive, root, file);
  const isBigEndian = byteOrder(archive, root, file) === 'big';
  const globals = new Map([...torchGlobals(file), ...numpyGlobals(file), ...plainGlobals(file)]);
  const storages = new Map<string, PickledStorage>();
  return readPickle(archive.read(`${root}data.pkl`), {
    file,
    global: (module, name) => globals.get(`${module}.${name}`) ?? unreadTensor(`${module}.${name}`, file),
    persistent: (id) => readStorage(id, storages, { archive, root, file, isBigEndian }),
  });
}

function findRoot(archive: ZipArchive, file: string): string {
  const pickles = archive.names.filter((name) => name === 'data.pkl' || name.endsWith('/data.pkl'));
  if (pickles.length !== 1) {
    throw new CheckpointError(
      `${file}: a zip archive with ${pickles.length} entries named data.pkl, expected one; save it with torch.save`,
    );
  }
  return pickles[0]!.slice(0, -'data.pkl'.length);
}

/** PyTorch before 2.1 does not say; its files are of the machine that wrote them, which is little-endian nearly always. */
function byteOrder(archive: ZipArchive, root: string, file: string): 'little' | 'big' {
  if (!archive.has(`${root}byteorder`)) return 'little';
  const order = new TextDecoder().decode(archive.read(`${root}byteorder`)).trim();
  if (order === 'little' || order === 'big') return order;
  throw new CheckpointError(
    `${file}: byte order ${showValue(order)}, expected "little" or "big"; copy the file again from where it was written`,
  );
}

function refuseTorchScript(archive: ZipArchive, root: string, file: string): void {
  if (!archive.has(`${root}constants.pkl`)) return;
  throw new CheckpointError(
    `${file}: is a TorchScript archive, a program with its weights; save these in Python: torch.save(torch.jit.load(${JSON.stringify(file)}).state_dict(), …)`,
  );
}

/** Where storages are, and how their numbers are written. */
interface StoragePlace {
  readonly archive: ZipArchive;
  readonly root: string;
  readonly file: string;
  readonly isBigEndian: boolean;
}

/** ('storage', class, key, location, numel): the location (cpu, cuda:0, …) makes no difference to the bytes. */
function readStorage(
  id: PickleValue,
  known: Map<string, PickledStorage>,
  { archive, root, file, isBigEndian }: StoragePlace,
): PickledStorage {
  const [tag, type, key, , elements] = id instanceof PickleTuple ? id.items : [];
  const name = type instanceof PickleGlobal ? type.name : '';
  const dtype = storageClasses.get(name);
  const count = wholeNumber(elements);
  if (tag !== 'storage' || dtype === undefined || typeof key !== 'string' || count === undefined) {
    throw new CheckpointError(`${file}: the pickle refers to a malformed storage; copy the file again`);
  }
  const found = known.get(key);
  if (found !== undefined) {
    if (found.dtype === dtype) return found;
    throw new CheckpointError(
      `${file}: storage ${key} is ${found.dtype} in one place and ${dtype} in another`,
    );
  }
  const entry = `${root}data/${key}`;
  const announced = archive.size(entry);
  if (announced === undefined) {
    throw new CheckpointError(
      `${file}: zip entry ${showValue(entry)} is missing; copy the file again from where it was written`,
    );
  }
  const size = dtype === null ? 1 : bytesPerElement[dtype];
  // Before it is read: a small entry can inflate to gigabytes that nothing asked for.
  if (count * size !== announced) {
    throw new CheckpointError(
      `${file}: storage ${key} claims ${count} elements of ${dtype ?? 'one byte'}, but its entry has ${announced} bytes; copy the file again`,
    );
  }
  const storage = new PickledStorage({ dtype, key, archive, entry, size: announced, isBigEndian });
  known.set(key, storage);
  return storage;
}
