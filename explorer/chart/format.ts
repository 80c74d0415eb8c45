export { formatStep, formatValue } from '../../src/report/format-value.js';
