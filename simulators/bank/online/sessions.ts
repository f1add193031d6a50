import { randomBytes } from "node:crypto";

const sessionMs = 15 * 60_000;
const most = 10_000;

/** A secret that nobody guesses. */
export const newToken = (): string => randomBytes(32).toString("base64url");

/** Who is logged in, by what their browser shows. Kept in memory: whoever comes after a restart logs in anew. */
export class Sessions {
  readonly #open = new Map<string, { subject: string; endsAt: number }>();

  /** Begins one with a secret of its own: what a browser had before is worth nothing. */
  begin(subject: string): string {
    for (const [token, { endsAt }] of this.#open)
      if (endsAt < Date.now() || this.#open.size >= most) this.#open.delete(token);
    const token = newToken();
    this.#open.set(token, { subject, endsAt: Date.now() + sessionMs });
    return token;
  }

  /** Whose it is; used, it lives on. */
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
