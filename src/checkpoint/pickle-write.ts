/** Writes the instructions of a pickle, protocol 2, as PyTorch does. */
export class PickleWriter {
  private readonly parts: number[] = [0x80, 2];

  /** Marks the start of a tuple, or of items of a dictionary or list. */
  mark(): this {
    return this.put(0x28);
  }

  tuple(): this {
    return this.put(0x74);
  }

  emptyTuple(): this {
    return this.put(0x29);
  }

  emptyList(): this {
    return this.put(0x5d);
  }

  /** Adds the marked items to the list below the mark. */
  appends(): this {
    return this.put(0x65);
  }

  /** Sets the marked keys and values in the dictionary below the mark. */
  setItems(): this {
    return this.put(0x75);
  }

  none(): this {
    return this.put(0x4e);
  }

  boolean(value: boolean): this {
    return this.put(value ? 0x88 : 0x89);
  }

  integer(value: number): this {
    if (value >= 0 && value < 0x100) return this.put(0x4b, value);
    if (value >= -0x8000_0000 && value < 0x8000_0000) {
      return this.put(0x4a, value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >> 24) & 0xff);
    }
    const digits = new DataView(new ArrayBuffer(8));
    digits.setBigInt64(0, BigInt(value), true);
    return this.put(0x8a, 8, ...new Uint8Array(digits.buffer));
  }

  text(value: string): this {
    return this.put(0x58).counted(new TextEncoder().encode(value));
  }

  /** Bytes, which protocol 2 lacks; Python's reader takes the later instruction in any protocol. */
  bytes(value: Uint8Array): this {
    return this.put(0x42).counted(value);
  }

  global(module: string, name: string): this {
    return this.put(0x63, ...new TextEncoder().encode(`${module}\n${name}\n`));
  }

  /** Calls the global below with the tuple on top. */
  reduce(): this {
    return this.put(0x52);
  }

  /** Gives the object below the state on top. */
  build(): this {
    return this.put(0x62);
  }

  /** Turns the tuple on top into what its id stands for. */
  persistent(): this {
    return this.put(0x51);
  }

  /** A tuple of whole numbers. */
  integers(values: readonly number[]): this {
    this.mark();
    for (const value of values) this.integer(value);
    return this.tuple();
  }

  finish(): Uint8Array {
    return Uint8Array.from([...this.parts, 0x2e]);
  }

  private counted(value: Uint8Array): this {
    const { length } = value;
    this.put(length & 0xff, (length >> 8) & 0xff, (length >> 16) & 0xff, (length >> 24) & 0xff);
    for (const byte of value) this.parts.push(byte);
    return this;
  }

  private put(...bytes: number[]): this {
    for (const byte of bytes) this.parts.push(byte);
    return this;
  }
}
