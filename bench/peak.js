// How fast this machine can be: CPU times, and the peak of 128-bit arithmetic.
import asc from 'assemblyscript/asc';

/** CPU milliseconds of one call, the least of some rounds of about a second. */
export function milliseconds(work, rounds = 3) {
  work();
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const start = process.cpuUsage();
    let calls = 0;
    let used = 0;
    while (used < 1e6) {
      work();
      calls++;
      const { user, system } = process.cpuUsage(start);
      used = user + system;
    }
    best = Math.min(best, used / calls / 1000);
  }
  return best;
}

/** GFLOP/s of multiply-adds of 128-bit vectors in independent chains, all in registers: what no kernel can beat. */
export async function peak() {
  const chains = Array.from({ length: 10 }, (_, i) => i);
  const source = `export function peak(rounds: i32): f32 {
    const a = f32x4.splat(0.999999), b = f32x4.splat(1e-6);
    ${chains.map((i) => `let c${i} = f32x4.splat(${i}.0);`).join(' ')}
    for (let i = 0; i < rounds; i++) { ${chains.map((i) => `c${i} = f32x4.add(f32x4.mul(c${i}, a), b);`).join(' ')} }
    return ${chains.map((i) => `f32x4.extract_lane(c${i}, 0)`).join(' + ')};
  }`;
  let bytes;
  await asc.main(['peak.ts', '--outFile', 'peak.wasm', '-O3', '--runtime', 'stub', '--enable', 'simd'], {
    readFile: (name) => (name === 'peak.ts' ? source : null),
    writeFile: (_, contents) => {
      bytes = contents;
    },
    listFiles: () => [],
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const rounds = 1_000_000;
  return (chains.length * 8 * rounds) / milliseconds(() => exports.peak(rounds)) / 1e6;
}
