import { z } from 'zod';
import { InputError, showValue } from '../../errors.js';
import type { Positions } from '../architecture.js';

/** `rope_scaling` of a config, or `rope_parameters` of newer ones. */
export const ropeScalingSchema = z
  .object({
    type: z.string().optional(),
    rope_type: z.string().optional(),
    rope_theta: z.number().positive().optional(),
    factor: z.number().positive().optional(),
    low_freq_factor: z.number().positive().optional(),
    high_freq_factor: z.number().positive().optional(),
    original_max_position_embeddings: z.number().positive().optional(),
  })
  .nullish();

export type RopeScaling = z.infer<typeof ropeScalingSchema>;

const known = ['default', 'linear', 'dynamic', 'llama3'];

/**
 * Rotary positions of a head: angles a position for headWidth/2 adjacent pairs, f_i = base^(-2i/m) for the m rotated
 * dimensions and 0 for the others, scaled by the config's rule (`dynamic` is the plain one as far as it was trained).
 * @param rotated m, even
 * @throws InputError for a rule that is not known, or lacks its numbers
 * Source: MODELS section 2; Su et al. 2021; the rule `llama3` as Hugging Face's transformers computes it.
 */
export function rotaryPositions(
  rotated: number,
  headWidth: number,
  base: number,
  scaling: RopeScaling,
  file: string,
): Positions {
  const scale = scalingRule(scaling, file);
  const frequencies = new Float64Array(Math.floor(headWidth / 2));
  for (let pair = 0; pair < rotated / 2; pair++) frequencies[pair] = scale(base ** ((-2 * pair) / rotated));
  return { kind: 'rotary', frequencies };
}

function scalingRule(scaling: RopeScaling, file: string): (frequency: number) => number {
  const type = scaling?.rope_type ?? scaling?.type ?? 'default';
  switch (type) {
    case 'default':
    case 'dynamic':
      return (frequency) => frequency;
    case 'linear': {
      const factor = needed('factor');
      return (frequency) => frequency / factor;
    }
    case 'llama3': {
      const factor = needed('factor');
      const low = needed('low_freq_factor');
      const high = needed('high_freq_factor');
      const length = needed('original_max_position_embeddings');
      return (frequency) => {
        const wavelength = (2 * Math.PI) / frequency;
        if (wavelength < length / high) return frequency;
        if (wavelength > length / low) return frequency / factor;
        const share = (length / wavelength - low) / (high - low);
        return share * frequency + ((1 - share) * frequency) / factor;
      };
    }
    default:
      throw new InputError(
        `${file}: rope type ${showValue(type)} is not supported; known are ${known.join(', ')}`,
      );
  }

  function needed(name: Exclude<keyof NonNullable<RopeScaling>, 'type' | 'rope_type'>): number {
    const value = scaling?.[name];
    if (value !== undefined) return value;
    throw new InputError(
      `${file}: rope_scaling of type ${type} lacks ${name}; restore the config that came with the weights`,
    );
  }
}
