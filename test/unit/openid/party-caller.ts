import { createHash, randomUUID } from "node:crypto";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
import * as openid from "openid-client";

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

export interface Keys {
  privateKey: CryptoKey;
  publicKey: CryptoKey;
}

/** A relying party's program: gets its tokens with a library of the field, and makes proofs with faults that a test chooses. */
export class PartyCaller {
  readonly url: string;
  readonly partyId: string;
  readonly clientId: string;
  readonly #key: { kid: string; privateKey: CryptoKey };
  readonly #dpop: Promise<Keys> = generateKeyPair("ES256");
  readonly #tokens = new Map<string, Promise<string>>();

  constructor(of: {
    url: string;
    partyId: string;
    clientId: string;
    key: { kid: string; privateKey: CryptoKey };
  }) {
    this.url = of.url;
    this.partyId = of.partyId;
    this.clientId = of.clientId;
    this.#key = of.key;
  }

  /** The client's own key. */
  get key(): { kid: string; privateKey: CryptoKey } {
    return this.#key;
  }

  /** The party's keys for DPoP. */
  get dpop(): Promise<Keys> {
    return this.#dpop;
  }

  /** What the token endpoint says about itself, and the client's way to prove itself. */
  discover(): Promise<openid.Configuration> {
    const { kid, privateKey: key } = this.#key;
    return openid.discovery(
      new URL(`${this.url}/openid`),
      this.clientId,
      undefined,
      openid.PrivateKeyJwt(kid === undefined ? key : { kid, key }),
      { execute: [openid.allowInsecureRequests] },
    );
  }

  /** An access token with the scopes, bound to {@link dpop}. */
  async token(scope = "ssf attributes"): Promise<string> {
    const got = this.#tokens.get(scope) ?? this.#fetchToken(scope);
    this.#tokens.set(scope, got);
    return got;
  }

  async #fetchToken(scope: string): Promise<string> {
    const configuration = await this.discover();
    const DPoP = openid.getDPoPHandle(configuration, await this.#dpop);
    return (await openid.clientCredentialsGrant(configuration, { scope }, { DPoP })).access_token;
  }

  /** A client assertion (RFC 7523), right but for what `wrong` says. */
  assertion(
    wrong: { clientId?: string; privateKey?: CryptoKey; claims?: Record<string, unknown> } = {},
  ): Promise<string> {
    const { clientId = this.clientId, privateKey = this.#key.privateKey } = wrong;
    const iat = Math.floor(Date.now() / 1_000);
    const right = { jti: randomUUID(), sub: clientId, aud: `${this.url}/openid`, iat, exp: iat + 300 };
    return new SignJWT({ ...right, ...wrong.claims })
      .setProtectedHeader({ alg: "ES256", kid: this.#key.kid })
      .setIssuer(clientId)
      .sign(privateKey);
  }

  /** A request to the token endpoint by hand: what a library of the field would not send. */
  async ask(proof?: string | null, more: Record<string, string> = {}): Promise<Record<string, unknown>> {
    const address = `${this.url}/openid/token`;
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      scope: "ssf",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await this.assertion(),
      ...more,
    });
    // `null`: without a proof.
    const dpop = proof === undefined ? await this.proof("POST", address, "") : proof;
    const headers = dpop === null ? {} : { dpop };
    const response = await fetch(address, { method: "POST", headers, body });
    return { status: response.status, ...((await response.json()) as object) };
  }

  /** A DPoP proof for a request, right but for what `wrong` says. */
  async proof(
    method: string,
    url: string,
    token: string,
    wrong: { claims?: Record<string, unknown>; header?: Record<string, unknown>; keys?: Keys } = {},
  ): Promise<string> {
    const { publicKey, privateKey } = wrong.keys ?? (await this.#dpop);
    return new SignJWT({
      jti: randomUUID(),
      iat: Math.floor(Date.now() / 1_000),
      htm: method,
      htu: url.split("?")[0],
      ath: createHash("sha256").update(token).digest("base64url"),
      ...wrong.claims,
    })
      .setProtectedHeader({
        alg: "ES256",
        typ: "dpop+jwt",
        jwk: await exportJWK(publicKey),
        ...wrong.header,
      })
      .sign(privateKey);
  }

  /** A request with token and proof. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    { scope, headers = {} }: { scope?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const token = await this.token(scope);
    const proof = await this.proof(method, `${this.url}${path}`, token);
    return this.send(method, path, { token, proof, headers }, body);
  }

  /** A request with this token and proof, whatever they are. */
  async send(
    method: string,
    path: string,
    { token, proof, headers }: { token: string; proof?: string; headers?: Record<string, string> },
    body?: unknown,
  ): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `DPoP ${token}`,
        ...(proof === undefined ? {} : { dpop: proof }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  }
}
