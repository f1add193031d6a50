/** A value from a request inside an error text: only what cannot hold a secret, personal data or markup, and short. */
export function shown(value: unknown): string {
  if (value === undefined) return "absent";
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return `[${value.slice(0, 3).map(shown).join(", ")}]`;
  if (typeof value !== "string" || value.length > 200) return "unreadable";
  if (/^https?:\/\//.test(value) && URL.canParse(value)) {
    const { origin, pathname } = new URL(value);
    return `${origin}${pathname === "/" && !value.endsWith("/") ? "" : pathname}`;
  }
  return /^[\w.:/+-]+$/.test(value) ? value : "unreadable";
}

/** The characters that RFC 6749 §5.2 allows in an `error_description`, at most 400 of them. */
export const asDescription = (text: string): string =>
  text
    .slice(0, 400)
    .replace(/["\\]/g, "'")
    .replace(/[^\x20-\x7e]/g, "?");
