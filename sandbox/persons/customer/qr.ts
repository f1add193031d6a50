import { encode } from "uqr";

/** A code for a page: modules as the `d` of one SVG path in a square of `size`. */
export interface QrCode {
  size: number;
  path: string;
}

export function qrOf(text: string): QrCode {
  const { size, data } = encode(text, { border: 2 });
  const path = data
    .flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
    .join("");
  return { size, path };
}
