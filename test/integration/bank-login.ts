import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "@jest/globals";
import { type CryptoKey, exportJWK, generateKeyPair } from "jose";
import * as openid from "openid-client";
import { Pool } from "pg";
import { type BackchannelDelivery, registerPartyClient } from "../../registry/party/clients.ts";
import { registerParty } from "../../registry/party/parties.ts";
import { Browser } from "./browser.ts";
import { stack } from "./stack.ts";

const pool = new Pool({ connectionString: stack.postgres, max: 2 });
afterAll(() => pool.end());

export const redirectUri = "https://bank.test/callback";

/** A bank's web site that logs people in, as its developers would write it: with openid-client. */
export class BankLogin {
  readonly configuration: openid.Configuration;
  readonly partyId: string;
  readonly dpop: openid.DPoPHandle;

  private constructor(configuration: openid.Configuration, partyId: string, dpop: openid.DPoPHandle) {
    this.configuration = configuration;
    this.partyId = partyId;
    this.dpop = dpop;
  }

  /** A new client of a party that is there, or of a new one. */
  static async of(options: { partyId?: string; backchannel?: BackchannelDelivery } = {}): Promise<BankLogin> {
    const { partyId = `party-${randomUUID()}`, backchannel } = options;
    if (options.partyId === undefined)
      await registerParty(pool, {
        id: partyId,
        name: { ja: "試験銀行", en: "Test Bank" },
        apps: [{ id: `${partyId}-app`, attestation: "optional" }],
      });
    const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
    const clientId = `client-${randomUUID()}`;
    const jwk = { ...(await exportJWK(publicKey)), kid: "client", alg: "ES256" };
    await registerPartyClient(pool, {
      id: clientId,
      partyId,
      jwks: { keys: [jwk] },
      redirectUris: [redirectUri],
      ...(backchannel ? { backchannel } : {}),
    });
    const configuration = await discover(clientId, privateKey);
    const keys = await openid.randomDPoPKeyPair("ES256");
    return new BankLogin(configuration, partyId, openid.getDPoPHandle(configuration, keys));
  }

  /** Pushes the request and opens the page in a browser: what a person sees first. */
  async begin(parameters: Record<string, string> = {}): Promise<BegunLogin> {
    const browser = new Browser();
    const verifier = openid.randomPKCECodeVerifier();
    const [state, nonce] = [openid.randomState(), openid.randomNonce()];
    const url = await openid.buildAuthorizationUrlWithPAR(
      this.configuration,
      {
        redirect_uri: redirectUri,
        scope: "openid",
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        state,
        nonce,
        ...parameters,
      },
      { DPoP: this.dpop },
    );
    const page = await browser.open(url.href);
    return { browser, page, verifier, state, nonce };
  }

  /** What the bank does with the address its browser came back to. */
  async finish(begun: Pick<BegunLogin, "verifier" | "state" | "nonce">, callback: string) {
    return openid.authorizationCodeGrant(
      this.configuration,
      new URL(callback),
      { pkceCodeVerifier: begun.verifier, expectedState: begun.state, expectedNonce: begun.nonce },
      {},
      { DPoP: this.dpop },
    );
  }
}

export interface BegunLogin {
  browser: Browser;
  page: { url: string; status: number; headers: Headers; text: string };
  verifier: string;
  state: string;
  nonce: string;
}

/** What a person reads off the page: the link for this device, the code's for another, the number. */
export function read({ text }: { text: string }): { here: string; elsewhere: string; number: number } {
  const unescape = (html = "") => html.replaceAll("&amp;", "&");
  return {
    here: unescape(/class="open" href="([^"]+)"/.exec(text)?.[1]),
    elsewhere: unescape(/data-link="([^"]+)"/.exec(text)?.[1]),
    number: Number(/id="number">(\d\d)</.exec(text)?.[1]),
  };
}

async function discover(clientId: string, key: CryptoKey): Promise<openid.Configuration> {
  return openid.discovery(
    new URL(`${stack.gateway}/openid`),
    clientId,
    { dpop_bound_access_tokens: true, id_token_signed_response_alg: "ES256" },
    openid.PrivateKeyJwt({ kid: "client", key }),
    { execute: [openid.allowInsecureRequests], timeout: 120 },
  );
}

/** Where a party is pinged: resolves with what came first. */
export async function startPinged(): Promise<{
  endpoint: string;
  pinged: Promise<{ authorization: string | undefined; body: string }>;
  close: () => void;
}> {
  const server = createServer();
  const pinged = new Promise<{ authorization: string | undefined; body: string }>((resolve) => {
    server.on("request", (request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        response.writeHead(204).end();
        resolve({ authorization: request.headers.authorization, body });
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}/ping`, pinged, close: () => server.close() };
}
