/** How text becomes the tokens of a model, and tokens become text. */
export interface TextTokens {
  /** `tokenizer`: of the model's `tokenizer.json`. `bytes`: its tokens are the bytes of UTF-8. */
  readonly kind: 'tokenizer' | 'bytes';
  /**
   * Token ids, with the special ones that the tokenizer puts before a text.
   * @throws InputError where the text makes no tokens, or the tokenizer has none for a part of it
   */
  encode(text: string): Int32Array;
  /** A token as a reader should see it: its text, or its name where it is a part of a character. */
  show(id: number): string;
  /** Tokens that are no text, such as the end of a document. */
  readonly special: ReadonlySet<number>;
}
