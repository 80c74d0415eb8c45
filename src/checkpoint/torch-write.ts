import { bytesPerElement, type DType } from '../tensor/dtype.js';
import { toBytes } from '../tensor/encode.js';
import { contiguousStrides, elementCount, type StateDict, type Tensor } from '../tensor/tensor.js';
import { PickleWriter } from './pickle-write.js';
import { storageClasses } from './torch-globals.js';
import { writeZip, type ZipFile } from './zip-write.js';

const storageClassOf = new Map<DType, string>();
for (const [name, dtype] of storageClasses) if (dtype !== null) storageClassOf.set(dtype, name);

/** Collects the storages of an archive while its pickle is written. */
export class TorchArchive {
  readonly pickle = new PickleWriter();
  private readonly storages: Uint8Array[] = [];
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
    const { dtype, shape } = tensor;
    const key = String(this.storages.push(toBytes(tensor)) - 1);
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

  finish(): Uint8Array {
    const { folder } = this;
    const encode = (text: string) => new TextEncoder().encode(text);
    const files: ZipFile[] = [
      { name: `${folder}/data.pkl`, bytes: this.pickle.finish() },
      { name: `${folder}/byteorder`, bytes: encode('little') },
      ...this.storages.map((bytes, key) => ({ name: `${folder}/data/${key}`, bytes })),
      { name: `${folder}/version`, bytes: encode('3\n') },
    ];
    return writeZip(files);
  }
}

/**
 * Writes a state dict as `torch.save` does: `torch.load` reads it, with `weights_only=True` too.
 * @param folder name inside the archive, such as `ckpt_200`
 */
export function writeTorchFile(state: StateDict, folder: string): Uint8Array {
  const archive = new TorchArchive(folder);
  const { pickle } = archive;
  pickle.global('collections', 'OrderedDict').emptyTuple().reduce().mark();
  for (const [name, tensor] of state) {
    pickle.text(name);
    archive.tensor(tensor);
  }
  pickle.setItems();
  return archive.finish();
}
