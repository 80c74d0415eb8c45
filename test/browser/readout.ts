import type { Page } from 'playwright-core';

/** The cells of the table of values by column, for one run. */
export async function readout(page: Page, setting: string): Promise<Record<string, string>> {
  return page.evaluate((name) => {
    const heads = [...document.querySelectorAll('.readout thead th')].map((cell) => cell.textContent ?? '');
    const row = [...document.querySelectorAll('.readout tbody tr')].find(
      (candidate) => candidate.querySelector('th')?.textContent === name,
    );
    const cells = [...(row?.querySelectorAll('td') ?? [])].map((cell) => cell.textContent ?? '');
    return { step: heads[0] ?? '', ...Object.fromEntries(cells.map((text, at) => [heads[at + 1]!, text])) };
  }, setting);
}

/** What a panel's main canvas holds: for each column of pixels, the middle of its pixels of one colour, or null. */
export async function tracedLine(page: Page, panel: string, token: string): Promise<(number | null)[]> {
  return page.evaluate(
    ([id, name]) => {
      const canvas = document.querySelector<HTMLCanvasElement>(`[data-panel=${id}] canvas`)!;
      const ink = canvas.getContext('2d')!;
      const style = getComputedStyle(document.documentElement);
      const colour = style.getPropertyValue(`--${name}`).trim();
      const wanted = [1, 3, 5].map((from) => Number.parseInt(colour.slice(from, from + 2), 16));
      const { data, width, height } = ink.getImageData(0, 0, canvas.width, canvas.height);
      // Below the axis are its names.
      const bottom = height - 25;
      return Array.from({ length: width }, (_, x) => {
        let sum = 0;
        let count = 0;
        for (let y = 0; y < bottom; y++) {
          const at = 4 * (y * width + x);
          const isInk = wanted.every((channel, c) => Math.abs(data[at + c]! - channel) < 12);
          if (isInk && data[at + 3]! > 200) {
            sum += y;
            count++;
          }
        }
        return count === 0 ? null : sum / count;
      });
    },
    [panel, token] as const,
  );
}
