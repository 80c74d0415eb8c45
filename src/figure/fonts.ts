import { createRequire } from 'node:module';

const { resolve } = createRequire(import.meta.url);

/** The files of the figures' typeface, as TTF, which pdfkit and the PNG renderer read. */
export const fontFiles = {
  regular: resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
  bold: resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
} as const;
