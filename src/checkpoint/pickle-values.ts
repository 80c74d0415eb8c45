/** A named object that a pickle may mention; anything not on the reader's list is refused by name. */
export class PickleGlobal {
  readonly name: string;
  /** What calling it gives; undefined where it may be named but not called. */
  readonly call: ((args: readonly PickleValue[]) => PickleValue) | undefined;

  constructor(name: string, call?: (args: readonly PickleValue[]) => PickleValue) {
    this.name = name;
    this.call = call;
  }
}

/** An object made by a global, which may still be given its state. */
export abstract class PickleObject {
  abstract setState(state: PickleValue): void;
}

/** A tuple: unlike a list it cannot grow, and pickle distinguishes the two. */
export class PickleTuple {
  readonly items: readonly PickleValue[];

  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

/** What a pickle can hold. Dictionaries are Maps: no name from a file ever becomes a property. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleTuple
  | PickleGlobal
  | PickleObject
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>;
