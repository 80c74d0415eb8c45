import { toBytes } from '../tensor/encode.js';
import type { StateDict } from '../tensor/tensor.js';
import { CheckpointError } from './errors.js';
import { metadataName, safetensorsFormats } from './safetensors-formats.js';

/**
 * Writes tensors as safetensors, in the order of the state dict, row-major, the header padded so that data is aligned to 8 bytes.
 * @throws CheckpointError when a tensor has the one name that the format keeps for itself, or a number format it lacks
 */
export function writeSafetensors(state: StateDict, metadata?: Readonly<Record<string, string>>): Uint8Array {
  const header = new Map<string, unknown>();
  if (metadata !== undefined) header.set(metadataName, metadata);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [name, tensor] of state) {
    if (name === metadataName) throw new CheckpointError(`a tensor cannot be called ${name} in safetensors`);
    const format = safetensorsFormats.get(tensor.dtype);
    if (format === undefined) {
      throw new CheckpointError(
        `tensor ${name} is ${tensor.dtype}, which safetensors cannot hold; save it as .pt`,
      );
    }
    const part = toBytes(tensor);
    header.set(name, {
      dtype: format,
      shape: tensor.shape,
      data_offsets: [at, at + part.length],
    });
    parts.push(part);
    at += part.length;
  }
  const text = new TextEncoder().encode(jsonObject(header));
  const padded = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + at).fill(0x20, 8 + text.length, 8 + padded);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(text, 8);
  let position = 8 + padded;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}

/** JSON in the order of the map; an object would move names like "1" to the front, and `__proto__` would vanish. */
function jsonObject(entries: ReadonlyMap<string, unknown>): string {
  return `{${[...entries].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
}
