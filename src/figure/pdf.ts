import { withPackages } from '../files/optional-packages.js';
import type { Figure } from './dynamics.js';
import { fontFiles } from './fonts.js';
import { indexedPng } from './indexed-png.js';
import { inks } from './ink.js';
import type { Mark, RulesMark, TextMark } from './marks.js';
import { areaPath, curvePath } from './svg.js';

/** Points of PDF, 72 an inch, in a pixel of figures, 200 an inch. */
const scale = 72 / 200;

/** The date that files carry: equal figures are equal files. */
const noDate = new Date(0);

/**
 * The figure as the bytes of a PDF file of one page: vectors, and text in embedded subsets of the typeface.
 * @throws InputError where pdfkit is not installed
 */
export async function renderPdf({ title, width, height, panels }: Figure): Promise<Uint8Array> {
  const { default: PDFDocument } = await withPackages('PDF', ['pdfkit'], () => import('pdfkit'));
  const document = new PDFDocument({
    size: [width * scale, height * scale],
    margin: 0,
    info: { Title: title, Producer: 'bridgescope', Creator: 'bridgescope', CreationDate: noDate },
  });
  const bytes = collect(document);
  document.registerFont('regular', fontFiles.regular);
  document.registerFont('bold', fontFiles.bold);
  document.scale(scale);
  for (const { x, marks } of panels) {
    document.save().translate(x, 0);
    for (const mark of marks) drawMark(document, mark);
    document.restore();
  }
  document.end();
  return bytes;
}

function collect(document: PDFKit.PDFDocument): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const parts: Uint8Array[] = [];
    document.on('data', (part: Uint8Array) => parts.push(part));
    document.on('end', () => resolve(Buffer.concat(parts)));
    document.on('error', reject);
  });
}

function drawMark(document: PDFKit.PDFDocument, mark: Mark): void {
  if (mark.kind === 'text') {
    drawText(document, mark);
    return;
  }
  if (mark.kind === 'image') {
    const { x, y, width, height } = mark.box;
    document.image(Buffer.from(indexedPng(mark)), x, y, { width, height });
    return;
  }
  const colour = inks[mark.ink];
  switch (mark.kind) {
    case 'box': {
      const { x, y, width, height } = mark.box;
      document.rect(x, y, width, height);
      if (mark.edge === undefined) document.fill(colour);
      else document.lineWidth(mark.edge).lineCap('butt').lineJoin('miter').undash().stroke(colour);
      return;
    }
    case 'rules':
      drawRules(document, mark);
      return;
    case 'curve': {
      const path = curvePath(mark.points);
      if (path === '') return;
      document.path(path).lineWidth(mark.width).lineCap('round').lineJoin('round').undash().stroke(colour);
      return;
    }
    case 'area':
      document.path(areaPath(mark)).fill(colour);
      return;
    case 'dots': {
      const { x, y } = mark.points;
      for (let at = 0; at < x.length; at++) {
        if (!Number.isNaN(y[at])) document.circle(x[at]!, y[at]!, mark.diameter / 2);
      }
      document.fill(colour);
      return;
    }
  }
}

function drawRules(document: PDFKit.PDFDocument, { lines, ink, width, dashes }: RulesMark): void {
  if (lines.length === 0) return;
  for (const [x0, y0, x1, y1] of lines) document.moveTo(x0, y0).lineTo(x1, y1);
  document.lineWidth(width).lineCap('butt');
  if (dashes === undefined) document.undash();
  else document.dash(dashes[0], { space: dashes[1] });
  document.stroke(inks[ink]);
}

function drawText(
  document: PDFKit.PDFDocument,
  { content, x, y, size, bold, anchor, ink = 'text' }: TextMark,
): void {
  document.font(bold ? 'bold' : 'regular', size).fillColor(inks[ink]);
  const width = document.widthOfString(content);
  const left = x - (anchor === 'middle' ? width / 2 : anchor === 'end' ? width : 0);
  document.text(content, left, y, { lineBreak: false, baseline: 'alphabetic' });
}
