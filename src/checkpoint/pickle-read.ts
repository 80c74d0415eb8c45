import { showValue } from '../errors.js';
import { foreignGlobal, OpaqueClass, OpaqueObject, opaqueClass } from './opaque-object.js';
import { PickleCursor, unescapeUnicode } from './pickle-cursor.js';
import { PickleGlobal, PickleObject, PickleTuple, type PickleValue } from './pickle-values.js';

/** What the reader of a pickle decides: which globals exist, and what persistent ids stand for. */
export interface PickleHost {
  /** Named in errors. */
  readonly file: string;
  /** undefined refuses the global. */
  global(module: string, name: string): PickleGlobal | undefined;
  persistent(id: PickleValue): PickleValue;
}

/**
 * Runs the stack machine of a pickle (protocols 0 to 5). Nothing is imported and nothing of the file is executed: a
 * global is looked up in the host's list, and a call reaches only functions of that list.
 * @throws CheckpointError naming the foreign global, or where the pickle is damaged
 * Source: Python's `pickletools`.
 */
export function readPickle(bytes: Uint8Array, host: PickleHost): PickleValue {
  return new PickleMachine(bytes, host).run();
}

/** Marks where a run of stack items starts. */
const mark = Symbol('mark');

type StackItem = PickleValue | typeof mark;

class PickleMachine extends PickleCursor {
  private readonly host: PickleHost;
  private readonly stack: StackItem[] = [];
  private readonly memo = new Map<number, PickleValue>();

  constructor(bytes: Uint8Array, host: PickleHost) {
    super(bytes, host.file);
    this.host = host;
  }

  run(): PickleValue {
    for (;;) {
      const opcode = this.bytes[this.skip(1)]!;
      if (opcode === 0x2e) return this.pop();
      this.step(opcode);
    }
  }

  private step(opcode: number): void {
    const { stack } = this;
    switch (opcode) {
      case 0x80: // PROTO
        if (this.uint8() > 5) this.fail('is of a protocol newer than 5');
        return;
      case 0x95: // FRAME
        this.skip(8);
        return;
      case 0x28: // MARK
        stack.push(mark);
        return;
      case 0x30: // POP
        if (stack.pop() === undefined) this.fail('pops from an empty stack');
        return;
      case 0x31: // POP_MARK
        this.popToMark();
        return;
      case 0x32: // DUP
        stack.push(this.top());
        return;
      case 0x4e: // NONE
        stack.push(null);
        return;
      case 0x88: // NEWTRUE
        stack.push(true);
        return;
      case 0x89: // NEWFALSE
        stack.push(false);
        return;
      case 0x49: // INT
        stack.push(this.textInteger(this.line()));
        return;
      case 0x4a: // BININT
        stack.push(this.view.getInt32(this.skip(4), true));
        return;
      case 0x4b: // BININT1
        stack.push(this.uint8());
        return;
      case 0x4d: // BININT2
        stack.push(this.view.getUint16(this.skip(2), true));
        return;
      case 0x4c: // LONG
        stack.push(this.textInteger(this.line().replace(/L$/, '')));
        return;
      case 0x8a: // LONG1
        stack.push(this.long(this.uint8()));
        return;
      case 0x8b: // LONG4
        stack.push(this.long(this.length(4)));
        return;
      case 0x46: // FLOAT
        stack.push(this.textFloat(this.line()));
        return;
      case 0x47: // BINFLOAT
        stack.push(this.view.getFloat64(this.skip(8), false));
        return;
      case 0x53: // STRING
        stack.push(this.quoted(this.line()));
        return;
      case 0x54: // BINSTRING
        stack.push(this.latin1(this.length(4)));
        return;
      case 0x55: // SHORT_BINSTRING
        stack.push(this.latin1(this.uint8()));
        return;
      case 0x56: // UNICODE
        stack.push(unescapeUnicode(this.line()));
        return;
      case 0x58: // BINUNICODE
        stack.push(this.utf8(this.length(4)));
        return;
      case 0x8c: // SHORT_BINUNICODE
        stack.push(this.utf8(this.uint8()));
        return;
      case 0x8d: // BINUNICODE8
        stack.push(this.utf8(this.length(8)));
        return;
      case 0x42: // BINBYTES
        stack.push(this.raw(this.length(4)));
        return;
      case 0x43: // SHORT_BINBYTES
        stack.push(this.raw(this.uint8()));
        return;
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        stack.push(this.raw(this.length(8)));
        return;
      case 0x5d: // EMPTY_LIST
        stack.push([]);
        return;
      case 0x61: {
        // APPEND
        const item = this.pop();
        this.list().push(item);
        return;
      }
      case 0x65: {
        // APPENDS
        const items = this.popToMark();
        const list = this.list();
        for (const item of items) list.push(item);
        return;
      }
      case 0x6c: // LIST
        stack.push(this.popToMark());
        return;
      case 0x29: // EMPTY_TUPLE
        stack.push(new PickleTuple([]));
        return;
      case 0x74: // TUPLE
        stack.push(new PickleTuple(this.popToMark()));
        return;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        stack.push(new PickleTuple(this.popMany(opcode - 0x84)));
        return;
      case 0x7d: // EMPTY_DICT
        stack.push(new Map());
        return;
      case 0x64: {
        // DICT
        const items = this.popToMark();
        stack.push(new Map());
        this.setItems(items);
        return;
      }
      case 0x73: // SETITEM
        this.setItems(this.popMany(2));
        return;
      case 0x75: // SETITEMS
        this.setItems(this.popToMark());
        return;
      case 0x8f: // EMPTY_SET
        stack.push(new Set());
        return;
      case 0x90: {
        // ADDITEMS
        const items = this.popToMark();
        const set = this.top();
        if (!(set instanceof Set)) this.fail('adds items to something that is no set');
        for (const item of items) set.add(item);
        return;
      }
      case 0x91: // FROZENSET
        stack.push(new Set(this.popToMark()));
        return;
      case 0x63: {
        // GLOBAL
        const module = this.line();
        stack.push(this.global(module, this.line()));
        return;
      }
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.popMany(2);
        if (typeof module !== 'string' || typeof name !== 'string')
          this.fail('names a global by something that is no text');
        stack.push(this.global(String(module), String(name)));
        return;
      }
      case 0x69: {
        // INST
        const args = this.popToMarkAfterGlobal();
        stack.push(args);
        return;
      }
      case 0x52: {
        // REDUCE
        const [callee, args] = this.popMany(2);
        stack.push(this.call(callee, args));
        return;
      }
      case 0x81: {
        // NEWOBJ
        const [callee, args] = this.popMany(2);
        stack.push(this.make(callee, args));
        return;
      }
      case 0x92: {
        // NEWOBJ_EX
        const [callee, args, named] = this.popMany(3);
        if (!(callee instanceof OpaqueClass) && (!(named instanceof Map) || named.size > 0))
          this.fail('makes an object with named arguments');
        stack.push(this.make(callee, args));
        return;
      }
      case 0x6f: {
        // OBJ
        const [callee, ...args] = this.popToMark();
        stack.push(this.call(callee, new PickleTuple(args)));
        return;
      }
      case 0x62: {
        // BUILD
        const state = this.pop();
        this.build(this.top(), state);
        return;
      }
      case 0x50: // PERSID
        stack.push(this.host.persistent(this.line()));
        return;
      case 0x51: // BINPERSID
        stack.push(this.host.persistent(this.pop()));
        return;
      case 0x71: // BINPUT
        this.memo.set(this.uint8(), this.top());
        return;
      case 0x72: // LONG_BINPUT
        this.memo.set(this.view.getUint32(this.skip(4), true), this.top());
        return;
      case 0x70: // PUT
        this.memo.set(Number(this.line()), this.top());
        return;
      case 0x94: // MEMOIZE
        this.memo.set(this.memo.size, this.top());
        return;
      case 0x68: // BINGET
        stack.push(this.recall(this.uint8()));
        return;
      case 0x6a: // LONG_BINGET
        stack.push(this.recall(this.view.getUint32(this.skip(4), true)));
        return;
      case 0x67: // GET
        stack.push(this.recall(Number(this.line())));
        return;
      default:
        this.fail(`holds an instruction 0x${opcode.toString(16)} that checkpoints do not need`);
    }
  }

  private global(module: string, name: string): PickleGlobal {
    const { file } = this.host;
    const found = this.host.global(module, name) ?? opaqueClass(module, name, file);
    if (found !== undefined) return found;
    throw foreignGlobal(`${module}.${name}`, file);
  }

  private popToMarkAfterGlobal(): PickleValue {
    const module = this.line();
    const callee = this.global(module, this.line());
    return this.call(callee, new PickleTuple(this.popToMark()));
  }

  /** An object of a class: what the class would do with the arguments is not done. */
  private make(callee: PickleValue | undefined, args: PickleValue | undefined): PickleValue {
    return callee instanceof OpaqueClass ? callee.make() : this.call(callee, args);
  }

  private call(callee: PickleValue | undefined, args: PickleValue | undefined): PickleValue {
    if (callee instanceof OpaqueClass) throw foreignGlobal(callee.name, this.host.file);
    if (!(callee instanceof PickleGlobal) || callee.call === undefined)
      return this.fail('calls something that is no function');
    if (!(args instanceof PickleTuple)) return this.fail(`calls ${callee.name} without a tuple of arguments`);
    return callee.call(args.items);
  }

  private build(target: PickleValue, state: PickleValue): void {
    // An OrderedDict's attributes (`_metadata` of a state dict) are accepted and dropped.
    if (target instanceof Map) return;
    if (!(target instanceof PickleObject)) this.fail('gives a state to something that has none');
    target.setState(state);
  }

  private setItems(items: readonly PickleValue[]): void {
    const target = this.top();
    if (target instanceof OpaqueObject) return;
    if (!(target instanceof Map)) this.fail('sets items of something that is no dictionary');
    if (items.length % 2 !== 0) this.fail('sets a key without a value');
    for (let at = 0; at < items.length; at += 2) {
      const key = items[at]!;
      // Python keeps the last value; no honest writer sets two, and which one was meant cannot be known.
      if (target.has(key)) this.fail(`sets the key ${showValue(key)} twice`);
      target.set(key, items[at + 1]!);
    }
  }

  private list(): PickleValue[] {
    const target = this.top();
    // What is added to an opaque object is dropped with it.
    if (target instanceof OpaqueObject) return [];
    return Array.isArray(target) ? target : this.fail('appends to something that is no list');
  }

  private recall(index: number): PickleValue {
    const value = this.memo.get(index);
    return value === undefined ? this.fail(`recalls the memo ${index}, which was never set`) : value;
  }

  private top(): PickleValue {
    const value = this.stack.at(-1);
    return value === undefined || value === mark ? this.fail('uses an empty stack') : value;
  }

  private pop(): PickleValue {
    const value = this.top();
    this.stack.pop();
    return value;
  }

  private popMany(count: number): PickleValue[] {
    const from = this.stack.length - count;
    const values = from < 0 ? [] : (this.stack.splice(from) as PickleValue[]);
    if (from < 0 || (values as StackItem[]).includes(mark)) this.fail('uses an empty stack');
    return values;
  }

  private popToMark(): PickleValue[] {
    const from = this.stack.lastIndexOf(mark);
    if (from === -1) return this.fail('uses a mark that was never set');
    const values = this.stack.splice(from + 1) as PickleValue[];
    this.stack.pop();
    return values;
  }
}
