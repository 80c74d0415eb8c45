import type { Edit } from '../../src/causal/edit.js';
import type { JudgedSequences } from '../../src/step/judge-sequences.js';
import type { SequenceReading } from '../../src/step/read-sequence.js';
import { type EditChoice, editsOf } from './edit-choice.js';
import type { Selection } from './selection.js';
import type { Shown } from './sequence-choice.js';
import type { StepClient, Target } from './step-client.js';
import { type Latest, useLatest } from './use-latest.js';
import type { TestSets } from './use-sequence.js';

/** Errors on the sequences of a test set that the page has. */
export interface JudgedSet extends JudgedSequences {
  readonly set: 'test' | 'ood';
  readonly sequences: number;
}

/** What an edited step does; it was computed for one choice, and arrives at once. */
export interface EditedPicture {
  readonly selection: Selection;
  /** Undefined while there is no sequence. */
  readonly reading: SequenceReading | undefined;
  readonly sets: readonly JudgedSet[];
}

/** Undefined while nothing is edited. */
export interface Edited {
  readonly after: Latest<EditedPicture | undefined>;
  /** Errors of the step as it was trained. */
  readonly before: Latest<readonly JudgedSet[] | undefined>;
}

/** Edits the opened step in the worker, has it read the sequence, and counts its errors. */
export function useEdited(
  client: StepClient,
  selection: Selection,
  choice: EditChoice,
  shown: Shown | undefined,
  sets: TestSets | undefined,
  isSeen: boolean,
): Edited {
  const { source, info, config, pair, relPos } = selection;
  const edits = editsOf(choice, config, pair, relPos);
  const isEdited = edits.length > 0 && info.status === 'ready';
  const target = { source, step: info.step };
  const which = [source, info.step, source.provenance.value.checkpoints[info.step], isEdited, sets];
  const before = useLatest(which, isSeen, async () =>
    isEdited ? judgedSets(client, target, [], sets) : undefined,
  );
  const after = useLatest([...which, JSON.stringify(edits), shown], isSeen, async () => {
    if (!isEdited) return undefined;
    const [reading, judged] = await Promise.all([
      shown && client.ask(target, 'sequence', { ...shown, edits }),
      judgedSets(client, target, edits, sets),
    ]);
    return { selection, reading, sets: judged };
  });
  return { before, after };
}

async function judgedSets(
  client: StepClient,
  target: Target,
  edits: readonly Edit[],
  sets: TestSets | undefined,
): Promise<JudgedSet[]> {
  const found = (['ood', 'test'] as const).map(async (set): Promise<JudgedSet[]> => {
    const sequences = sets?.[set];
    if (sequences === undefined || sequences.lengths.length === 0) return [];
    const judged = await client.ask(target, 'judged', { sequences, edits });
    return [{ ...judged, set, sequences: sequences.lengths.length }];
  });
  return (await Promise.all(found)).flat();
}
