import { randomBytes } from "node:crypto";
import { tap } from "../../client/app/card/tap.ts";
import { signWithCard } from "../../client/app/cms.ts";
import { startJlis } from "../../simulators/j-lis/server.ts";

/** What people's cards signed, and J-LIS's answers about them: created once, the same for every build. */
export interface SignedCards {
  anchorsPem: string;
  signed: Uint8Array[];
  /** Sends a request to J-LIS's OCSP responder. */
  ask: (request: Uint8Array) => Promise<Uint8Array>;
  close: () => Promise<void>;
}

/** About the size of an application: a challenge with its notices, and digests. */
const contentBytes = 3_000;
const pin = "ABC12345";

/** This many people with a card, each of whom signs once, so that no verification finds a cached key. */
export async function signCards(people: number): Promise<SignedCards> {
  process.env["KAZASU_SIMULATOR_RSA"] = "related";
  const jlis = await startJlis({});
  const { url } = jlis;
  const post = async (path: string, body: object): Promise<Response> => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`The simulated J-LIS answered HTTP ${response.status}.`);
    return response;
  };
  const signed: Uint8Array[] = [];
  for (let index = 0; index < people; index += 1) {
    const card = `bench-${index}`;
    const person = { card, name: "髙﨑　𠮷郎", dateOfBirth: "1985-07-03", sex: "female", signPin: pin };
    await post("/town-hall/residents", person);
    const transmit = async (command: Uint8Array): Promise<Uint8Array> => {
      const apdu = Buffer.from(command).toString("hex");
      const answer = (await (await post(`/reader/${card}/apdu`, { apdu })).json()) as { response: string };
      return new Uint8Array(Buffer.from(answer.response, "hex"));
    };
    signed.push(await signWithCard(await tap({ transmit, pin }), randomBytes(contentBytes)));
  }
  return {
    anchorsPem: await (await fetch(`${url}/ca/sign.pem`)).text(),
    signed,
    ask: async (request) => {
      const headers = { "content-type": "application/ocsp-request" };
      const response = await fetch(`${url}/ocsp`, { method: "POST", headers, body: Buffer.from(request) });
      return new Uint8Array(await response.arrayBuffer());
    },
    close: () => jlis.close(),
  };
}
