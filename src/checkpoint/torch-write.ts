import { type ByteSink, MemorySink } from '../files/byte-sink.js';
import { bytesPerElement, type DType } from '../tensor/dtype.js';
import { toBytes } from '../tensor/encode.js';
import { contiguousStrides, elementCount, type StateDict, type Tensor } from '../tensor/tensor.js';
import { crc32 } from './crc32.js';
import { PickleWriter } from './pickle-write.js';
import { infoOf, tensorBytes, tensorChunks } from './tensor-chunks.js';
import { sourceOfState, type TensorSource } from './tensor-source.js';
import { storageClasses } from './torch-globals.js';
import { type RunningCrc32, type StreamedZipFile, writeZipTo, zipSize } from './zip-write.js';

const storageClassOf = new Map<DType, string>();
for (const [name, dtype] of storageClasses) if (dtype !== null) storageClassOf.set(dtype, name);

/** Collects the storages of an archive while its pickle is written. */
export class TorchArchive {
  readonly pickle = new PickleWriter();
  private readonly storages: Omit<StreamedZipFile, 'name'>[] = [];
  private readonly folder: string;

  /**
   * @param folder name of the archive's only folder; `torch.save` takes the file's name without extension. Characters
   * that a careful reader refuses in the names of a zip archive are replaced.
   */
  constructor(folder: string) {
    this.folder = folder.replace(/[^\p{L}\p{N}_. -]|^\.+/gu, '_').slice(0, 100) || 'archive';
  }

  /** Writes a tensor, row-major, with a storage of its own. */
  tensor(tensor: Tensor): void {
    this.streamed(tensor, () => [toBytes(tensor)]);
  }

  /** Writes a tensor whose numbers come when the archive is finished, row-major. */
  streamed(info: Pick<Tensor, 'dtype' | 'shape'>, chunks: () => Iterable<Uint8Array>): void {
    const { dtype, shape } = info;
    const key = String(this.storages.push({ size: tensorBytes(info), chunks }) - 1);
    const typed = storageClassOf.get(dtype);
    const { pickle } = this;
    pickle.global('torch._utils', typed === undefined ? '_rebuild_tensor_v3' : '_rebuild_tensor_v2').mark();
    pickle.mark().text('storage');
    if (typed === undefined) pickle.global('torch.storage', 'UntypedStorage');
    else pickle.global('torch', typed.slice('torch.'.length));
    const count = elementCount(shape) * (typed === undefined ? bytesPerElement[dtype] : 1);
    pickle.text(key).text('cpu').integer(count).tuple().persistent();
    pickle.integer(0).integers(shape).integers(contiguousStrides(shape)).boolean(false);
    pickle.global('collections', 'OrderedDict').emptyTuple().reduce();
    // Formats younger than typed storages (uint16, float8, …) name their dtype instead.
    if (typed === undefined) pickle.global('torch', dtype);
    pickle.tuple().reduce();
  }

  /** The archive's files, to be written once. */
  files(): StreamedZipFile[] {
    const { folder } = this;
    const whole = (name: string, bytes: Uint8Array) => ({
      name: `${folder}/${name}`,
      size: bytes.length,
      chunks: () => [bytes],
    });
    const encode = (text: string) => new TextEncoder().encode(text);
    return [
      whole('data.pkl', this.pickle.finish()),
      whole('byteorder', encode('little')),
      ...this.storages.map((storage, key) => ({ ...storage, name: `${folder}/data/${key}` })),
      whole('version', encode('3\n')),
    ];
  }

  finish(): Uint8Array {
    const files = this.files();
    const sink = new MemorySink(zipSize(files));
    writeZipTo(sink, files, crc32);
    return sink.bytes;
  }
}

/**
 * Writes a state dict as `torch.save` does: `torch.load` reads it, with `weights_only=True` too.
 * @param folder name inside the archive, such as `ckpt_200`
 */
export function writeTorchFile(state: StateDict, folder: string): Uint8Array {
  return archiveOf(sourceOfState(state, 'state dict'), folder).finish();
}

/** Writes the file of `writeTorchFile` piece by piece. @throws CheckpointError as the source */
export function writeTorchTo(sink: ByteSink, source: TensorSource, folder: string, crc: RunningCrc32): void {
  writeZipTo(sink, archiveOf(source, folder).files(), crc);
}

function archiveOf(source: TensorSource, folder: string): TorchArchive {
  const archive = new TorchArchive(folder);
  const { pickle } = archive;
  pickle.global('collections', 'OrderedDict').emptyTuple().reduce().mark();
  for (const name of source.names) {
    pickle.text(name);
    archive.streamed(infoOf(source, name), () => tensorChunks(source, name));
  }
  pickle.setItems();
  return archive;
}
