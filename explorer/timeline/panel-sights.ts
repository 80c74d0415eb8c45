import type { ChartSight } from '../save/chart-picture.js';

/** How to look at the chart of each panel that is on the page, by the panel's element. */
export const sightsOfPanels = new WeakMap<Element, () => ChartSight>();

/** The charts of the panels below an element, as they are seen now and in the order of the page. */
export function lookAtPanels(root: ParentNode): ChartSight[] {
  return [...root.querySelectorAll('[data-panel]')].flatMap((panel) => sightsOfPanels.get(panel)?.() ?? []);
}
