/** A ceremony that was not begun. The message says why, and holds no secret. */
export class CeremonyRefused extends Error {
  override name = "CeremonyRefused";
}
