/** The same as without Node, and tables on the disk. */

export { openTable, saveTable, type TableFormat } from '../tables/save.js';
export * from './table.js';
