import type { LinearAlgebra } from './algebra.js';
import { rowsOfMatrix, transpose } from './blocks.js';
import { type Matrix, matrix } from './matrix.js';

/** Vectors that go through the matrix together: eigenvalues of this multiplicity are found at once. */
const blockWidth = 4;

/** What a vector may lack of being an eigenvector, beside the largest eigenvalue. */
const tolerance = 1e-14;

/** Vectors of the basis at the first look for convergence; each further look comes when it has grown by a quarter. */
const firstLook = 64;

/** Eigenvalues, largest first, with their vectors as columns, size×count. */
export interface LeadingEigenvectors {
  readonly values: Float64Array;
  readonly vectors: Matrix;
}

/**
 * The largest eigenvalues of a symmetric, positive semidefinite matrix of which only products are known, by the block Lanczos
 * method with full reorthogonalisation: a few hundred products where a decomposition takes size³.
 * @param multiply A·x, for x size×4   @param random entries of the first vectors   @param most vectors of the basis, at most
 * @returns undefined where they have not converged by then
 * Source: Golub and Underwood 1977, "The block Lanczos method for computing eigenvalues".
 */
export function leadingEigenvectors(
  multiply: (x: Matrix) => Matrix,
  size: number,
  count: number,
  random: () => number,
  algebra: LinearAlgebra,
  most = Math.min(size, 1600),
): LeadingEigenvectors | undefined {
  const basis = growingBasis(size, algebra);
  let next = algebra.qr(matrix(size, blockWidth, Float64Array.from({ length: size * blockWidth }, random))).q;
  /** Blocks of basisᵀ·A·basis on the diagonal, and below it. */
  const diagonal: Matrix[] = [];
  const below: Matrix[] = [];
  let look = Math.min(Math.max(firstLook, 2 * count), most - (most % blockWidth));
  while (basis.count() + blockWidth <= most) {
    basis.add(next);
    const image = multiply(next);
    diagonal.push(algebra.multiply(next, image, { a: true }));
    // Twice is enough: the second time takes off what rounding left.
    const first = algebra.qr(basis.removeFrom(basis.removeFrom(image)));
    const second = algebra.qr(basis.removeFrom(first.q));
    const coupling = algebra.multiply(second.r, first.r);
    next = second.q;
    if (basis.count() >= look) {
      const { s, v } = algebra.svd(projected(diagonal, below), { v: true, count });
      if (isConverged(v!, coupling, s[0]!, algebra)) {
        return { values: s.slice(0, count), vectors: algebra.multiply(basis.rows(), v!, { a: true }) };
      }
      look = Math.ceil(look * 1.25);
    }
    below.push(coupling);
  }
  return undefined;
}

/** ‖A·y - θ·y‖ = ‖coupling · the last rows of the vector‖ of every vector. NaN is not converged. */
function isConverged(vectors: Matrix, coupling: Matrix, largest: number, algebra: LinearAlgebra): boolean {
  const last = rowsOfMatrix(vectors, vectors.rows - blockWidth, blockWidth);
  const rest = algebra.multiply(coupling, last);
  for (let col = 0; col < rest.cols; col++) {
    let square = 0;
    for (let row = 0; row < rest.rows; row++) square += rest.data[row * rest.cols + col]! ** 2;
    if (!(Math.sqrt(square) <= tolerance * largest)) return false;
  }
  return true;
}

/** The block tridiagonal matrix. */
function projected(diagonal: readonly Matrix[], below: readonly Matrix[]): Matrix {
  const size = diagonal.length * blockWidth;
  const out = matrix(size, size);
  const put = (row: number, col: number, block: Matrix) => {
    for (let i = 0; i < blockWidth; i++) {
      out.data.set(
        block.data.subarray(i * blockWidth, (i + 1) * blockWidth),
        (row * blockWidth + i) * size + col * blockWidth,
      );
    }
  };
  diagonal.forEach((block, at) => {
    put(at, at, block);
  });
  below.forEach((block, at) => {
    put(at + 1, at, block);
    put(at, at + 1, transpose(block));
  });
  return out;
}

/** Orthonormal vectors, kept as rows. */
function growingBasis(size: number, algebra: LinearAlgebra) {
  let data = new Float64Array(firstLook * size);
  let count = 0;
  const rows = () => matrix(count, size, data.subarray(0, count * size));
  return {
    count: () => count,
    rows,
    add(block: Matrix): void {
      if ((count + block.cols) * size > data.length) {
        const wider = new Float64Array(2 * data.length);
        wider.set(data);
        data = wider;
      }
      data.set(transpose(block).data, count * size);
      count += block.cols;
    },
    /** x without its part in the span. */
    removeFrom(x: Matrix): Matrix {
      const part = algebra.multiply(rows(), algebra.multiply(rows(), x), { a: true });
      return matrix(
        x.rows,
        x.cols,
        x.data.map((value, at) => value - part.data[at]!),
      );
    },
  };
}
