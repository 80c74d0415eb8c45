/** The part of jstat that is used here; it comes without types. */
declare module 'jstat' {
  export const jStat: {
    readonly beta: { inv(probability: number, a: number, b: number): number };
  };
}
