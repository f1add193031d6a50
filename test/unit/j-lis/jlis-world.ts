import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect } from "@jest/globals";
import { jlisOverHttp } from "../../../activities/j-lis/http.ts";
import {
  type CertificateReference,
  type JLis,
  type JLisErrorCode,
  type RegisterItem,
} from "../../../activities/j-lis/j-lis.ts";
import { startJlis } from "../../../simulators/j-lis/server.ts";
import { signByCard } from "../simulators/card-signer.ts";
import { call } from "../simulators/jlis-client.ts";

export const four: RegisterItem[] = ["name", "address", "dateOfBirth", "sex"];
export const day = 24 * 60 * 60 * 1_000;

let directory: string;
let server: Awaited<ReturnType<typeof startJlis>>;
export let url: string;
export let jlis: JLis;
/** How far the simulator's clock is ahead, in ms. */
export const clock = { ahead: 0 };

export function startJlisForTests(): void {
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "jlis-"));
    server = await startJlis({ directory, clock: () => new Date(Date.now() + clock.ahead) });
    ({ url } = server);
    jlis = jlisOverHttp(url);
  });

  afterAll(async () => {
    await server.close();
    await rm(directory, { recursive: true });
  });

  afterEach(async () => {
    clock.ahead = 0;
    await call(url, "DELETE", "/control/faults");
    await call(url, "POST", "/control/sync", { delaySeconds: 0 });
    await call(url, "POST", "/control/quota", { attributesPerSecond: null });
  });
}

/** The person of a card, with what the tests do to them. */
export async function person(more: object = {}) {
  const card = randomUUID();
  await call(url, "POST", "/town-hall/residents", { card, ...more });
  const act = (name: string, body?: object) =>
    call(url, "POST", `/town-hall/residents/${card}/${name}`, body ?? {});
  const sign = (content: object) => signByCard(directory, card, content);
  return {
    card,
    act,
    sign,
    consent: async (items: RegisterItem[] = four) =>
      jlis.registerConsent(await sign({ type: "kazasu/register-consent/1", attributes: items })),
    withdrawal: (consentId: string) => sign({ type: "kazasu/register-consent-withdrawal/1", consentId }),
    /** The newest certificate of a kind, as J-LIS names it. */
    certificate: async (kind = "sign"): Promise<CertificateReference> => {
      const { certificates } = (await call(url, "GET", `/town-hall/residents/${card}`)).body;
      const found = certificates.findLast((each: { kind: string }) => each.kind === kind);
      return { issuerKeyId: found.issuerKeyId, serial: found.serial };
    },
  };
}

export const faults = (plan: object) => call(url, "POST", "/control/faults", plan);
export const billing = async () => (await call(url, "GET", "/control/billing")).body;
export const refusal = (code: JLisErrorCode) => expect.objectContaining({ name: "JLisRefusal", code });
