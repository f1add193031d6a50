import { afterAll, afterEach, beforeAll } from "@jest/globals";
import { startJlis } from "../../../simulators/j-lis/server.ts";
import { call } from "./jlis-client.ts";

export let url: string;
let server: Awaited<ReturnType<typeof startJlis>>;

export function startJlisForTests(): void {
  beforeAll(async () => {
    server = await startJlis({});
    ({ url } = server);
  });

  afterAll(() => server.close());

  afterEach(async () => {
    await call(url, "DELETE", "/control/faults");
  });
}

export const register = (card: string, more: object = {}) =>
  call(url, "POST", "/town-hall/residents", { card, ...more });

export const act = (card: string, name: string, body?: object) =>
  call(url, "POST", `/town-hall/residents/${card}/${name}`, body);

export interface Certificate {
  kind: string;
  issuerKeyId: string;
  serial: string;
  revoked?: { reason: string };
}

export const ofKind = (resident: { certificates: Certificate[] }, kind: string) =>
  resident.certificates.filter((each) => each.kind === kind);

export const id = ({ issuerKeyId, serial }: Certificate) => ({ issuerKeyId, serial });
