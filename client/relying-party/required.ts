/**
 * For callers without types: an expectation that is missing must not mean that anything is accepted.
 * @throws TypeError where one of them is no text, or empty
 */
export function requireGiven(expected: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(expected))
    if (typeof value !== "string" || value === "")
      throw new TypeError(`Give ${name}: without it, what is another's would be accepted.`);
}
