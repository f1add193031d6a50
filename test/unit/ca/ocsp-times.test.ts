import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Authority } from "../../../pki/ca/authority.ts";
import { makeOcspResponse } from "../../../pki/ca/ocsp.ts";
import { makeCertId } from "../../../pki/ca/ocsp-cert-id.ts";
import { readOcspResponse } from "../../../pki/ocsp/response.ts";
import { ensureAuthority } from "./development-authority.ts";
import { scratchDirectory } from "./openssl.ts";
import { passphrase } from "./passphrase.ts";

let scratch: ReturnType<typeof scratchDirectory>;
let authority: Authority;
beforeAll(async () => {
  scratch = scratchDirectory();
  authority = await ensureAuthority({ directory: scratch.path, passphrase });
});
afterAll(() => scratch.remove());

test("ok/ a status that was read some seconds before it is signed: producedAt and thisUpdate say both", async () => {
  const begin = Math.floor(Date.now() / 1_000) * 1_000 + 600_000;
  const [asOf, now] = [new Date(begin), new Date(begin + 40_000)];
  const certId = makeCertId(authority, "sha256", "0123");
  const response = await makeOcspResponse(authority, [{ certId, status: { status: "good" } }], { now, asOf });
  const { producedAt, responses } = readOcspResponse(response);
  expect({ producedAt, thisUpdate: responses[0]?.thisUpdate }).toEqual({ producedAt: now, thisUpdate: asOf });
});
