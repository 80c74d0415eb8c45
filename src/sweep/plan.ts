import { InputError, showValue } from '../errors.js';
import { inertOptions, optionNames, type RunConfig } from '../run/config.js';
import { didYouMean } from '../run/nearest-name.js';
import { readYaml } from '../run/read-yaml.js';
import { presets } from '../train/presets.js';
import { axisValues, type OptionValue, wholeNumbers } from './axis.js';

/** Options of the experiment, and what they start from. */
export interface Base {
  readonly preset?: string;
  readonly options: Readonly<Record<string, OptionValue>>;
}

/** One of the listed variants; its name goes into the names of its runs. */
export interface Variant extends Base {
  readonly name?: string;
}

/** An option (or `preset`) and the values it takes. */
export interface Axis {
  readonly option: string;
  readonly values: readonly OptionValue[];
}

/** Which checkpoints stay on the disk once a run is measured: all, none, the last model, or these steps. */
export type Keep = 'all' | 'none' | 'last' | readonly number[];

/** What is measured on every checkpoint. */
export interface PlannedMeasures {
  readonly ranks: readonly number[];
  readonly rel_pos: readonly number[];
  readonly match: readonly ('mean' | 'largest')[];
}

/** What a plan says of measuring: the usual ranks of each run unless it names some. */
export interface PlannedMeasure extends Omit<PlannedMeasures, 'ranks'> {
  readonly ranks: readonly number[] | null;
}

/** A plan as its file says it: each of `list` with each combination of values of `axes`. */
export interface Plan {
  /** The file, for errors. */
  readonly file: string;
  readonly base: Base;
  readonly list: readonly Variant[];
  readonly axes: readonly Axis[];
  readonly keep: Keep;
  readonly measure: PlannedMeasure;
}

const planKeys = ['base', 'list', 'axes', 'keep', 'measure'];

/**
 * Reads the text of a plan.
 * @param file what to name in errors
 * @throws InputError naming the key, what was expected, what was found and the nearest name that there is
 */
export function parsePlan(text: string, file: string): Plan {
  const found = readYaml(text, file);
  const plan = mapping(found, file, 'a plan such as "axes: {pool_size: 20..1000 by 20}"');
  // What begins with x- is there for its anchors.
  checkKeys(plan, planKeys, file, /^x-/);
  const base = baseOf(plan['base'] ?? {}, `${file}: base`);
  const list = listOf(plan['list'], `${file}: list`);
  const axes = axesOf(plan['axes'], `${file}: axes`);
  checkContradictions(file, base, list, axes);
  return {
    file,
    base,
    list,
    axes,
    keep: keepOf(plan['keep'] ?? 'all', `${file}: keep`),
    measure: measureOf(plan['measure'] ?? {}, `${file}: measure`),
  };
}

function baseOf(found: unknown, where: string): Base {
  if (typeof found === 'string') return { preset: checkPreset(found, where), options: {} };
  const { preset, ...options } = mapping(found, where, 'a preset or options such as "num_layers: 2"');
  return {
    ...(preset !== undefined && { preset: checkPreset(preset, `${where}.preset`) }),
    options: optionsOf(options, where),
  };
}

function listOf(found: unknown, where: string): Variant[] {
  if (found === undefined) return [];
  if (!Array.isArray(found) || found.length === 0) {
    throw new InputError(
      `${where}: expected variants such as "- {num_layers: 4, num_heads: 4}", found ${showValue(found)}; fill it, or leave it out`,
    );
  }
  return found.map((item, at) => {
    const place = `${where}[${at}]`;
    if (typeof item === 'string') return baseOf(item, place);
    const { name, ...rest } = mapping(item, place, 'a preset or options such as "num_layers: 2"');
    if (name === undefined) return baseOf(rest, place);
    if (typeof name !== 'string' || !/^[\w.+-]{1,100}$/.test(name) || /^\.+$/.test(name)) {
      throw new InputError(
        `${place}.name: expected letters, digits, "_", "." or "-", found ${showValue(name)}; it names folders`,
      );
    }
    return { name, ...baseOf(rest, place) };
  });
}

function axesOf(found: unknown, where: string): Axis[] {
  if (found === undefined) return [];
  const axes = Object.entries(mapping(found, where, 'options and their values such as "seed: 1..5"'));
  if (axes.length === 0) {
    throw new InputError(`${where}: expected options and their values, found none; fill it, or leave it out`);
  }
  return axes.map(([option, values]) => {
    const place = `${where}.${option}`;
    if (option !== 'preset') checkOption(option, place);
    const axis = { option, values: axisValues(values, place) };
    if (option === 'preset') for (const value of axis.values) checkPreset(value, place);
    return axis;
  });
}

function optionsOf(options: Record<string, unknown>, where: string): Record<string, OptionValue> {
  for (const [name, value] of Object.entries(options)) {
    checkOption(name, `${where}.${name}`);
    const isRange = typeof value === 'string' && value.includes('..');
    if ((typeof value === 'object' && value !== null) || isRange) {
      throw new InputError(
        `${where}.${name}: expected one value, found ${showValue(value)}; several values go under axes`,
      );
    }
  }
  return options as Record<string, OptionValue>;
}

function checkOption(name: string, where: string): void {
  if ((optionNames as readonly string[]).includes(name)) return;
  if ((inertOptions as readonly string[]).includes(name)) {
    throw new InputError(`${where}: nothing depends on this option here; leave it out`);
  }
  // {seed: 1,2,3} is a mapping of three keys.
  if (/^[\d.]+$/.test(name)) {
    throw new InputError(`${where}: a value, where an option was expected; a list is written [1, 2, 3]`);
  }
  throw new InputError(
    `${where}: no such option${didYouMean(name, optionNames) || '; see bridgescope train --help'}`,
  );
}

function checkPreset(name: unknown, where: string): string {
  if (typeof name === 'string' && presets.has(name)) return name;
  const names = [...presets.keys()];
  throw new InputError(
    `${where}: no preset ${showValue(name)}${didYouMean(String(name), names)} (there are ${names.join(', ')})`,
  );
}

function checkKeys(
  found: Record<string, unknown>,
  known: readonly string[],
  where: string,
  passedOver?: RegExp,
): void {
  for (const key of Object.keys(found)) {
    if (known.includes(key) || passedOver?.test(key)) continue;
    const isOption = (optionNames as readonly string[]).includes(key);
    const hint = isOption
      ? `; options of the experiment go under base, or under axes to vary them`
      : `${didYouMean(key, known)} (there are ${known.join(', ')})`;
    throw new InputError(`${where}: no key ${showValue(key)}${hint}`);
  }
}

function checkContradictions(
  file: string,
  base: Base,
  list: readonly Variant[],
  axes: readonly Axis[],
): void {
  const once = (what: string, name: string, places: readonly string[]) => {
    if (places.length < 2) return;
    throw new InputError(
      `${file}: ${what} ${name} is set in ${places.join(' and in ')}, which contradict each other; keep one of them`,
    );
  };
  const variants = list.length === 0 ? [undefined] : list;
  variants.forEach((variant, at) => {
    for (const name of optionNames as readonly (keyof RunConfig)[]) {
      const inBase = name in base.options;
      const inVariant = variant !== undefined && name in variant.options;
      // A variant that took its options from the base by a merge key has the base's values.
      const isRepeated = inBase && inVariant && base.options[name] === variant.options[name];
      once('option', name, [
        ...(inBase && !isRepeated ? ['base'] : []),
        ...(inVariant ? [`list[${at}]`] : []),
        ...(axes.some(({ option }) => option === name) ? ['axes'] : []),
      ]);
    }
    once('the preset', '', [
      ...(base.preset !== undefined ? ['base'] : []),
      ...(variant?.preset !== undefined ? [`list[${at}]`] : []),
      ...(axes.some(({ option }) => option === 'preset') ? ['axes'] : []),
    ]);
  });
}

function keepOf(found: unknown, where: string): Keep {
  if (found === 'all' || found === 'none' || found === 'last') return found;
  if (typeof found === 'string' && !found.includes('..')) {
    throw new InputError(
      `${where}: expected all, none, last, or steps such as 0..20000 by 1000, found ${showValue(found)}`,
    );
  }
  return wholeNumbers(found, where);
}

function measureOf(found: unknown, where: string): PlannedMeasure {
  const choice = mapping(found, where, 'keys such as "ranks: [5, 10]"');
  checkKeys(choice, ['ranks', 'rel_pos', 'match'], where);
  const ranks = choice['ranks'] === undefined ? null : wholeNumbers(choice['ranks'], `${where}.ranks`);
  const wrong = ranks?.find((rank) => rank < 1);
  if (wrong !== undefined) {
    throw new InputError(`${where}.ranks: expected whole numbers from 1, found ${wrong}`);
  }
  const match = axisValues(choice['match'] ?? ['mean', 'largest'], `${where}.match`);
  for (const method of match) {
    if (method !== 'mean' && method !== 'largest') {
      throw new InputError(`${where}.match: ${showValue(method)} is not one of mean, largest`);
    }
  }
  return {
    ranks,
    rel_pos: wholeNumbers(choice['rel_pos'] ?? 0, `${where}.rel_pos`),
    match: match as PlannedMeasures['match'],
  };
}

function mapping(found: unknown, where: string, expected: string): Record<string, unknown> {
  if (typeof found === 'object' && found !== null && !Array.isArray(found)) {
    return found as Record<string, unknown>;
  }
  throw new InputError(`${where}: expected ${expected}, found ${showValue(found ?? undefined)}`);
}
