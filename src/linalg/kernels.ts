export { reference as kernels } from './reference.js';
