import { z } from "zod";
import { act } from "../act.ts";

const certificate = z.looseObject({
  kind: z.enum(["sign", "auth"]),
  serial: z.string(),
  notAfter: z.string(),
  revoked: z.looseObject({ at: z.string(), reason: z.string() }).optional(),
});
const consent = z.looseObject({ id: z.string(), state: z.string(), items: z.array(z.string()) });
const known = z.looseObject({ certificates: z.array(certificate), consents: z.array(consent) });
const part = z.looseObject({
  part: z.string(),
  kind: z.string(),
  number: z.string(),
  thisUpdate: z.string(),
});

/** What J-LIS has stored about the person (certificates with their status, consents), and what it has published. */
export const register = act("register", z.strictObject({}), async ({ card, world }) => {
  const { certificates, consents } = known.parse(await card.resident());
  const published = z.array(part).parse(await (await fetch(`${world.addresses.jlis}/crl`)).json());
  return {
    certificates: certificates.map(({ kind, serial, notAfter, revoked }) => ({
      kind,
      serial,
      notAfter,
      revoked: revoked ? { at: revoked.at, reason: revoked.reason } : null,
    })),
    consents: consents.map(({ id, state, items }) => ({ id, state, items })),
    published: published
      .filter(({ kind }) => kind === "sign")
      .map(({ part, number, thisUpdate }) => ({ part, number, thisUpdate })),
  };
});
