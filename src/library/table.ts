/** The tidy table of measures: rows, curves over training, blocks of heads, and its files. */

export { type Block, type BlockKey, blocksOf } from '../series/blocks.js';
export type { CurveKey } from '../series/curve-key.js';
export { type Curve, type Curves, curvesOf } from '../series/curves.js';
export type { Row } from '../series/row.js';
export { rowsOf, type Table, TableBuilder } from '../series/table.js';
export { csvChunks } from '../tables/csv.js';
export { jsonChunks } from '../tables/json.js';
export { type TableMetadata, tableMetadata } from '../tables/meta.js';
export { writeParquet } from '../tables/parquet.js';
export { parseTable, type ReadTable } from '../tables/read.js';
