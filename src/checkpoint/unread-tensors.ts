import { CheckpointError } from './errors.js';

/** Functions of PyTorch that rebuild tensors of other kinds: what they are, and what to save instead. */
const kinds: ReadonlyMap<string, readonly [what: string, instead: string]> = new Map([
  ['torch._utils._rebuild_sparse_tensor', ['sparse', 'tensor.to_dense()']],
  ['torch._utils._rebuild_sparse_csr_tensor', ['sparse', 'tensor.to_dense()']],
  ['torch._utils._rebuild_qtensor', ['quantised', 'tensor.dequantize()']],
  ['torch._utils._rebuild_nested_tensor', ['nested', 'tensor.to_padded_tensor(0)']],
  [
    'torch._utils._rebuild_meta_tensor_no_storage',
    ['on the meta device, without numbers', 'the model once it is loaded'],
  ],
  ['torch._utils._rebuild_wrapper_subclass', ['of a class that wraps others', 'what it wraps']],
  ['torch._tensor._rebuild_from_type_v2', ['of a class of its own', 'tensor.as_subclass(torch.Tensor)']],
  ['torch._utils._rebuild_device_tensor_from_numpy', ['kept by its device as a numpy array', 'tensor.cpu()']],
  ['torch._utils._rebuild_device_tensor_from_cpu_tensor', ['kept by its device', 'tensor.cpu()']],
]);

/**
 * Refuses the tensors that are not read, by what they are.
 * @returns undefined for any other global
 * @throws CheckpointError
 */
export function unreadTensor(name: string, file: string): undefined {
  const [what, instead] = kinds.get(name) ?? [];
  if (what === undefined) return undefined;
  throw new CheckpointError(
    `${file}: holds a tensor that is ${what}, which is not read; save ${instead} instead`,
  );
}
