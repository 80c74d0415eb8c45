import { escaped } from './picture.js';

/** What charts draw with: the part of a canvas that they use. */
export type Ink = Pick<
  CanvasRenderingContext2D,
  | 'arc'
  | 'beginPath'
  | 'clearRect'
  | 'clip'
  | 'fill'
  | 'fillRect'
  | 'fillStyle'
  | 'fillText'
  | 'font'
  | 'globalAlpha'
  | 'lineCap'
  | 'lineJoin'
  | 'lineTo'
  | 'lineWidth'
  | 'measureText'
  | 'moveTo'
  | 'rect'
  | 'restore'
  | 'save'
  | 'setLineDash'
  | 'stroke'
  | 'strokeStyle'
  | 'textAlign'
  | 'textBaseline'
>;

const anchors: Partial<Record<CanvasTextAlign, string>> = { center: 'middle', right: 'end', end: 'end' };

/** Parts of the letters' height by which a baseline lies below what a canvas calls so. */
const drops: Partial<Record<CanvasTextBaseline, number>> = { middle: 0.35, top: 0.8 };

let clips = 0;

/**
 * Writes as SVG what is drawn on it as on a canvas, so that a chart's file is what was seen. It knows what charts use: whole
 * circles alone of all arcs, one clip at a time.
 */
export class SvgInk implements Ink {
  fillStyle: CanvasRenderingContext2D['fillStyle'] = '#000';
  strokeStyle: CanvasRenderingContext2D['strokeStyle'] = '#000';
  lineWidth = 1;
  lineJoin: CanvasLineJoin = 'miter';
  lineCap: CanvasLineCap = 'butt';
  globalAlpha = 1;
  font = '12px sans-serif';
  textAlign: CanvasTextAlign = 'start';
  textBaseline: CanvasTextBaseline = 'alphabetic';
  private dash: number[] = [];
  private path = '';
  private body = '';
  /** Of each `save`, whether a group is to be closed with it. */
  private readonly saved: { clipped: boolean }[] = [];
  private readonly measure = new OffscreenCanvas(1, 1).getContext('2d')!;

  /** The marks drawn so far. */
  get marks(): string {
    return this.body;
  }

  clearRect(): void {
    this.body = '';
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.body += `<rect x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}"${this.paint('fill')}/>`;
  }

  beginPath(): void {
    this.path = '';
  }

  moveTo(x: number, y: number): void {
    this.path += `M${short(x)} ${short(y)}`;
  }

  lineTo(x: number, y: number): void {
    this.path += `${this.path === '' ? 'M' : 'L'}${short(x)} ${short(y)}`;
  }

  arc(x: number, y: number, radius: number): void {
    const r = short(radius);
    this.path += `M${short(x - radius)} ${short(y)}a${r} ${r} 0 1 0 ${short(2 * radius)} 0a${r} ${r} 0 1 0 ${short(-2 * radius)} 0`;
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.path += `M${short(x)} ${short(y)}h${short(width)}v${short(height)}h${short(-width)}Z`;
  }

  fill(): void {
    this.body += `<path d="${this.path}"${this.paint('fill')}/>`;
  }

  stroke(): void {
    const dash = this.dash.length === 0 ? '' : ` stroke-dasharray="${this.dash.join(' ')}"`;
    const ends = this.lineCap === 'butt' ? '' : ` stroke-linecap="${this.lineCap}"`;
    const joins = this.lineJoin === 'miter' ? '' : ` stroke-linejoin="${this.lineJoin}"`;
    this.body += `<path d="${this.path}" fill="none"${this.paint('stroke')} stroke-width="${this.lineWidth}"${dash}${ends}${joins}/>`;
  }

  fillText(text: string, x: number, y: number): void {
    const [, weight, size] = /^(?:(\d{3}|bold)\s+)?([\d.]+)px/.exec(this.font) ?? [];
    const lower = y + (drops[this.textBaseline] ?? 0) * Number(size ?? 12);
    const anchor = anchors[this.textAlign];
    this.body += `<text x="${short(x)}" y="${short(lower)}" font-size="${size ?? 12}"${weight === undefined ? '' : ` font-weight="${weight}"`}${anchor === undefined ? '' : ` text-anchor="${anchor}"`}${this.paint('fill')}>${escaped(text)}</text>`;
  }

  measureText(text: string): TextMetrics {
    this.measure.font = this.font;
    return this.measure.measureText(text);
  }

  setLineDash(dash: number[]): void {
    this.dash = [...dash];
  }

  save(): void {
    this.saved.push({ clipped: false });
  }

  clip(): void {
    // Several charts may stand in one page or one file.
    const id = `clip-${++clips}`;
    this.body += `<clipPath id="${id}"><path d="${this.path}"/></clipPath><g clip-path="url(#${id})">`;
    const last = this.saved.at(-1);
    if (last !== undefined) last.clipped = true;
  }

  restore(): void {
    if (this.saved.pop()?.clipped) this.body += '</g>';
    this.lineJoin = 'miter';
    this.lineCap = 'butt';
  }

  private paint(kind: 'fill' | 'stroke'): string {
    const colour = String(kind === 'fill' ? this.fillStyle : this.strokeStyle);
    const alpha = this.globalAlpha === 1 ? '' : ` ${kind}-opacity="${this.globalAlpha}"`;
    return ` ${kind}="${escaped(colour)}"${alpha}`;
  }
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}
