import { describe, expect, it } from 'vitest';
import { nodeCodec } from '../../src/checkpoint/codec-node.js';
import { readCheckpoint, readTensors } from '../../src/checkpoint/read.js';
import { readTestSet } from '../../src/checkpoint/test-set.js';
import { toFloat64 } from '../../src/tensor/decode.js';
import { goldenBytes } from './golden-files.js';
import {
  littleEndian,
  long,
  one,
  pickle,
  refusal,
  stateFile,
  tensor,
  text,
  torchFile,
} from './hostile-archives.js';

const file = 'run/ckpt_0.pt';
const refuse = (bytes: Uint8Array) => refusal(() => readTensors(bytes, file, nodeCodec), file);
const valuesOf = (bytes: Uint8Array) =>
  [...readTensors(bytes, file, nodeCodec)].map(([name, x]) => [name, [...toFloat64(x)]]);

describe('nothing in a pickle is executed', () => {
  it.each([
    ['a pickled call', goldenBytes('foreign.pt'), '"posix.system"'],
    ['a whole module', goldenBytes('whole_module.pt'), '"torch.nn.modules.linear.Linear"'],
    [
      'a module that is defined by the script',
      goldenBytes('own_module.pt'),
      '"torch.nn.modules.sparse.Embedding"',
    ],
    [
      'a module of nothing but its own',
      stateFile(pickle('cmine\nNet\n)\x81}', text('_parameters'), '}sb')),
      '"mine.Net"',
    ],
    ['a class that starts programs', stateFile('csubprocess\nPopen\n)\x81'), '"subprocess.Popen"'],
    ['a class that is called', stateFile(pickle('cmine\nThing\n(', text('x'), 'tR')), '"mine.Thing"'],
    ['a class that is called by INST', stateFile('(imine\nThing\n'), '"mine.Thing"'],
    ['a class that is called by OBJ', stateFile('(cmine\nThing\no'), '"mine.Thing"'],
    ['a method of a class', stateFile('cmine\nThing.run\n'), '"mine.Thing.run"'],
    ['GLOBAL', stateFile('cos\nsystem\n'), '"os.system"'],
    ['GLOBAL, never called', torchFile(pickle('cos\nsystem\n0}.')), '"os.system"'],
    ['STACK_GLOBAL', stateFile(pickle(text('builtins'), text('eval'), 0x93)), '"builtins.eval"'],
    ['INST', stateFile('(ibuiltins\nexec\n'), '"builtins.exec"'],
    [
      'an attribute of an allowed global',
      stateFile('ctorch._utils\n_rebuild_tensor_v2.__globals__\n'),
      '__globals__',
    ],
    [
      'an attribute of a JavaScript object',
      stateFile('c__proto__\nconstructor\n'),
      '"__proto__.constructor"',
    ],
    ['a name with line ends and terminal codes', stateFile('cos\n\u001b[2J\r\n'), '"os.\\u001b[2J\\r"'],
  ])('%s', (_, bytes, name) => {
    const message = refuse(bytes);
    expect(message).toContain(`the pickle names the global ${name.startsWith('"') ? name : ''}`);
    expect(message).toContain(name);
    expect(message).toMatch(/do not load this file in Python unless you trust it/);
  });

  it('passes over objects of classes, whatever is put into them', () => {
    const object = 'cmine\nThing\n)\x81';
    const filled = pickle(object, '}', text('w'), tensor(one(1), one(1)), 'sb');
    const items = pickle(object, '(', text('w'), tensor(one(1), one(1)), 'u(K\x01e');
    for (const value of [object, filled, items, pickle('cmine\nThing\n)}\x92')]) {
      expect(valuesOf(stateFile(value))).toEqual([]);
    }
    const reconstructed = pickle('ccopy_reg\n_reconstructor\n(cmine\nThing\nc__builtin__\nobject\nNtR}b');
    const beside = torchFile(pickle('}(', text('a'), reconstructed, text('w'), tensor(one(1), one(1)), 'u.'));
    expect(valuesOf(beside)).toEqual([['w', [1]]]);
  });

  it('calls only what is a function', () => {
    expect(refuse(stateFile('ctorch\nFloatStorage\n)R'))).toMatch(/calls something that is no function/);
    expect(refuse(stateFile('K\x01)R'))).toMatch(/calls something that is no function/);
    expect(refuse(stateFile('ctorch._utils\n_rebuild_tensor_v2\nK\x01R'))).toMatch(/without a tuple/);
  });
});

describe('files that PyTorch itself would not write today', () => {
  it('says how to re-save the old format', () => {
    expect(refuse(goldenBytes('legacy.pt'))).toMatch(
      /old format.*re-save it in Python: torch\.save\(torch\.load\("run\/ckpt_0\.pt"\), "run\/ckpt_0\.pt"\)/,
    );
    const tar = new Uint8Array(1024);
    tar.set(pickle('ustar'), 257);
    expect(refuse(tar)).toMatch(/oldest format.*re-save it in Python/);
  });

  it('says what a state dict is where there is none', () => {
    const read = () => readCheckpoint(goldenBytes('no_tensors.pt'), file);
    expect(refusal(read, file)).toMatch(/holds no state dict.*torch\.save\(model\.state_dict\(\)/);
    expect(readTensors(goldenBytes('no_tensors.pt'), file).size).toBe(0);
  });

  it.each([
    ['sparse.pt', /holds a tensor that is sparse, which is not read; save tensor\.to_dense\(\) instead$/],
    ['sparse_rows.pt', /holds a tensor that is sparse/],
    ['quantised.pt', /holds a tensor that is quantised, .*save tensor\.dequantize\(\) instead$/],
    ['meta.pt', /holds a tensor that is on the meta device, without numbers/],
    ['scripted.pt', /is a TorchScript archive.*torch\.jit\.load\("run\/ckpt_0\.pt"\)\.state_dict\(\)/],
    ['expanded.pt', /repeats its 1 elements as 100000×100000 .*save it as it was before it was expanded$/],
    ['own_module.pt', /names the global "torch\.nn\..*re-save its state dict/],
  ])('says of %s what it holds, and what to do', (name, message) => {
    expect(refuse(goldenBytes(name))).toMatch(message);
  });
});

describe('sizes that lie allocate nothing', () => {
  const huge = 2n ** 60n;
  const array = (shape: string | Uint8Array) =>
    pickle(
      'cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\x85C\x01btR(K\x01',
      shape,
      'cnumpy\ndtype\n',
      text('i8'),
      0x85,
      'R',
      0x89,
      'C\x08\0\0\0\0\0\0\0\0tb',
    );

  it.each([
    ['shape', tensor(pickle(long(huge), 0x85), one(1)), /115292150460684\d+ with strides 1.*2 elements/],
    ['shape, stride 0', tensor(pickle(long(huge), 0x85), one(0)), /115292150460684\d+/],
    [
      'product of shape',
      tensor(pickle(...Array(3).fill(long(2n ** 31n)), 0x87), pickle('(K\0K\0K\0t')),
      /2147483648×/,
    ],
    [
      'infinite product',
      tensor(
        pickle('(', ...Array(40).fill(long(2n ** 62n)), 't'),
        pickle('(', ...Array(40).fill('K\0'), 't'),
      ),
      /×/,
    ],
    [
      'empty product',
      tensor(
        pickle('(', ...Array(40).fill(long(2n ** 62n)), 'K\0t'),
        pickle('(', ...Array(41).fill('K\0'), 't'),
      ),
      /×0 with strides/,
    ],
    ['stride', tensor(one(2), pickle(long(huge), 0x85)), /strides 115292150460684\d+/],
    ['offset', tensor(one(1), one(1), long(huge)), /from element 115292150460684\d+ on/],
    [
      'one element too far',
      tensor(one(2), one(1), 'K\x01'),
      /2 with strides 1 from element 1 on.*2 elements/,
    ],
    ['storage', tensor(one(2), one(1), 'K\0', long(huge)), /claims 115292150460684\d+ elements.*has 8 bytes/],
    [
      'storage, fewer',
      tensor(one(1), one(1), 'K\0', 'K\x01'),
      /claims 1 elements of float32, but its entry has 8/,
    ],
    ['negative shape', tensor(pickle(long(-1n), 0x85), one(1)), /malformed shape/],
    ['fraction', tensor(pickle('G?\xe0\0\0\0\0\0\0\x85'), one(1)), /malformed shape/],
    [
      'numpy shape',
      array(pickle(long(huge), 0x85)),
      /shape 115292150460684\d+ has 8 bytes, expected 92233720368547\d+/,
    ],
    ['numpy shape, fewer', array(one(0)), /shape 0 has 8 bytes, expected 0/],
    [
      'text',
      pickle(0x8d, littleEndian(huge, 8), 'abc'),
      /announces 115292150460684\d+ bytes, but only 5 follow/,
    ],
    ['bytes', pickle('B\xff\xff\xff\xff'), /announces 4294967295 bytes/],
    [
      'frame',
      pickle(0x95, littleEndian(huge, 8), 'r\xff\xff\xff\xff'),
      /instruction|empty stack|protocol|ends/,
    ],
    [
      'too many axes',
      tensor(pickle('(', ...Array(65).fill('K\x01'), 't'), pickle('(', ...Array(65).fill('K\x01'), 't')),
      /malformed shape/,
    ],
  ])('%s', (_, value, message) => {
    const before = process.memoryUsage().arrayBuffers;
    expect(refuse(stateFile(value))).toMatch(message);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
  });

  it('accepts views that repeat their storage, but not without end', () => {
    expect(valuesOf(stateFile(tensor(one(3), one(0), 'K\x01')))).toEqual([['w', [2, 2, 2]]]);
    expect(refuse(stateFile(tensor(pickle(long(2n ** 25n), 0x85), one(0))))).toMatch(
      /repeats its 2 elements as/,
    );
    const many = Array.from({ length: 40 }, (_, at) =>
      pickle(text(`w${at}`), tensor(pickle(long(2n ** 20n), 0x85), one(0)), 's'),
    );
    expect(refuse(torchFile(pickle('}', ...many, '.')))).toMatch(/more often than is read/);
  });
});

describe('pickles that would take memory or time without end', () => {
  const many = 200_000;

  it.each([
    ['lists', pickle('}', ']'.repeat(many), 'a'.repeat(many - 1), '.')],
    ['tuples', pickle('}', text('model'), 'N', '\x85'.repeat(many), 's.')],
    ['dictionaries', pickle('}'.repeat(many), '.')],
    ['marks', pickle('('.repeat(many), '.')],
    [
      'dictionaries called model',
      pickle('}', `${'X\x05\0\0\0model}'.repeat(many / 10)}${'s'.repeat(many / 10)}`, '.'),
    ],
    ['a numpy format', pickle('cnumpy\ndtype\n', ']'.repeat(many), 'a'.repeat(many - 1), '\x85R.')],
    ['a key', pickle('}', ']'.repeat(many), 'a'.repeat(many - 1), 'q\0Nsh\0Ns.')],
  ])('deep nesting of %s', (_, instructions) => {
    const bytes = torchFile(instructions);
    refusal(() => readCheckpoint(bytes, file, nodeCodec), file);
  });

  it.each([
    ['tuples of themselves twice, 2^200 leaves', pickle(')', '2\x86'.repeat(200), '.')],
    ['tuples by the memo', pickle(')q\0', 'h\0h\0\x86q\0'.repeat(200), '.')],
    ['lists by the memo', pickle(']', 'q\0]h\0ah\0a'.repeat(200), '.')],
    [
      'dictionaries by the memo',
      pickle('}', `q\0}${text8('model')}h\0s${text8('net')}h\0s`.repeat(200), '.'),
    ],
    ['a list of itself', pickle(']q\0h\0a.')],
    ['a dictionary of itself', pickle('}q\0', text('model'), 'h\0s.')],
    ['a set of itself', pickle(0x8f, 'q\0(h\0\x90.')],
  ])('%s', (_, instructions) => {
    expect(readTensors(torchFile(instructions), file).size).toBe(0);
  });

  it.each([
    [
      'whole numbers of megabytes',
      pickle(0x8b, littleEndian(many, 4), '\x7f'.repeat(many), '.'),
      /whole number of 200000 bytes/,
    ],
    ['whole numbers in digits', pickle(`I${'9'.repeat(many)}\n.`), /where a whole number belongs/],
    [
      'one list as many dictionaries',
      pickle(']q\0', 'ccollections\nOrderedDict\nh\0\x85R'.repeat(2), '.'),
      /made from one list/,
    ],
    [
      'a long name above many',
      pickle('}', text('k'.repeat(2000)), '}', text('w'), tensor(one(1), one(1)), 'ss.'),
      /more than 1000 characters/,
    ],
  ])('%s', (_, instructions, message) => {
    expect(refuse(torchFile(instructions))).toMatch(message);
  });

  it('decodes the same text of bytes once', () => {
    const encode = 'c_codecs\nencode\nq\x01h\0\x85R0';
    const again = 'h\x01h\0\x85R0';
    const before = process.memoryUsage().arrayBuffers;
    readTensors(torchFile(pickle(text('b'.repeat(many)), 'q\0', encode, again.repeat(5000), '}.')), file);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 26);
  });

  it('drops prefixes of wrapped models a few times, not hundreds of thousands', () => {
    const bytes = torchFile(pickle('}', text(`${'module.'.repeat(many)}w`), tensor(one(1), one(1)), 's.'));
    expect([...readCheckpoint(bytes, file).keys()][0]).toMatch(/^module\./);
  });
});

describe('pickles that say two things at once', () => {
  const w = (name: string) => pickle(text(name), tensor(one(1), one(1)));

  it('refuses a key that is set twice', () => {
    expect(refuse(torchFile(pickle('}(', w('a'), w('b'), w('a'), 'u.')))).toMatch(/sets the key "a" twice/);
    expect(refuse(torchFile(pickle('}', w('a'), 's', w('a'), 's.')))).toMatch(/sets the key "a" twice/);
    const pairs = pickle('](', w('a'), 0x86, w('a'), 0x86, 'e');
    expect(refuse(torchFile(pickle('ccollections\nOrderedDict\n', pairs, '\x85R.')))).toMatch(/a key twice/);
  });

  it('reads an OrderedDict of pairs, and names that JavaScript knows', () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const pairs = pickle('](', ...names.flatMap((name) => [w(name), 0x86]), 'e');
    expect(valuesOf(torchFile(pickle('ccollections\nOrderedDict\n', pairs, '\x85R.')))).toEqual(
      names.map((name) => [name, [1]]),
    );
  });

  it('refuses one storage in two formats, storages that are missing, and tensors marked as negated', () => {
    const second = tensor(one(1), one(1)).slice();
    second.set(pickle('Int'), String.fromCharCode(...second).indexOf('FloatStorage') + 2);
    expect(refuse(stateFile(pickle(tensor(one(1), one(1)), '0', second)))).toMatch(/IntStorage|in another/);
    const halves = String.fromCharCode(...tensor(one(1), one(1))).replace('FloatStorage', 'IntStorage');
    expect(refuse(stateFile(pickle(tensor(one(1), one(1)), '0', halves)))).toMatch(
      /storage 0 is float32 in one place and int32 in another/,
    );
    const missing = String.fromCharCode(...tensor(one(1), one(1))).replace(
      'X\x01\0\0\x000',
      'X\x01\0\0\x007',
    );
    expect(refuse(stateFile(missing))).toMatch(/zip entry "x\/data\/7" is missing/);
    const negated = String.fromCharCode(...tensor(one(1), one(1))).replace('NtR', `N}${text8('neg')}\x88stR`);
    expect(refuse(stateFile(negated))).toMatch(/stored negated or conjugated/);
  });

  it('takes floats in text as Python does, and no names of JavaScript for numbers', () => {
    expect(refuse(stateFile('Fconstructor\n'))).toMatch(/holds "constructor" where a number belongs/);
    expect(readTensors(stateFile('Fnan\n'), file).size).toBe(0);
  });

  it('reads names of protocol 0, however they are escaped', () => {
    const name = 'Vna\\u00efve \\U0001f511\\u005cn\n';
    expect(valuesOf(torchFile(pickle('(d', name, tensor(one(1), one(1)), 's.')))).toEqual([
      ['naïve 🔑\\n', [1]],
    ]);
  });
});

describe('test sets', () => {
  const refuseSet = (bytes: Uint8Array) =>
    refusal(() => readTestSet(bytes, 'test.pth', nodeCodec), 'test.pth');
  const list = (...items: readonly (string | Uint8Array)[]) => torchFile(pickle('](', ...items, 'e.'));
  const matrix = tensor(pickle('K\x01K\x02\x86'), pickle('K\x02K\x01\x86'));

  it('in the old format say how to re-save them', () => {
    expect(refuseSet(goldenBytes('legacy.pt'))).toMatch(/old format.*re-save it in Python/);
  });

  it.each([
    ['safetensors', goldenBytes('dtypes.safetensors'), /is a safetensors file/],
    ['a state dict', stateFile(matrix), /holds no list of three/],
    ['two elements', list(matrix, matrix), /holds no list of three/],
    ['numbers', list(matrix, 'K\x01', 'N'), /an element of the list is no tensor/],
    ['lengths of other shape', list(matrix, matrix, 'N'), /tokens are 1×2 and lengths 1×2/],
    [
      'starts of other shape',
      list(matrix, tensor(one(1), one(1)), tensor(one(1), one(1))),
      /starts are 1 for 1 sequences/,
    ],
  ])('%s', (_, bytes, message) => {
    const found = refuseSet(bytes);
    expect(found).toMatch(message);
    expect(found).toMatch(/a test set is the list \[tokens N×T, lengths N, starts N×2 or None\]/);
  });
});

function text8(value: string): string {
  return String.fromCharCode(...text(value));
}
