import axeCore from 'axe-core';
import type { Page } from 'playwright-core';

interface Axe {
  run(within: string): Promise<{ violations: { impact: string; id: string; nodes: { html: string }[] }[] }>;
}

/**
 * What keeps readers with a disability from using a page as it is now, by axe; a page with a policy needs `bypassCSP` for it.
 * @param within the part that is looked at
 */
export async function seriousFaults(page: Page, within = 'html'): Promise<string[]> {
  await page.evaluate(axeCore.source);
  return page.evaluate(async (part) => {
    const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run(part);
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
  }, within);
}
