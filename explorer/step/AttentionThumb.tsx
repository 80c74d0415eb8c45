import { useEffect, useRef } from 'preact/hooks';
import { dark } from '../state/theme.js';
import { colourMap, paint } from './colour-map.js';
import type { HeatData } from './Heat.js';

/** A small map of one of many heads; a click shows it large. */
export function AttentionThumb(props: {
  readonly data: HeatData;
  readonly name: string;
  readonly said: string;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}) {
  const { data, name, said, isChosen, onChoose } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const isDark = dark.value;
  useEffect(() => {
    const { rows, cols, low, high, values, palette } = data;
    paint(canvas.current!, values, { rows, cols, low, high, colours: colourMap(palette, isDark) });
  }, [data, isDark]);
  return (
    <button type="button" class="thumb" aria-pressed={isChosen} title={said} onClick={onChoose}>
      <canvas ref={canvas} />
      <span>{name}</span>
    </button>
  );
}
