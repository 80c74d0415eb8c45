import { UsageError } from '../errors.js';

/** A model of the Hugging Face Hub as it is typed: `hf:org/name`, `hf:org/name@revision`, `hf:org/name@step*`. */
export interface HubName {
  /** `org/name`, or `name` alone for the oldest models. */
  readonly repo: string;
  /** Revisions, or patterns of them, in the order given; none asks for `main`. */
  readonly revisions: readonly string[];
}

const start = 'hf:';
const part = '[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?';
const repoForm = new RegExp(`^(?:${part}/)?${part}$`);
/** Branches, tags and commits; `refs/pr/1` too. */
const revisionForm = /^[A-Za-z0-9*][A-Za-z0-9._*/-]{0,199}$/;

/** Whether an input names a model of the Hub, and not a path. */
export function isHubName(source: string): boolean {
  return source.startsWith(start);
}

/** @throws UsageError that says how such names are written */
export function parseHubName(source: string): HubName {
  const [repo = '', ...rest] = source.slice(start.length).split('@');
  const revisions = rest.length === 0 ? [] : rest.join('@').split(',');
  const isName = repoForm.test(repo) && !/--|\.\./.test(repo);
  if (!isName || !revisions.every((text) => revisionForm.test(text) && !text.includes('..'))) {
    throw new UsageError(
      `${source}: is no name of a model on the Hub; write hf:ORG/NAME, hf:ORG/NAME@REVISION, or hf:ORG/NAME@step* for a series`,
    );
  }
  return { repo, revisions };
}

/** Whether a name asks for several revisions. */
export function asksForSeries({ revisions }: HubName): boolean {
  return revisions.length > 1 || revisions.some((text) => text.includes('*'));
}

/** The name of the model without its owner: the setting in tables and figures. */
export function modelName({ repo }: HubName): string {
  return repo.split('/').at(-1) ?? repo;
}

/** Whether a revision is one that a pattern asks for: `*` stands for any characters. */
export function matchesRevision(revision: string, pattern: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return revision === pattern;
  if (!revision.startsWith(first) || revision.length < first.length + last.length) return false;
  let at = first.length;
  const end = revision.length - last.length;
  for (const middle of others) {
    const found = revision.indexOf(middle, at);
    if (found < 0 || found + middle.length > end) return false;
    at = found + middle.length;
  }
  return revision.endsWith(last);
}
