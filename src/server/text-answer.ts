import type { TextReading } from '../behaviour/read-text.js';

/** A reading as JSON, its maps as base64 of little-endian float32: what a server answers and a report embeds. */
export interface TextAnswer extends Omit<TextReading, 'attention'> {
  readonly attention: string;
}

export function textAnswer({ attention, ...reading }: TextReading): TextAnswer {
  const { buffer, byteOffset, byteLength } = attention;
  return { ...reading, attention: Buffer.from(buffer, byteOffset, byteLength).toString('base64') };
}
