import { UsageError } from '../errors.js';
import { FollowedRun, type FollowOptions } from './followed-run.js';
import { openInput } from './inputs.js';
import { ServedModel, type ServedModelOptions } from './served-model.js';
import type { RunSummary, ServedRun } from './served-run.js';

/** The runs of a server, which come and change while it runs. */
export interface OpenRuns {
  /** In the order in which they came. */
  all(): readonly ServedRun[];
  find(name: string): ServedRun | undefined;
  /** Looks what the inputs stand for now: new runs are opened, and one that has become a table takes the place of its folder. */
  look(): Promise<void>;
  /** Ends looking and following. */
  close(): Promise<void>;
}

export interface ServedRunsOptions {
  readonly follow: Omit<FollowOptions, 'onChange'>;
  readonly models: Omit<ServedModelOptions, 'onChange'>;
  /** Paths of run folders, `NAME=PATH`, or tables, as they are now. */
  readonly inputs: () => readonly string[];
  readonly onChange: (run: ServedRun) => void;
  /** Begins to follow a run; returns a function that ends it. */
  readonly followRun: (run: FollowedRun) => () => void;
}

/**
 * Opens the runs that the inputs stand for.
 * @throws InputError when an input is no run and no table
 * @throws UsageError when two runs have one name, or ranks or relative positions do not fit a run
 */
export async function openServedRuns(options: ServedRunsOptions): Promise<OpenRuns> {
  const { follow, models, inputs, onChange, followRun } = options;
  const runs = new Map<string, ServedRun>();
  const stops = new Map<ServedRun, () => unknown>();
  const opened = new Set<string>();
  const current = new Map<string, ServedRun>();
  const changed = (run: ServedRun) => {
    // What was replaced may still be at work on its last task.
    if (current.get(run.name) === run) onChange(runs.get(run.name) ?? run);
  };
  const add = (run: ServedRun) => {
    const before = runs.get(run.name);
    if (before !== undefined) stops.get(before)?.();
    const own = before === undefined ? run : after(before.summary(), run);
    runs.set(run.name, own);
    current.set(run.name, run);
    if (run instanceof FollowedRun) stops.set(own, followRun(run));
    if (run instanceof ServedModel) {
      stops.set(own, () => run.close());
      // What fails becomes a note of the model.
      void Promise.resolve(follow.mayMeasure).then(() => run.measure());
    }
    return own;
  };
  const open = async (input: string): Promise<readonly ServedRun[]> => {
    const found = await openInput(input, {
      runs: { ...follow, onChange: changed },
      models: { ...models, onChange: changed },
      version: follow.version,
    });
    opened.add(input);
    return found;
  };

  for (const input of inputs()) {
    for (const run of await open(input)) {
      if (runs.has(run.name)) {
        throw new UsageError(
          `two runs are named ${run.name}; tell them apart with NAME=PATH, such as ${run.name}_2=PATH`,
        );
      }
      add(run);
    }
  }
  return {
    all: () => [...runs.values()],
    find: (name) => runs.get(name),
    look: async () => {
      for (const input of inputs()) {
        if (opened.has(input)) continue;
        // A run that is being moved to its final place may be gone for a moment; the others need not wait for it.
        const found = await open(input).catch(() => []);
        for (const run of found) onChange(add(run));
      }
    },
    close: async () => {
      await Promise.all([...stops.values()].map((stop) => stop()));
    },
  };
}

/** A run in the place of another one: its parts count as changed, whatever the page has of the one before. */
function after({ versions }: RunSummary, run: ServedRun): ServedRun {
  return {
    name: run.name,
    summary: () => {
      const own = run.summary();
      return {
        ...own,
        versions: {
          errors: versions.errors + own.versions.errors + 1,
          measures: versions.measures + own.versions.measures + 1,
        },
      };
    },
    table: (part) => run.table(part),
    checkpoint: (step) => run.checkpoint(step),
    sequences: (set) => run.sequences(set),
    ...(run.readText && { readText: run.readText.bind(run) }),
  };
}
