import { OpaqueClass, OpaqueObject } from './opaque-object.js';
import { PickleGlobal, type PickleValue } from './pickle-values.js';

/** Python 3's name of the module of its own functions, and that of protocols up to 2. */
const builtins = ['builtins', '__builtin__'];

/** Python's own classes and constants that plain values are made of; named, never called. */
const namedBuiltins = [
  ...['object', 'dict', 'list', 'tuple', 'int', 'long', 'float', 'bool', 'str'],
  ...['Ellipsis', 'NotImplemented'],
];

/** Python's own functions that are called to make plain values. Python 3.11 writes members of enumerations by `getattr`. */
const calledBuiltins = ['bytearray', 'complex', 'getattr', 'range', 'slice', 'type', 'xrange'];

/** Values that nothing here needs: they are made by a call, which gives an opaque object. */
const opaqueCalls = [
  ...['PosixPath', 'WindowsPath', 'PurePosixPath', 'PureWindowsPath', 'Path'].flatMap((name) => [
    `pathlib.${name}`,
    `pathlib._local.${name}`,
  ]),
  ...['datetime', 'date', 'time', 'timedelta', 'timezone'].map((name) => `datetime.${name}`),
  ...builtins.flatMap((module) => calledBuiltins.map((name) => `${module}.${name}`)),
  // Flags of an enumeration that are joined.
  '_operator.or_',
  'array.array',
  'array._array_reconstructor',
  'decimal.Decimal',
  'fractions.Fraction',
  'functools.partial',
  'logging.getLogger',
  're._compile',
  'types.SimpleNamespace',
  'uuid.UUID',
  'torch.device',
];

/**
 * The globals of Python that values beside the tensors need: sets, default dictionaries, paths, dates, and objects of
 * classes, which are opaque.
 * @param file named in errors
 */
export function plainGlobals(file: string): Map<string, PickleGlobal> {
  const globals = new Map<string, PickleGlobal>();
  const add = (name: string, call?: (args: readonly PickleValue[]) => PickleValue) =>
    globals.set(name, new PickleGlobal(name, call));
  for (const module of builtins) {
    // Their members are passed over.
    for (const name of namedBuiltins) add(`${module}.${name}`);
    for (const name of ['set', 'frozenset']) add(`${module}.${name}`, () => new Set());
    // Protocol 2 has no bytes, and writes none of them, as in an empty numpy array, by this call.
    add(`${module}.bytes`, ([first]) =>
      first === undefined ? new Uint8Array() : new OpaqueObject('bytes', file),
    );
  }
  for (const name of opaqueCalls) add(name, () => new OpaqueObject(name, file));
  for (const name of ['defaultdict', 'Counter']) {
    // The dictionary that was given, not a copy: a small pickle could copy a large one over and over.
    add(`collections.${name}`, (args) => args.find((arg) => arg instanceof Map) ?? new Map());
  }
  add('collections.deque', ([items]) => (Array.isArray(items) ? items : []));
  // Protocols 0 and 1 make objects by this function: (class, base, state).
  const reconstruct = ([made]: readonly PickleValue[]): PickleValue =>
    made instanceof OpaqueClass ? made.make() : new OpaqueObject('object', file);
  for (const module of ['copyreg', 'copy_reg']) add(`${module}._reconstructor`, reconstruct);
  return globals;
}
