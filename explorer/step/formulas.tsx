import type { ComponentChildren } from 'preact';
import { At, Top, Transposed, Weight } from '../parts/math.js';

function Formula({ children }: { children: ComponentChildren }) {
  return (
    <math>
      <mrow>{children}</mrow>
    </math>
  );
}

const rootOfWidth = (
  <msqrt>
    <msub>
      <mi>d</mi>
      <mi mathvariant="normal">h</mi>
    </msub>
  </msqrt>
);

/** W_QK(t) = W_qᵀ R(t) W_k / √d_h */
export const wqkFormula = (
  <Formula>
    <Weight of="QK" />
    <At t={<mi>t</mi>} />
    <mo>=</mo>
    <Transposed>
      <Weight of="q" />
    </Transposed>
    <mi>R</mi>
    <At t={<mi>t</mi>} />
    <Weight of="k" />
    <mo>/</mo>
    {rootOfWidth}
  </Formula>
);

/** W_OV = W_o W_v */
export const wovFormula = (
  <Formula>
    <Weight of="OV" />
    <mo>=</mo>
    <Weight of="o" />
    <Weight of="v" />
  </Formula>
);

/** W_QKOV = W_QK(t) W_OV */
export const wqkovFormula = (
  <Formula>
    <Weight of="QKOV" />
    <mo>=</mo>
    <Weight of="QK" />
    <At t={<mi>t</mi>} />
    <Weight of="OV" />
  </Formula>
);

/** S = E W_QKOV Eᵀ */
export const scoresFormula = (
  <Formula>
    <mi>S</mi>
    <mo>=</mo>
    <mi>E</mi>
    <Weight of="QKOV" />
    <Transposed>
      <mi>E</mi>
    </Transposed>
  </Formula>
);

/** A = U diag(s) Vᵀ */
export const spectrumFormula = (
  <Formula>
    <mi>A</mi>
    <mo>=</mo>
    <mi>U</mi>
    <mspace width="0.15em" />
    <mi>diag</mi>
    <At
      t={
        <>
          <msub>
            <mi>s</mi>
            <mn>1</mn>
          </msub>
          <mo>≥</mo>
          <msub>
            <mi>s</mi>
            <mn>2</mn>
          </msub>
          <mo>≥</mo>
          <mo>…</mo>
        </>
      }
    />
    <Transposed>
      <mi>V</mi>
    </Transposed>
  </Formula>
);

/** cos θ_i = s_i(V_r(A)ᵀ U_r(W_OV)), A = W_QK, or E where no later layer reads. */
export function cosinesFormula(hasReader: boolean): ComponentChildren {
  return (
    <Formula>
      <mi>cos</mi>
      <msub>
        <mi>θ</mi>
        <mi>i</mi>
      </msub>
      <mo>=</mo>
      <msub>
        <mi>s</mi>
        <mi>i</mi>
      </msub>
      <mo stretchy={false}>(</mo>
      <Transposed>
        <Top letter="V" of={hasReader ? <Weight of="QK" /> : <mi>E</mi>} />
      </Transposed>
      <Top letter="U" of={<Weight of="OV" />} />
      <mo stretchy={false}>)</mo>
    </Formula>
  );
}

/** z = (mean diag − mean) / std of W_QKOV(t) */
export const zFormula = (
  <Formula>
    <mi>z</mi>
    <At t={<mi>t</mi>} />
    <mo>=</mo>
    <mo stretchy={false}>(</mo>
    <mi>mean</mi>
    <mspace width="0.25em" />
    <mi>diag</mi>
    <mo>−</mo>
    <mi>mean</mi>
    <mo stretchy={false}>)</mo>
    <mo>/</mo>
    <mi>std</mi>
  </Formula>
);

/** share of i with argmax_j S_ij ≠ i */
export const mismatchFormula = (
  <Formula>
    <mfrac>
      <mn>1</mn>
      <mi>V</mi>
    </mfrac>
    <mo>#</mo>
    <mo stretchy={false}>{'{'}</mo>
    <mi>i</mi>
    <mo>:</mo>
    <msub>
      <mi>argmax</mi>
      <mi>j</mi>
    </msub>
    <msub>
      <mi>S</mi>
      <mrow>
        <mi>i</mi>
        <mi>j</mi>
      </mrow>
    </msub>
    <mo>≠</mo>
    <mi>i</mi>
    <mo stretchy={false}>{'}'}</mo>
  </Formula>
);

/** √(mean cos² θ_i), or cos θ_1 */
export const matchFormula = {
  mean: (
    <Formula>
      <msqrt>
        <mrow>
          <mi>mean</mi>
          <mspace width="0.25em" />
          <msup>
            <mi>cos</mi>
            <mn>2</mn>
          </msup>
          <msub>
            <mi>θ</mi>
            <mi>i</mi>
          </msub>
        </mrow>
      </msqrt>
    </Formula>
  ),
  largest: (
    <Formula>
      <mi>cos</mi>
      <msub>
        <mi>θ</mi>
        <mn>1</mn>
      </msub>
    </Formula>
  ),
} as const;

/** A_ij = softmax_j(q_iᵀ R(j-i) k_j / √d_h), j ≤ i; without R where positions are not rotary, without softmax where linear. */
export function attentionFormula(isRotary: boolean, isLinear: boolean): ComponentChildren {
  const range = (
    <mrow>
      <mi>j</mi>
      <mo>≤</mo>
      <mi>i</mi>
    </mrow>
  );
  return (
    <Formula>
      <msub>
        <mi>A</mi>
        <mrow>
          <mi>i</mi>
          <mi>j</mi>
        </mrow>
      </msub>
      <mo>=</mo>
      {isLinear ? null : (
        <msub>
          <mi>softmax</mi>
          {range}
        </msub>
      )}
      <mo stretchy={false}>(</mo>
      <msubsup>
        <mi>q</mi>
        <mi>i</mi>
        <mi mathvariant="normal">T</mi>
      </msubsup>
      {isRotary ? (
        <>
          <mi>R</mi>
          <At
            t={
              <>
                <mi>j</mi>
                <mo>−</mo>
                <mi>i</mi>
              </>
            }
          />
        </>
      ) : null}
      <msub>
        <mi>k</mi>
        <mi>j</mi>
      </msub>
      <mo>/</mo>
      {rootOfWidth}
      <mo stretchy={false}>)</mo>
    </Formula>
  );
}

/** loss_i = −log p(x_i | x_0 … x_{i−1}) */
export const lossFormula = (
  <Formula>
    <mo>−</mo>
    <mi>log</mi>
    <mi>p</mi>
    <mo stretchy={false}>(</mo>
    <msub>
      <mi>x</mi>
      <mi>i</mi>
    </msub>
    <mo>|</mo>
    <msub>
      <mi>x</mi>
      <mn>0</mn>
    </msub>
    <mo>…</mo>
    <msub>
      <mi>x</mi>
      <mrow>
        <mi>i</mi>
        <mo>−</mo>
        <mn>1</mn>
      </mrow>
    </msub>
    <mo stretchy={false}>)</mo>
  </Formula>
);
