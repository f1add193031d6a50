import { createHash } from "node:crypto";
import { type SeenRequest } from "./curl.ts";
import { claimsOf } from "./shorten.ts";

const mostRemembered = 1_000;

/** A map that forgets its oldest entries. */
class Remembered {
  readonly #entries = new Map<string, string>();

  set(key: string, value: string): void {
    this.#entries.set(key, value);
    if (this.#entries.size > mostRemembered) {
      const oldest = this.#entries.keys().next();
      if (!oldest.done) this.#entries.delete(oldest.value);
    }
  }

  get = (key: string): string | undefined => this.#entries.get(key);
}

const digestOf = (token: string): string => createHash("sha256").update(token).digest("base64url");
const interaction = /^\/(?:openid|oidc)\/(?:auth|login)\/([^/?]+)/;

/** Which client a request is of: by its assertion, its parameters, or a token or a login that it was given before. */
export class Callers {
  readonly #byToken = new Remembered();
  readonly #byLogin = new Remembered();

  clientOf({ url, headers, body }: SeenRequest): string | undefined {
    const form = new URLSearchParams(body);
    const named = url.searchParams.get("client_id") ?? form.get("client_id");
    if (named !== null) return named;
    const asserted = claimsOf(form.get("client_assertion"))?.["sub"];
    if (typeof asserted === "string") return asserted;
    const login = interaction.exec(url.pathname)?.[1];
    if (login !== undefined) return this.#byLogin.get(login);
    const token = /^(?:DPoP|Bearer) (.+)$/i.exec(String(headers["authorization"] ?? ""))?.[1];
    return token === undefined ? undefined : this.#byToken.get(digestOf(token));
  }

  /** Remembers what a client was given: a token, or the address of a login. */
  remember(client: string, answer: { location: string | undefined; body: unknown }): void {
    const login = interaction.exec(new URL(answer.location ?? "/", "http://gateway").pathname)?.[1];
    if (login !== undefined) this.#byLogin.set(login, client);
    const token = (answer.body as { access_token?: unknown } | null | undefined)?.access_token;
    if (typeof token === "string") this.#byToken.set(digestOf(token), client);
  }
}
