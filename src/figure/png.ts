import { setImmediate } from 'node:timers/promises';
import type { Figure } from './dynamics.js';
import type { Mark } from './marks.js';
import { PngEncoder } from './png/encode.js';
import { blankPanel, type PanelPixels, paintPanel } from './png/panel-pixels.js';

/**
 * Draws figures as PNG. A panel that several figures share (the same array of marks) is painted once: the 800 panels of
 * the notebook's 160 figures are 265.
 */
export class PngRenderer {
  private readonly encoder = new PngEncoder();
  private readonly painted = new WeakMap<readonly Mark[], PanelPixels>();
  private readonly paint: typeof paintPanel;

  /** @param paint draws a panel that is new */
  constructor(paint: typeof paintPanel = paintPanel) {
    this.paint = paint;
  }

  /** The figure as the bytes of a PNG file. */
  async render({ width, height, panels }: Figure): Promise<Uint8Array> {
    const row: PanelPixels[] = [];
    let x = 0;
    for (const panel of panels) {
      if (panel.x > x) row.push(blankPanel(panel.x - x, height));
      row.push(await this.panel(panel.marks, panel.width, height));
      x = panel.x + panel.width;
    }
    if (x < width) row.push(blankPanel(width - x, height));
    return this.encoder.encode(row);
  }

  private async panel(marks: readonly Mark[], width: number, height: number): Promise<PanelPixels> {
    const known = this.painted.get(marks);
    if (known !== undefined) return known;
    const pixels = this.paint(marks, width, height);
    this.painted.set(marks, pixels);
    // Node gives back what resvg allocated outside of its heap, 8 MB a panel, only between turns of the event loop.
    await setImmediate();
    return pixels;
  }
}

let renderer: PngRenderer | undefined;

/** The figure as the bytes of a PNG file, drawn by one renderer that all calls share. */
export function renderPng(figure: Figure): Promise<Uint8Array> {
  renderer ??= new PngRenderer();
  return renderer.render(figure);
}
