import { randomBytes } from "node:crypto";

const sessionMs = 15 * 60_000;
const most = 10_000;

/** An unguessable secret. */
export const newToken = (): string => randomBytes(32).toString("base64url");

/** Sessions by the browser's secret. Kept in memory: after a restart customers log in again. */
export class Sessions {
  readonly #open = new Map<string, { subject: string; endsAt: number }>();

  /** Starts one with a new secret; the browser's earlier one becomes invalid. */
  begin(subject: string): string {
    for (const [token, { endsAt }] of this.#open)
      if (endsAt < Date.now() || this.#open.size >= most) this.#open.delete(token);
    const token = newToken();
    this.#open.set(token, { subject, endsAt: Date.now() + sessionMs });
    return token;
  }

  /** The session's customer; using it extends it. */
  find(token: string): string | undefined {
    const session = this.#open.get(token);
    if (!session || session.endsAt < Date.now()) return undefined;
    session.endsAt = Date.now() + sessionMs;
    return session.subject;
  }

  end(token: string): void {
    this.#open.delete(token);
  }
}
