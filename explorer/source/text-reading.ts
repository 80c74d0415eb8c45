import type { TextReading } from '../../src/behaviour/read-text.js';
import type { TextAnswer } from '../../src/server/text-answer.js';

/** What the model made of a text, from its JSON. */
export function textReading({ attention, ...reading }: TextAnswer): TextReading {
  const bytes = Uint8Array.from(atob(attention), (character) => character.charCodeAt(0));
  return { ...reading, attention: new Float32Array(bytes.buffer) };
}
