/** Something on the page that can be taken along as it is seen. */
export interface Picture {
  /** What it is called in its file's name, and above it. */
  readonly title: string;
  /** A whole SVG document. */
  svg(): string;
  /** The numbers that are seen, with a header line. */
  csv(): string;
}

/** Pixels of a PNG to one of the page: enough for print. */
const density = 3;

/**
 * Paints an SVG as a PNG, three pixels to one of the page.
 * @throws Error when the browser cannot draw it
 */
export async function paintPng(svg: string): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = () => reject(new Error('the browser could not draw the picture; take the SVG'));
      image.src = url;
    });
    const { width, height, factor } = sizeOf(svg);
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(width * factor);
    canvas.height = Math.round(height * factor);
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
    const png = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (png === null) throw new Error('the browser could not make a PNG; take the SVG');
    return png;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** A published figure is as many pixels large as its viewBox says; what is drawn for the page says its size in pixels of the page. */
function sizeOf(svg: string): { width: number; height: number; factor: number } {
  const root = /<svg[^>]*>/.exec(svg)![0];
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(root)!;
  return { width: Number(width), height: Number(height), factor: root.includes('data-page') ? density : 1 };
}

/** A title as the name of a file: words with `_` between them. */
export function fileStem(title: string): string {
  const words = title.normalize('NFKD').match(/[\p{L}\p{N}.]+/gu) ?? [];
  return words.join('_').slice(0, 80) || 'figure';
}

/** Room around what is saved. */
export const edge = 12;

/** A document around marks, with an edge. Sizes are those of the marks, in CSS pixels. */
export function svgDocument(options: {
  readonly width: number;
  readonly height: number;
  readonly background: string;
  readonly font: string;
  readonly marks: string;
}): string {
  const { background, font, marks } = options;
  const width = options.width + 2 * edge;
  const height = options.height + 2 * edge;
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" data-page="" ${size} font-family="${escaped(font)}"><rect width="${width}" height="${height}" fill="${background}"/><g transform="translate(${edge} ${edge})">${marks}</g></svg>\n`;
}

/** Text as it stands in XML, in attributes too. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
