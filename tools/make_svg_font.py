#!/usr/bin/env python3
"""Writes src/figure/svg-font.ts: the part of DejaVu Sans that figures need, to stand inside SVG files.

Needs fontTools and brotli (Debian: python3-fonttools python3-brotli). Run from the root of the repository after `npm ci`.
"""
import base64
import io

from fontTools import subset

REGULAR = [*range(0x20, 0x7F), *range(0xA0, 0x180), *map(ord, "–—‘’“”…←→−×·θ∞≤≥ΔΣαβγλμπρστ�")]
BOLD = [*range(0x20, 0x7F), *range(0xA0, 0x100), *map(ord, "–—…−×·θ")]


def cut(name: str, characters: list[int]) -> str:
    options = subset.Options(flavor="woff2", hinting=False, desubroutinize=True, layout_features=[], name_IDs=[0, 1, 2])
    options.drop_tables += ["FFTM", "GDEF", "GPOS", "GSUB", "kern"]
    font = subset.load_font(f"node_modules/dejavu-fonts-ttf/ttf/{name}.ttf", options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    out = io.BytesIO()
    subset.save_font(font, out, options)
    return base64.b64encode(out.getvalue()).decode()


with open("src/figure/svg-font.ts", "w", encoding="utf-8") as file:
    file.write(f"""// Made by tools/make_svg_font.py from dejavu-fonts-ttf (Bitstream Vera licence); do not edit.

/** DejaVu Sans, Latin letters and the signs of figures, as WOFF2 in base64. */
export const regularFont =
  '{cut("DejaVuSans", REGULAR)}';

/** DejaVu Sans Bold, the same. */
export const boldFont =
  '{cut("DejaVuSans-Bold", BOLD)}';
""")
