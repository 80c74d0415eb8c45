import type { Page } from 'playwright-core';

/** Words that a chart draws. */
export interface DrawnText {
  readonly text: string;
  readonly y: number;
  readonly align: string;
}

/** All words of a panel's chart, at their heights: the theme is changed for a moment, which draws everything again. */
export function drawnText(page: Page, panel: string): Promise<DrawnText[]> {
  return page.evaluate(async (id) => {
    const found: DrawnText[] = [];
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
      if (this.canvas.closest<HTMLElement>('[data-panel]')?.dataset['panel'] === id)
        found.push({ text: text.replaceAll('\u202f', ' '), y, align: this.textAlign });
      fillText.call(this, text, x, y);
    };
    const change = () => dispatchEvent(new KeyboardEvent('keydown', { key: 'd', bubbles: true }));
    change();
    CanvasRenderingContext2D.prototype.fillText = fillText;
    change();
    return found;
  }, panel);
}

/** A line that a chart strokes. */
export interface DrawnLine {
  readonly colour: string;
  readonly width: number;
  readonly dashed: boolean;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** The curves that a panel's chart draws, each with what it is drawn in. */
export function drawnLines(page: Page, panel: string): Promise<DrawnLine[]> {
  return page.evaluate((id) => {
    const found: DrawnLine[] = [];
    const context = CanvasRenderingContext2D.prototype;
    const { moveTo, lineTo, stroke, beginPath } = context;
    let points: [number, number][] = [];
    context.beginPath = function () {
      points = [];
      beginPath.call(this);
    };
    for (const [name, draw] of [
      ['moveTo', moveTo],
      ['lineTo', lineTo],
    ] as const) {
      context[name] = function (x, y) {
        points.push([x, y]);
        draw.call(this, x, y);
      };
    }
    context.stroke = function () {
      const isOwn = this.canvas.closest<HTMLElement>('[data-panel]')?.dataset['panel'] === id;
      // Curves have many points; axes are made of strokes of their own width.
      if (isOwn && points.length > 5 && this.lineWidth > 1)
        found.push({
          colour: String(this.strokeStyle),
          width: this.lineWidth,
          dashed: this.getLineDash().length > 0,
          points,
        });
      (stroke as () => void).call(this);
    };
    const change = () => dispatchEvent(new KeyboardEvent('keydown', { key: 'd', bubbles: true }));
    // There and back: what is kept was drawn in the theme that the page has.
    change();
    found.length = 0;
    change();
    Object.assign(context, { moveTo, lineTo, stroke, beginPath });
    return found;
  }, panel);
}
