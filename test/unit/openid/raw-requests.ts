import type { IssuerName } from "../../../protocol/issuer.ts";
import type { PartyCaller } from "./party-caller.ts";

/** An answer as it is, and its error, wherever it is told. */
export interface RawAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** The body, if it is JSON. */
  body: Record<string, unknown>;
  /** Where the browser is sent to. */
  to: URL | undefined;
  error: string | undefined;
  description: string | undefined;
}

export const redirectUri = "https://rp.example/cb";
const challenge = {
  code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
  code_challenge_method: "S256",
};

type Form = Record<string, string | undefined>;
export interface RawOptions {
  method?: string;
  headers?: Record<string, string>;
  /** Without a proof of its own, and without an assertion. */
  bare?: boolean;
}

/** Requests of a party's program by hand, right but for what `wrong` says: `undefined` leaves a parameter out. */
export class RawRequests {
  readonly #url: string;
  readonly #caller: PartyCaller;
  readonly #issuer: IssuerName;

  constructor(url: string, caller: PartyCaller, issuer: IssuerName) {
    this.#url = `${url}/${issuer}`;
    this.#caller = caller;
    this.#issuer = issuer;
  }

  authorization(wrong: Form = {}): Form {
    return {
      client_id: this.#caller.clientId,
      response_type: "code",
      redirect_uri: redirectUri,
      scope: "openid",
      state: "s",
      nonce: "n",
      ...challenge,
      ...wrong,
    };
  }

  /** The browser's request; at `openid` only what need not be pushed can be reached this way. */
  auth(wrong: Form = {}, { headers = {} }: RawOptions = {}): Promise<RawAnswer> {
    const query = new URLSearchParams(present(this.authorization(wrong))).toString();
    return answerTo(`${this.#url}/auth?${query}`, { headers });
  }

  /** A pushed request. */
  push(wrong: Form = {}, options: RawOptions = {}): Promise<RawAnswer> {
    return this.post("request", this.authorization(wrong), options);
  }

  async token(wrong: Form = {}, options: RawOptions = {}): Promise<RawAnswer> {
    const code = {
      grant_type: "authorization_code",
      code: "never-issued",
      redirect_uri: redirectUri,
      code_verifier: "v".repeat(43),
    };
    return this.post("token", { ...code, ...wrong }, options);
  }

  backchannel(wrong: Form = {}, options: RawOptions = {}): Promise<RawAnswer> {
    const form = { scope: "openid", login_hint_token: "nobody", binding_message: "Pay 10" };
    return this.post("backchannel", { ...form, ...wrong }, options);
  }

  async post(
    path: string,
    form: Form,
    { method = "POST", headers, bare }: RawOptions = {},
  ): Promise<RawAnswer> {
    const address = `${this.#url}/${path}`;
    const proven = bare ? {} : await this.#proven(address, form);
    return answerTo(address, {
      method,
      headers: { ...proven.headers, ...headers },
      ...(method === "GET" ? {} : { body: new URLSearchParams(present({ ...proven.form, ...form })) }),
    });
  }

  async #proven(address: string, form: Form): Promise<{ headers?: Record<string, string>; form?: Form }> {
    const claims = { aud: this.#url };
    return {
      headers: this.#issuer === "openid" ? { dpop: await this.#caller.proof("POST", address, "") } : {},
      form: {
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: form["client_assertion"] ?? (await this.#caller.assertion({ claims })),
      },
    };
  }

  me(headers: Record<string, string> = {}): Promise<RawAnswer> {
    return answerTo(`${this.#url}/me`, { headers });
  }

  get(path: string, options: RequestInit = {}): Promise<RawAnswer> {
    return answerTo(`${this.#url}${path}`, options);
  }
}

const present = (form: Form): Record<string, string> =>
  Object.fromEntries(Object.entries(form).filter((each): each is [string, string] => each[1] !== undefined));

async function answerTo(address: string, options: RequestInit): Promise<RawAnswer> {
  const response = await fetch(address, { redirect: "manual", ...options });
  const { status, headers } = response;
  const text = await response.text();
  const body = headers.get("content-type")?.includes("json")
    ? (JSON.parse(text) as Record<string, unknown>)
    : {};
  const location = headers.get("location");
  const to = location === null ? undefined : new URL(location, address);
  // The implicit flow's answers are in the fragment.
  const inUrl = to && new URLSearchParams(to.search === "" ? to.hash.slice(1) : to.search);
  const told = inUrl ?? new Map(Object.entries(body).map(([name, value]) => [name, String(value)]));
  return {
    status,
    headers,
    text,
    body,
    to,
    error: told.get("error") ?? undefined,
    description: told.get("error_description") ?? undefined,
  };
}
