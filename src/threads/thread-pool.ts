import { Piscina } from 'piscina';

/**
 * Threads that run the default export of a built module, all started at once and kept.
 *
 * Piscina loads the module with `require` first, and with `import` where that fails. Node 20 ends the whole process when a
 * thread is ended while `require` links an ES module ("IsGraphAsync must be used on an instantiated module"): a pool that is
 * closed just after it was opened. So `require` refuses ES modules in these threads.
 */
export function openThreadPool(module: URL, count: number): Piscina {
  const pool = new Piscina({
    filename: module.href,
    minThreads: count,
    maxThreads: count,
    execArgv: ['--no-experimental-require-module'],
  });
  // What fails a task rejects its promise. What comes as an event concerns none: the answer of a thread to a task that was
  // called off meanwhile, or the end of an idle thread, which the next task replaces. Unheard it would end the process.
  pool.on('error', () => {});
  return pool;
}
