import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { RelyingPartyClient, SignatureInvalid } from "@kazasu/relying-party";
import { type CryptoKey, importJWK, type JWK } from "jose";
import { connect } from "../../../../docs/examples/connect.ts";
import { type Storage, takeEvent } from "../../../../docs/examples/hear-of-changes.ts";
import { beginLogin, finishLogin, type PendingLogin } from "../../../../docs/examples/log-in.ts";
import { signedTransfer, type Transfer, transferToShow } from "../../../../docs/examples/sign-transfer.ts";
import { boundTokens } from "./bound-token.ts";
import { answerLines } from "./lines.mjs";

/** A party's server as its developers write it: docs/examples unchanged, with what npm installed. */

const { gateway, partyId, jwk, redirectUri } = JSON.parse(process.env["PARTY"] ?? "{}") as {
  gateway: string;
  partyId: string;
  jwk: JWK & { kid: string };
  redirectUri: string;
};
const key = { kid: jwk.kid, key: (await importJWK(jwk, "ES256")) as CryptoKey };
const party = await connect(`${gateway}/openid`, partyId, key);
const ca = new RelyingPartyClient({ gateway, token: await boundTokens(party.configuration, "attributes") });

const written = new Map<string, object>();
const seen = new Set<string>();
const storage: Storage = {
  isNew: async (jti) => !seen.has(jti) && seen.add(jti).has(jti),
  write: async (subject, attributes) => void written.set(subject, attributes),
};

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    takeEvent(Buffer.concat(chunks).toString(), { ca, storage, gateway, partyId }).then(
      () => response.writeHead(202).end(),
      (error: unknown) => {
        process.stderr.write(`party: ${String(error)}\n`);
        response.writeHead(500).end();
      },
    );
  });
});
server.keepAliveTimeout = 0;
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

let pending: PendingLogin | undefined;

await answerLines({
  events: async () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
  storage: async ({ subject }: { subject: string }) => written.get(subject),

  async begin(transfer: Transfer) {
    const details = JSON.stringify([transferToShow(transfer)]);
    const begun = await beginLogin(party, redirectUri, { authorization_details: details });
    ({ pending } = begun);
    return begun.redirectTo.href;
  },

  async finish({ callback }: { callback: string }) {
    if (!pending) throw new Error("No login was begun.");
    return finishLogin(party, new URL(callback), pending);
  },

  async verify({
    root,
    transfer,
    ...of
  }: {
    root: string;
    subject: string;
    transactionId: string;
    transfer: Transfer;
  }) {
    const at = { gateway, partyId, roots: [Buffer.from(root, "base64url")] };
    try {
      const { verified } = await signedTransfer(party, at, of, transfer);
      return { shown: verified.content.shown };
    } catch (error) {
      // The class that the examples' own import threw is the one that this file has.
      if (error instanceof SignatureInvalid) return { invalid: error.code };
      throw error;
    }
  },
});
server.close();
