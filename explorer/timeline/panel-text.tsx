import type { ComponentChildren, JSX } from 'preact';
import type { PanelId } from '../../src/figure/panel-words.js';
import { Top, Transposed, Weight } from '../parts/math.js';
import { Aside, Term } from '../parts/Term.js';

/** What stands behind "definition". */
export interface PanelText {
  readonly sentence: ComponentChildren;
  readonly equation: JSX.Element;
}

function Match({ read }: { read: JSX.Element }) {
  return (
    <math displaystyle={true}>
      <mi>s</mi>
      <mo>=</mo>
      <mi mathvariant="normal">σ</mi>
      <mo>(</mo>
      <Transposed>
        <Top letter="V" of={read} />
      </Transposed>
      <Top letter="U" of={<Weight of="OV" />} />
      <mo>)</mo>
      <mo>,</mo>
      <mspace width="0.5em" />
      <msqrt>
        <mtext>mean</mtext>
        <mspace width="0.2em" />
        <msup>
          <mi>s</mi>
          <mn>2</mn>
        </msup>
      </msqrt>
      <mspace width="0.5em" />
      <mtext>or</mtext>
      <mspace width="0.5em" />
      <mtext>max</mtext>
      <mspace width="0.2em" />
      <mi>s</mi>
    </math>
  );
}

/** Sentence and equation of each panel; the equations are those of docs/measures.md. */
export const panelTexts: Readonly<Record<PanelId, PanelText>> = {
  errors: {
    sentence: (
      <>
        Share of tokens copied wrongly: on sequences like those of training <Aside of="ID" /> and on uniform
        tokens with a longer pattern <Aside of="OOD" />.
      </>
    ),
    equation: (
      <math displaystyle={true}>
        <mi>err</mi>
        <mo>=</mo>
        <mn>1</mn>
        <mo>−</mo>
        <mfrac>
          <mrow>
            <msub>
              <mo>∑</mo>
              <mi>t</mi>
            </msub>
            <mo>[</mo>
            <mi>argmax</mi>
            <mspace width="0.2em" />
            <msub>
              <mi>logits</mi>
              <mi>t</mi>
            </msub>
            <mo>=</mo>
            <msub>
              <mi>x</mi>
              <mrow>
                <mi>t</mi>
                <mo>+</mo>
                <mn>1</mn>
              </mrow>
            </msub>
            <mo>]</mo>
            <msub>
              <mi>M</mi>
              <mi>t</mi>
            </msub>
          </mrow>
          <mrow>
            <msub>
              <mo>∑</mo>
              <mi>t</mi>
            </msub>
            <msub>
              <mi>M</mi>
              <mi>t</mi>
            </msub>
          </mrow>
        </mfrac>
      </math>
    ),
  },
  z_score: {
    sentence: (
      <>
        How far the diagonal of <Term of="QKOV" /> stands out from all its entries, in standard deviations.
      </>
    ),
    equation: (
      <math displaystyle={true}>
        <mi>z</mi>
        <mo>=</mo>
        <mfrac>
          <mrow>
            <mtext>mean diag</mtext>
            <mspace width="0.2em" />
            <Weight of="QKOV" />
            <mo>−</mo>
            <mtext>mean</mtext>
            <mspace width="0.2em" />
            <Weight of="QKOV" />
          </mrow>
          <mrow>
            <mtext>std</mtext>
            <mspace width="0.2em" />
            <Weight of="QKOV" />
          </mrow>
        </mfrac>
      </math>
    ),
  },
  qk_ov_match: {
    sentence: (
      <>
        Cosine of the <Term of="principal angles" /> between what the later layer's <Term of="QK" /> circuit
        reads and what the earlier layer's <Term of="OV" /> circuit writes.
      </>
    ),
    equation: <Match read={<Weight of="QK" />} />,
  },
  mismatch_ratio: {
    sentence: (
      <>
        Share of tokens that the composed circuit matches best with another token than themselves; 0 when it
        finds every token.
      </>
    ),
    equation: (
      <math displaystyle={true}>
        <mfrac>
          <mn>1</mn>
          <mi>V</mi>
        </mfrac>
        <msub>
          <mo>∑</mo>
          <mi>i</mi>
        </msub>
        <mo>[</mo>
        <msub>
          <mi>argmax</mi>
          <mi>j</mi>
        </msub>
        <mspace width="0.2em" />
        <msub>
          <mi>S</mi>
          <mrow>
            <mi>i</mi>
            <mi>j</mi>
          </mrow>
        </msub>
        <mo>≠</mo>
        <mi>i</mi>
        <mo>]</mo>
        <mo>,</mo>
        <mspace width="0.5em" />
        <mi>S</mi>
        <mo>=</mo>
        <mi>E</mi>
        <mspace width="0.2em" />
        <Weight of="QKOV" />
        <mspace width="0.2em" />
        <Transposed>
          <mi>E</mi>
        </Transposed>
      </math>
    ),
  },
  wte_ov_match: {
    sentence: (
      <>
        The same cosine between the token embedding <Aside of="wte" /> and what the earlier layer writes.
      </>
    ),
    equation: <Match read={<mi>E</mi>} />,
  },
};
