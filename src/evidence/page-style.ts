import { darkFigureRules } from '../figure/dark-inks.js';

/** The look of the evidence page: one column, large type, light and dark as the reader's system has it. */
export const pageStyle = `
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1a1a1a; --soft: #5c5c5c; --line: #e0e0e0; --card: #f7f8f9;
  --held: #00664a; --held-back: #ddf1e9; --failed: #a23a00; --failed-back: #fbe6da; --open: #575757; --open-back: #ececec; --blue: #0072b2; --allowed: #cfe5f3; }
@media (prefers-color-scheme: dark) { :root { --paper: #15171a; --ink: #e8e8e8; --soft: #a8adb3; --line: #33383e; --card: #1d2024;
  --held: #5fd6ae; --held-back: #123a2f; --failed: #ffab7d; --failed-back: #48230f; --open: #c0c0c0; --open-back: #34383d; --blue: #56b4e9; --allowed: #1d4258; }
${darkFigureRules('.figure svg')} }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 48px 24px 96px; max-width: 1140px; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, "DejaVu Sans", Verdana, sans-serif; font-variant-numeric: tabular-nums; }
h1 { margin: 0 0 8px; font-size: 32px; line-height: 1.2; } h2 { margin: 56px 0 16px; font-size: 22px; }
p { margin: 0 0 16px; max-width: 46em; } .soft, figcaption, small { color: var(--soft); }
.counts { display: flex; flex-wrap: wrap; gap: 12px; margin: 24px 0; padding: 0; list-style: none; }
.badge { display: inline-block; padding: 2px 10px; border-radius: 999px; font-weight: 600; font-size: 14px; white-space: nowrap; }
.held { color: var(--held); background: var(--held-back); } .failed { color: var(--failed); background: var(--failed-back); }
.open { color: var(--open); background: var(--open-back); }
.claims { margin: 0; padding: 0; list-style: none; }
.claim { display: grid; grid-template-columns: 1fr 244px; gap: 8px 32px; padding: 20px 0; border-top: 1px solid var(--line); }
.claim h3 { margin: 0 0 6px; font-size: 17px; line-height: 1.4; } .claim p { margin: 0 0 4px; font-size: 14px; }
.claim aside { text-align: right; } .claim .number { font-size: 22px; font-weight: 600; line-height: 1.3; }
.strip { display: block; margin: 8px 0 4px auto; max-width: 100%; } .track { fill: var(--line); } .allowed { fill: var(--allowed); }
.interval { stroke: var(--ink); stroke-width: 3; stroke-linecap: round; } .value { fill: var(--blue); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 40px 32px; }
.figure { margin: 0; } .figure svg { display: block; width: 100%; height: auto; } figcaption { margin-top: 8px; font-size: 14px; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th { font-weight: 600; vertical-align: bottom; white-space: normal; } th:first-child, td:first-child { text-align: left; overflow-wrap: anywhere; white-space: normal; min-width: 12em; }
@media (max-width: 720px) { .claim { grid-template-columns: 1fr; } .claim aside { text-align: left; } .strip { margin-left: 0; } }
@media print { body { padding: 0; max-width: none; } .claim, .figure { break-inside: avoid; } }
`;
