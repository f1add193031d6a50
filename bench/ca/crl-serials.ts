/** The n-th revoked serial: 20 octets, like the CA's own. `addRevocations` creates the same in SQL. */
export const serialOf = (n: number): string => `5a${n.toString(16).padStart(38, "0")}`;

export function* serials(count: number): Generator<string> {
  for (let n = 0; n < count; n += 1) yield serialOf(n);
}
