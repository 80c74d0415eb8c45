import type { RunSource } from '../source/run-source.js';
import { groupsOf } from './run-groups.js';

/**
 * The colour token of a run: by its place on the page, so that it stays when others are switched off; where there are many
 * runs, by its group. No two runs have a colour that suggests one run where they are two.
 */
export function colourOf(sources: readonly RunSource[], setting: string): string {
  const groups = groupsOf(sources)?.groups;
  const own = groups?.find((group) => group.sources.some((source) => source.setting === setting));
  if (own !== undefined) return own.colour;
  return `run-${
    Math.max(
      0,
      sources.findIndex((source) => source.setting === setting),
    ) + 1
  }`;
}

/**
 * Names short enough for the end of a line: words that all names begin or end with are left out, and long ones are cut.
 */
export function shortNames(settings: readonly string[], most = 12): Map<string, string> {
  const words = settings.map((setting) => setting.split(/(?<=[_\-. ])|(?=[_\-. ])/));
  const isShared = (at: (name: string[]) => string | undefined) =>
    settings.length > 1 && words.every((name) => name.length > 1 && at(name) === at(words[0]!));
  while (isShared((name) => name[0])) for (const name of words) name.shift();
  while (isShared((name) => name.at(-1))) for (const name of words) name.pop();
  return new Map(
    settings.map((setting, at) => {
      const name = words[at]!.join('').replace(/^[_\-. ]+|[_\-. ]+$/g, '') || setting;
      return [setting, name.length > most ? `${name.slice(0, most - 1)}…` : name];
    }),
  );
}
