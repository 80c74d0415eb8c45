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
