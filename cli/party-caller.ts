import { readFile, stat } from "node:fs/promises";
import { importJWK, type JWK } from "jose";
import type { Configuration, DPoPHandle } from "openid-client";
import { problem } from "../protocol/problem.ts";

/** Who calls: the issuer's URL, the client's id, and the file of its private key. */
export interface PartyCredentials {
  issuer: string;
  client: string;
  key: string;
}

/** A party's calls of its own interface. */
export interface PartyCaller {
  /** @returns the answer's JSON; `undefined` for an empty one. @throws Error in one sentence */
  call(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: object): Promise<unknown>;
}

const timeoutSeconds = 30;

/**
 * Gets a token for the party's own interface and its stream, bound to a key that is made for this call.
 * @throws Error in one sentence
 */
export async function connectParty({ issuer, client, key }: PartyCredentials): Promise<PartyCaller> {
  const openid = await import("openid-client");
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
  if (url === undefined || !url.pathname.endsWith("/openid"))
    throw new Error("--issuer is the URL of the CA's issuer for parties' servers, which ends with /openid.");
  const assertion = openid.PrivateKeyJwt(await readPrivateKey(key));
  const execute = isHere(url) ? [openid.allowInsecureRequests] : [];
  const options = { execute, timeout: timeoutSeconds };
  const { configuration, token, DPoP } = await said(async () => {
    const discovered = await openid.discovery(url, client, undefined, assertion, options);
    const handle = openid.getDPoPHandle(discovered, await openid.randomDPoPKeyPair("ES256"));
    const got = await openid.clientCredentialsGrant(discovered, { scope: "party ssf" }, { DPoP: handle });
    return { configuration: discovered, token: got.access_token, DPoP: handle };
  });
  const gateway = url.href.replace(/\/openid$/, "");
  return {
    call: (method, path, body) =>
      said(() => fetched({ configuration, token, DPoP }, { method, url: `${gateway}${path}`, body })),
  };
}

async function fetched(
  by: { configuration: Configuration; token: string; DPoP: DPoPHandle },
  { method, url, body }: { method: string; url: string; body: object | undefined },
): Promise<unknown> {
  const { fetchProtectedResource } = await import("openid-client");
  const headers = new Headers(body === undefined ? {} : { "content-type": "application/json" });
  const text = body === undefined ? undefined : JSON.stringify(body);
  const { configuration, token, DPoP } = by;
  const response = await fetchProtectedResource(configuration, token, new URL(url), method, text, headers, {
    DPoP,
  });
  const answer = await response.text();
  if (response.ok) return answer === "" ? undefined : JSON.parse(answer);
  throw refused(answer);
}

/** A refusal: what happened, why, and what to do next. */
function refused(answer: string): Error {
  const read = problem.safeParse(asJson(answer));
  if (!read.success) return new Error("The answer is no problem document: something else answered.");
  const { code, title, detail, next } = read.data;
  return new Error(`${code}: ${title} ${detail} ${next.en}`);
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Errors of the OpenID library, in one sentence; ours are passed on. */
async function said<T>(work: () => Promise<T>): Promise<T> {
  const openid = await import("openid-client");
  try {
    return await work();
  } catch (error) {
    if (error instanceof openid.ResponseBodyError)
      throw new Error(
        `The CA refused the client: ${error.error}${descriptionOf(error)}. ${adviceOn(error.error)}`,
        {
          cause: error,
        },
      );
    if (error instanceof openid.WWWAuthenticateChallengeError) throw refused(await error.response.text());
    if (error instanceof openid.ClientError || error instanceof TypeError)
      throw new Error(`The issuer does not answer as expected: ${error.message}. Check --issuer.`, {
        cause: error,
      });
    throw error;
  }
}

const descriptionOf = ({ error_description: description }: { error_description?: string | undefined }) =>
  description === undefined ? "" : ` (${description})`;

const adviceOn = (error: string): string =>
  error === "invalid_client"
    ? "Check --client, and that the public part of --key is registered for it and has not ended."
    : "Ask the operator of the CA whether the client is registered at the issuer openid.";

/** Plain http is for a CA on this machine. */
const isHere = ({ protocol, hostname }: URL): boolean =>
  protocol === "http:" && (hostname === "127.0.0.1" || hostname === "localhost");

/** @throws Error in one sentence if others may read the file, or if it is no private key with a `kid` */
async function readPrivateKey(path: string) {
  const { mode } = await stat(path).catch(() => {
    throw new Error(`There is no file ${path}: name the client's private key (JWK) with --key.`);
  });
  if ((mode & 0o077) !== 0)
    throw new Error(`Others may read the client's key ${path}: set mode 0600, or replace the key.`);
  const jwk = (asJson(await readFile(path, "utf8")) ?? {}) as JWK;
  if (typeof jwk.kid !== "string" || typeof jwk.d !== "string")
    throw new Error(`${path} is no private key as a JWK with a kid; generate one with "party keys make".`);
  const key = await importJWK(jwk, jwk.alg ?? algorithmOf(jwk));
  if (key instanceof Uint8Array) throw new Error(`${path} is a secret, not a private key.`);
  return { kid: jwk.kid, key };
}

const algorithmOf = ({ kty }: JWK): string => (kty === "RSA" ? "PS256" : kty === "OKP" ? "EdDSA" : "ES256");
