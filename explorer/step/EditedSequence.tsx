import type { View } from '../state/view.js';
import { EditSwitches } from './EditSwitches.js';
import { type EditChoice, editText, isEdited, parseEdit } from './edit-choice.js';
import { SequencePanel } from './SequencePanel.js';
import type { SequenceChoice } from './sequence-choice.js';
import type { StepClient } from './step-client.js';
import { useEdited } from './use-edited.js';
import type { Picture, SetErrors } from './use-opened.js';
import type { ChosenSequence } from './use-sequence.js';

/** A sequence as the model reads it, as it is or with switches thrown: heads removed, the bridge kept or dropped. */
export function EditedSequence(props: {
  readonly client: StepClient;
  readonly view: View;
  readonly picture: Picture;
  readonly sequence: ChosenSequence;
  readonly onChoice: (choice: SequenceChoice) => void;
  readonly places: readonly SetErrors[];
  readonly firstHead: number;
  readonly isSeen: boolean;
}) {
  const { client, view, picture, sequence, onChoice, places, firstHead, isSeen } = props;
  const { config } = picture;
  const text = view.edit;
  const choice = parseEdit(text.value, config);
  const { before, after } = useEdited(client, picture, choice, sequence.shown, sequence.sets, isSeen);
  const isOn = isEdited(choice);
  // While a newer one is on its way the last one stays, so that nothing jumps.
  const shown = isOn ? after.value : undefined;
  return (
    <SequencePanel
      config={shown?.selection.config ?? config}
      {...{ sequence, onChoice, firstHead }}
      followed={view.followed}
      reading={shown?.reading ?? picture.reading}
      error={sequence.problem ?? (isOn ? after.error : undefined) ?? picture.readingError}
      places={shown === undefined ? places : shown.sets.map(({ set, places: errors }) => ({ set, errors }))}
    >
      <EditSwitches
        {...{ config, choice }}
        pair={picture.pair}
        before={before.value}
        after={shown?.sets}
        busy={isOn && (after.busy || before.busy)}
        onChange={(next: EditChoice) => {
          text.value = editText(next);
        }}
      />
    </SequencePanel>
  );
}
