import fc from 'fast-check';

// Before every file: a property is tried on the same values whenever its test runs, and on those alone that its own file asks for.
fc.configureGlobal({ seed: 20261 });
