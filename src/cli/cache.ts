import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { say, tell } from './exit.js';
import { megabytes } from './from-hub.js';

/** Adds `cache`: what is kept of models of the Hub. */
export function cacheCommand(program: Command): void {
  program
    .command('cache')
    .description(
      'Lists or clears what is kept of models of the Hugging Face Hub: the parts of their files that commands have read, in the layout of the Hub’s own tools.',
    )
    .argument('<ACTION>', 'list or clear')
    .argument('[MODEL...]', 'models to clear, ORG/NAME; all where none is given')
    .option('--cache <DIR>', 'where it is (default: the platform’s place for caches, or BRIDGESCOPE_CACHE)')
    .addHelpText(
      'after',
      `
Models are named hf:ORG/NAME, hf:ORG/NAME@REVISION, or hf:ORG/NAME@step* for a series, wherever a model’s folder is taken.
The variables of the Hub’s own tools hold: HF_TOKEN for gated and private models, HF_ENDPOINT, HF_HUB_OFFLINE=1.

Examples:
  $ bridgescope measure hf:EleutherAI/pythia-70m --measures qk_ov_match     reads what attention is made of alone
  $ bridgescope cache list                                                   models, commits and what they take of the disk
  $ bridgescope cache clear EleutherAI/pythia-70m
  $ bridgescope cache clear                                                  all of it`,
    )
    .action(cache);
}

async function cache(action: string, models: string[], flags: { cache?: string }): Promise<void> {
  const { hubSettings } = await import('../hub/settings.js');
  const { cachedModels, clearCache } = await import('../hub/cache.js');
  const { cache: folder } = hubSettings(flags.cache);
  if (action === 'list') {
    if (models.length > 0) throw new UsageError('cache list takes no models; it lists all of them');
    const found = cachedModels(folder);
    for (const { repo, commits, bytes } of found) {
      tell(`${repo}  ${commits} ${commits === 1 ? 'revision' : 'revisions'}  ${megabytes(bytes)}`);
    }
    const sum = found.reduce((total, { bytes }) => total + bytes, 0);
    say(found.length === 0 ? `${folder} holds no models` : `${folder} holds ${megabytes(sum)}`);
    return;
  }
  if (action !== 'clear') {
    throw new UsageError(`cache ${JSON.stringify(action)}: expected list or clear`);
  }
  const wanted = models.map((name) => name.replace(/^hf:/, '').replace(/@.*$/, ''));
  const gone = clearCache(folder, wanted);
  for (const name of wanted) {
    if (!gone.some(({ repo }) => repo === name)) say(`${name} is not in ${folder}`);
  }
  for (const { repo, bytes } of gone) tell(`${repo}  ${megabytes(bytes)}`);
  if (gone.length === 0) say(`${folder} holds none of it`);
}
