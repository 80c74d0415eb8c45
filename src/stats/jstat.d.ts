/** The part of jstat that is used here; it comes without types, and as CommonJS, which Node imports as a default. */
declare module 'jstat' {
  const jstat: {
    readonly jStat: { readonly beta: { inv(probability: number, a: number, b: number): number } };
  };
  export default jstat;
}
