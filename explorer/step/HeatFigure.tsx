import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatValue } from '../chart/format.js';
import { everyTick, mapPicture } from '../save/map-picture.js';
import { SaveMenu } from '../save/SaveMenu.js';
import { dark } from '../state/theme.js';
import { gradient } from './colour-map.js';
import { type Cell, Heat, type HeatData } from './Heat.js';
import { HeatAxes } from './HeatAxes.js';
import { scaleEnd } from './numbers.js';

/** A heat map with its title, equation, sentence, scale, and what the pointer is on; a click enlarges it. */
export function HeatFigure(props: {
  readonly title: string;
  readonly formula?: ComponentChildren;
  readonly note?: ComponentChildren;
  readonly data: HeatData;
  readonly summary: string;
  /** The entry in words, without its value. */
  readonly describe: (cell: Cell) => string;
  readonly rowName: string;
  readonly colName: string;
  /** What it is called in its file, where the title alone says too little. */
  readonly saved?: string;
}) {
  const { title, formula, note, data, summary, describe, rowName, colName, saved = title } = props;
  const picture = useMemo(
    () => heatPicture(saved, data, rowName, colName),
    [saved, data.values, data.low, data.high, rowName, colName],
  );
  const [cell, setCell] = useState<Cell | null>(null);
  const [open, setOpen] = useState(false);
  const close = () => {
    setOpen(false);
    setCell(null);
  };
  return (
    <figure class="heat-figure">
      <figcaption>
        <div class="heat-title">
          <h4>{title}</h4>
          <SaveMenu picture={picture} />
        </div>
        {formula === undefined ? null : <div class="formula">{formula}</div>}
      </figcaption>
      <HeatAxes data={data} most={6}>
        <Heat
          data={data}
          summary={summary}
          cell={open ? null : cell}
          onCell={setCell}
          onOpen={() => setOpen(true)}
        />
      </HeatAxes>
      <Readout cell={cell} data={data} describe={describe} rest={<HeatScale data={data} />} />
      {note === undefined ? null : <p class="note">{note}</p>}
      {open ? (
        <Enlarged title={title} onClose={close}>
          <div class="enlarged-heat">
            <span class="axis-name column">{colName} →</span>
            <span class="axis-name row">{rowName} →</span>
            <HeatAxes data={data} most={16}>
              <Heat data={data} summary={summary} cell={cell} onCell={setCell} onOpen={close} />
            </HeatAxes>
          </div>
          <div class="enlarged-foot">
            <HeatScale data={data} />
            <Readout
              cell={cell}
              data={data}
              describe={describe}
              rest={<span class="quiet">Point at an entry, or move with the arrow keys.</span>}
            />
          </div>
        </Enlarged>
      ) : null}
    </figure>
  );
}

/** A matrix as files: every entry with its row and column. */
export function heatPicture(title: string, data: HeatData, rowName: string, colName: string) {
  const { rows, cols, values, palette, low, high } = data;
  return mapPicture(title, () => ({
    ...{ title, rows, cols, values, palette, low, high, rowName, colName },
    rowTicks: everyTick(rows, 14),
    colTicks: everyTick(cols, 14),
    table: () => ({
      header: [rowName, colName, 'value'],
      rows: Array.from(values, (value, at) => [Math.floor(at / cols), at % cols, value]),
    }),
  }));
}

function Readout(props: {
  readonly cell: Cell | null;
  readonly data: HeatData;
  readonly describe: (cell: Cell) => string;
  readonly rest: ComponentChildren;
}) {
  const { cell, data, describe, rest } = props;
  return (
    <div class="said" aria-live="polite">
      {cell === null || cell.row >= data.rows || cell.col >= data.cols ? (
        rest
      ) : (
        <>
          {describe(cell)} <strong>{formatValue(data.values[cell.row * data.cols + cell.col])}</strong>
        </>
      )}
    </div>
  );
}

/** The colours with the values at their ends. */
export function HeatScale({ data }: { data: Pick<HeatData, 'low' | 'high' | 'palette' | 'beyond'> }) {
  const { low, high, palette, beyond } = data;
  return (
    <span class="scale">
      {beyond ? '≤ ' : ''}
      {scaleEnd(low)}
      <span class="scale-bar" style={{ background: gradient(palette, dark.value) }} />
      {beyond ? '≥ ' : ''}
      {scaleEnd(high)}
    </span>
  );
}

/** A dialog over the page. */
export function Enlarged(props: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="enlarged"
      aria-label={props.title}
      onClose={props.onClose}
      onKeyDown={(event) => event.stopPropagation()}
      // A click beside the content closes; the content fills the dialog itself.
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <div class="enlarged-content">
        <header>
          <h4>{props.title}</h4>
          <button type="button" class="plain" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </header>
        {props.children}
      </div>
    </dialog>
  );
}
