import type { ComponentChildren } from 'preact';

/** Pieces of equations in MathML, which browsers set and screen readers read by themselves. */

/** W with an index, as in W_QK. */
export function Weight({ of }: { of: string }) {
  return (
    <msub>
      <mi>W</mi>
      <mi mathvariant="normal">{of}</mi>
    </msub>
  );
}

/** Aᵀ */
export function Transposed({ children }: { children: ComponentChildren }) {
  return (
    <msup>
      <mrow>{children}</mrow>
      <mi mathvariant="normal">T</mi>
    </msup>
  );
}

/** Something in brackets, as the t of W_QK(t). */
export function At({ t }: { t: ComponentChildren }) {
  return (
    <>
      <mo stretchy={false}>(</mo>
      {t}
      <mo stretchy={false}>)</mo>
    </>
  );
}

/** The r strongest directions of a matrix, as in V_r(W_QK). */
export function Top({ letter, of }: { letter: 'U' | 'V'; of: ComponentChildren }) {
  return (
    <mrow>
      <msub>
        <mi>{letter}</mi>
        <mi>r</mi>
      </msub>
      <At t={of} />
    </mrow>
  );
}
