import { useState } from 'preact/hooks';
import { saveFile } from '../save/save-file.js';
import type { StepClient } from './step-client.js';
import type { Picture } from './use-opened.js';

/** Saves the matrices, vectors and singular values behind the numbers shown, as `export` writes them. */
export function SaveArrays({ client, picture }: { readonly client: StepClient; readonly picture: Picture }) {
  const { source, info, pair, relPos, rank } = picture;
  const [state, setState] = useState<'busy' | 'failed'>();
  const save = async () => {
    setState('busy');
    const bytes = await client.ask({ source, step: info.step }, 'arrays', { pair, relPos, rank });
    const name = `${source.setting}_step_${info.step}_${pair.replace('>', '_')}_t_${relPos}.npz`;
    saveFile(new Blob([bytes], { type: 'application/zip' }), name);
    setState(undefined);
  };
  return (
    <button
      type="button"
      class="plain"
      disabled={state === 'busy'}
      title="S, W_QK(t), W_OV and their product, singular vectors and values, coefficients: float64, for numpy.load"
      onClick={() => {
        save().catch(() => setState('failed'));
      }}
    >
      {state === 'failed' ? 'Not saved; try again' : 'Save arrays (.npz)'}
    </button>
  );
}
