import { InputError, UsageError } from '../errors.js';

/** Steps fill 32-bit columns. */
const lastStep = 2 ** 31 - 1;

/** What the names of files of weights end in, as the source of a regular expression; their content says what they are. */
export const weightEndings = '\\.(?:pt|pth|pth\\.tar|ckpt|bin|safetensors)$';

/** Names of files of weights: groups as in `NameRule`. */
export const weightFileForm = new RegExp(`^(.*?)(\\d{1,10})${weightEndings}`, 's');

/** Stands for the step in a pattern. */
const stepMark = '{N}';

/** Names that hold a step, and what precedes and follows it in them. */
export interface NamedSteps {
  /** Such as `ckpt_{N}.pt`. */
  readonly pattern: string;
  /** Names of each step; several where it is there in several formats. */
  readonly numbered: ReadonlyMap<number, readonly string[]>;
  /** Names of other patterns, which are passed over. */
  readonly others: readonly string[];
}

/** What names may look like: their usual patterns first. */
export interface NameRule {
  /** Groups: what precedes the step, the step, and what follows it. */
  readonly form: RegExp;
  /** What precedes the step in names that are taken before all others. */
  readonly usual: string | null;
  /** What precedes the step in files of other purposes. */
  readonly never: RegExp;
}

/** What precedes the step in names of files that training leaves beside its checkpoints; a shard's name is one of them. */
export const unlikeCheckpoints =
  /optim|sched|scaler|rng|random|args|state|train|test|valid|eval|data|grad|logit|loss|activ|-of-$/i;

/**
 * Takes the names of one pattern: those asked for, or the usual ones, or else those of which there are most.
 * @param asked a pattern with {N} for the step, such as `model_{N}.pt`
 * @param folder named in errors
 * @returns undefined where no name holds a step
 * @throws InputError where two patterns are as frequent; UsageError where the pattern has no {N}
 */
export function namedSteps(
  names: readonly string[],
  rule: NameRule,
  asked: string | undefined,
  folder: string,
): NamedSteps | undefined {
  const groups = new Map<string, Map<number, string[]>>();
  const form = asked === undefined ? rule.form : formOf(asked);
  for (const name of names) {
    const [, found = '', digits = ''] = form.exec(name) ?? [];
    const before = asked?.split(stepMark)[0] ?? anyEpoch(found);
    const step = Number(digits);
    if (digits === '' || step > lastStep) continue;
    if (asked === undefined && rule.never.test(before)) continue;
    const group = groups.get(before) ?? new Map<number, string[]>();
    groups.set(before, group);
    group.set(step, [...(group.get(step) ?? []), name]);
  }
  const before = asked === undefined ? chosen(groups, rule.usual, folder) : [...groups.keys()][0];
  const numbered = before === undefined ? undefined : groups.get(before);
  if (before === undefined || numbered === undefined) return undefined;
  return {
    pattern: asked ?? patternOf(before, numbered),
    numbered,
    others: [...groups].flatMap(([other, steps]) => (other === before ? [] : [...steps.values()].flat())),
  };
}

/** Step names around a group: `ckpt_{N}.pt` where its first name is `ckpt_200.pt`. */
function patternOf(before: string, group: ReadonlyMap<number, readonly string[]>): string {
  const [first = ''] = [...group.values()][0] ?? [];
  const name = before.includes('*') ? anyEpoch(first) : first;
  return `${before}${stepMark}${name.slice(before.length).replace(/^\d+/, '')}`;
}

/** Lightning's `epoch=3-step=200.ckpt`: the epoch grows with the step, so it is no part of the pattern. */
function anyEpoch(text: string): string {
  return text.replace(/(epoch[=_-]?)\d{1,10}/i, '$1*');
}

function chosen(
  groups: ReadonlyMap<string, ReadonlyMap<number, readonly string[]>>,
  usual: string | null,
  folder: string,
): string | undefined {
  if (usual !== null && groups.has(usual)) return usual;
  const [first, second] = [...groups].sort(([, a], [, b]) => b.size - a.size);
  if (first === undefined || second === undefined || first[1].size > second[1].size) return first?.[0];
  const [one, other] = [first, second].map(([before, group]) => patternOf(before, group));
  throw new InputError(
    `${folder}: holds as many ${one} as ${other}; say which are the checkpoints, such as --pattern ${JSON.stringify(one)}`,
  );
}

/** A pattern's names; `*` stands for any number. @throws UsageError */
function formOf(pattern: string): RegExp {
  const [before, after, ...rest] = pattern.split(stepMark);
  if (before === undefined || after === undefined || rest.length > 0 || /[/\\]/.test(pattern)) {
    throw new UsageError(
      `--pattern: expected a name with ${stepMark} for the step, such as model_${stepMark}.pt, found ${JSON.stringify(pattern)}`,
    );
  }
  const [start, end] = [before, after].map((text) => escaped(text).replaceAll('\\*', '\\d+'));
  return new RegExp(`^(${start})(\\d{1,10})(${end})$`);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|-]/g, '\\$&');
}
