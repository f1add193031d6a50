/** A ceremony that was not started. The message has the reason and no secret. */
export class CeremonyRefused extends Error {
  override name = "CeremonyRefused";
}
