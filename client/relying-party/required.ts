/**
 * For callers without types: a missing expectation must not mean that anything is accepted.
 * @throws TypeError if one of them is not a non-empty string
 */
export function requireGiven(expected: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(expected))
    if (typeof value !== "string" || value === "")
      throw new TypeError(`${name} is required: without it, any value would be accepted.`);
}
