import type { DType } from '../tensor/dtype.js';

/** Names of number formats in safetensors. */
const formats: Readonly<Record<string, DType>> = {
  BOOL: 'bool',
  U8: 'uint8',
  I8: 'int8',
  U16: 'uint16',
  I16: 'int16',
  U32: 'uint32',
  I32: 'int32',
  U64: 'uint64',
  I64: 'int64',
  F8_E4M3: 'float8_e4m3fn',
  F8_E5M2: 'float8_e5m2',
  F8_E8M0: 'float8_e8m0fnu',
  F16: 'float16',
  BF16: 'bfloat16',
  F32: 'float32',
  F64: 'float64',
  C64: 'complex64',
};
/** What the format calls a number format; it lacks some. */
export const safetensorsFormats: ReadonlyMap<DType, string> = new Map(
  Object.entries(formats).map(([format, dtype]) => [dtype, format]),
);
/** The number format that a name stands for. */
export const safetensorsDtypes: ReadonlyMap<string, DType> = new Map(Object.entries(formats));

/** The one name that the format keeps for itself: texts about the file, which no tensor needs. */
export const metadataName = '__metadata__';
