import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { InputError } from '../errors.js';
import { guard } from './guard.js';
import type { OpenRuns } from './open-runs.js';
import type { PageFile } from './page-files.js';
import type { RunsAnswer, ServedRun } from './served-run.js';
import { tableParts } from './served-run.js';
import { textAnswer } from './text-answer.js';

/** What the routes need. */
export interface AppOptions {
  readonly runs: Pick<OpenRuns, 'all' | 'find'>;
  readonly page: ReadonlyMap<string, PageFile>;
  /** Whether there are no runs to come, and `/` leads to the lab. */
  readonly isLabAlone?: boolean;
  /** Address the server listens on. */
  readonly host: string;
  readonly version: string;
  /** Calls back whenever a run has changed; returns a function that ends it. */
  readonly onChange: (listener: (run: ServedRun) => void) => () => void;
}

/** A proxy or a sleeping laptop cuts silent connections. */
const heartbeatMilliseconds = 15_000;

/**
 * The routes of the explorer: the page, the runs it was given, and nothing else. Runs are found by name in a map, and
 * files of a run by step, so that no path of a request reaches the disk.
 */
export function createApp({ runs, page, isLabAlone = false, host, version, onChange }: AppOptions): Hono {
  const boot = crypto.randomUUID();
  const app = new Hono();
  app.use(guard(host));
  app.onError((error, context) => {
    if (error instanceof InputError) return context.text(`${error.message}\n`, 404);
    return context.text('unexpected error\n', 500);
  });
  app.notFound((context) => context.text('not found\n', 404));

  app.get('/api/runs', (context) => {
    context.header('Cache-Control', 'no-store');
    return context.json({ version, boot, runs: runs.all().map((run) => run.summary()) } satisfies RunsAnswer);
  });

  app.get('/api/runs/:name/table.parquet', (context) => {
    const run = find(runs, context.req.param('name'));
    const asked = context.req.query('part') ?? 'all';
    const part = tableParts.find((name) => name === asked);
    if (part === undefined)
      throw new InputError(`part ${JSON.stringify(asked)}: expected ${tableParts.join(', ')}`);
    return binary(run.table(part));
  });

  app.get('/api/runs/:name/checkpoints/:step', (context) => {
    const run = find(runs, context.req.param('name'));
    const text = context.req.param('step');
    if (!/^\d{1,10}$/.test(text))
      throw new InputError(`step ${JSON.stringify(text)}: expected a whole number`);
    return binary(run.checkpoint(Number(text)));
  });

  app.get('/api/runs/:name/sets/:set', (context) => {
    const run = find(runs, context.req.param('name'));
    const set = context.req.param('set');
    if (set !== 'test' && set !== 'ood')
      throw new InputError(`set ${JSON.stringify(set)}: expected test or ood`);
    context.header('Cache-Control', 'no-store');
    const sequences = run.sequences(set);
    // Many runs have none, which is no failure: a browser would show one in its console.
    return sequences === undefined ? context.body(null, 204) : context.json(sequences);
  });

  app.get('/api/runs/:name/text', async (context) => {
    const run = find(runs, context.req.param('name'));
    if (run.readText === undefined)
      throw new InputError(`${run.name}: takes no text; give the folder of a model`);
    const step = context.req.query('step');
    if (step !== undefined && !/^\d{1,10}$/.test(step))
      throw new InputError(`step ${JSON.stringify(step)}: expected a whole number`);
    const reading = await run.readText(
      context.req.query('text') ?? '',
      step === undefined ? undefined : Number(step),
    );
    context.header('Cache-Control', 'no-store');
    return context.json(textAnswer(reading));
  });

  app.get('/api/events', (context) =>
    streamSSE(context, async (stream) => {
      let failed = false;
      const send = (event: string, data: unknown) => {
        stream.writeSSE({ event, data: JSON.stringify(data) }).catch(() => {
          failed = true;
        });
      };
      const stop = onChange((run) => send('run', run.summary()));
      stream.onAbort(stop);
      // What changed between the page's first question and this stream would otherwise be missed.
      for (const run of runs.all()) send('run', run.summary());
      while (!stream.aborted && !failed) {
        await stream.sleep(heartbeatMilliseconds);
        send('beat', {});
      }
      stop();
    }),
  );

  app.get('*', (context) => {
    if (isLabAlone && context.req.path === '/') return context.redirect('/lab.html');
    const file = page.get(context.req.path === '/' ? '/index.html' : context.req.path);
    if (file === undefined) return context.notFound();
    const zipped = /\bgzip\b/.test(context.req.header('accept-encoding') ?? '');
    return new Response(zipped ? file.gzipped() : file.bytes, {
      headers: {
        'Content-Type': file.type,
        'Cache-Control': file.hashed ? 'max-age=31536000, immutable' : 'no-cache',
        Vary: 'Accept-Encoding',
        ...(zipped && { 'Content-Encoding': 'gzip' }),
      },
    });
  });
  return app;
}

function find(runs: AppOptions['runs'], name: string): ServedRun {
  const run = runs.find(name);
  if (run === undefined)
    throw new InputError(`run ${JSON.stringify(name)}: not one of those that explore was given`);
  return run;
}

function binary(bytes: Uint8Array<ArrayBuffer>): Response {
  return new Response(bytes, {
    headers: { 'Content-Type': 'application/octet-stream', 'Cache-Control': 'no-store' },
  });
}
