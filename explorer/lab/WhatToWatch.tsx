/** What a student should look for while the models train. */
export function WhatToWatch() {
  return (
    <details class="watch">
      <summary>What to watch for</summary>
      <ol>
        <li>
          <strong>A plateau.</strong> For some hundreds of steps only the loss moves: the model learns which
          tokens are frequent. Both errors stay near the top.
        </li>
        <li>
          <strong>Either a fall, or two ways.</strong> With an infinite pool both errors fall together within
          a few hundred steps. With a small one the error in distribution falls much sooner, and the one out
          of distribution stays: the patterns are learned by heart.
        </li>
        <li>
          <strong>The layers meet.</strong> Where the errors fall together, the z-score climbs, the match of
          QK and OV leaves the random baseline, and tokens match themselves. Where they do not, these panels
          show it.
        </li>
        <li>
          <strong>One head looks one back, the next finds the copy.</strong> Open a checkpoint before the fall
          and one behind it, and compare what the heads attend to.
        </li>
        <li>
          <strong>Change one thing.</strong> How large must the pool be? Does the fall come sooner with a
          higher learning rate, or with a shorter sequence? Does another seed change when it comes, or
          whether?
        </li>
      </ol>
      <p class="quiet">
        Every checkpoint is kept in the memory of this page, up to 256 MB a run. The download is a run folder
        as <code>bridgescope train</code> writes it, which <code>bridgescope measure</code> and PyTorch read;
        one that is not finished goes on with <code>bridgescope train --resume</code>.
      </p>
    </details>
  );
}
