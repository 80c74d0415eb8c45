import type { LinearAlgebra } from './algebra.js';
import { lower, lq } from './reference/lq.js';
import { multiply } from './reference/multiply.js';
import { qr } from './reference/qr.js';
import { projectRight, svd } from './reference/svd.js';

/** Plain TypeScript, slow and clear: what the kernels are held to, and a fallback where WebAssembly SIMD is missing. */
export const reference: LinearAlgebra = { multiply, qr, lq, lower, svd, projectRight };
