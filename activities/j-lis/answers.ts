import { z } from "zod";
import {
  type CrlPart,
  type JLisErrorCode,
  jlisErrorCodes,
  type LatestAttributes,
  type RegisterConsent,
  type RegisterItem,
} from "./j-lis.ts";

/** Schemas of J-LIS's answers. Unknown members are dropped: J-LIS may add some. */
const hex = z.string().regex(/^[0-9a-f]{1,64}$/);
const certificate = z.object({ issuerKeyId: hex, serial: hex });

/** The longest item of the register; far above the 200 characters of an address. */
const text = z.string().max(1_000);
const flags = text.regex(/^[01]*$/);

export const predecessors = z.object({ predecessors: z.array(certificate).max(64) });
export const successor = z.object({ successor: certificate.optional() });

export const registerConsent: z.ZodType<RegisterConsent> = z.object({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  state: z.enum(["in-force", "withdrawn", "expired"]),
  items: z.array(z.enum(["name", "address", "dateOfBirth", "sex"])).max(4),
  receivedAt: z.iso.datetime(),
  validFrom: z.iso.datetime(),
  validUntil: z.iso.datetime(),
});

const members = {
  name: {
    name: text.min(1),
    nameSubstitution: flags,
    furigana: text.optional(),
    formerName: text.optional(),
  },
  address: {
    address: text,
    addressSubstitution: flags,
    movedAbroad: z.object({ plannedDate: z.iso.date() }).optional(),
  },
  dateOfBirth: { dateOfBirth: z.string().regex(/^[0-5]\d{8}$/) },
  sex: { sex: z.enum(["male", "female", "unknown"]) },
} satisfies Record<RegisterItem, z.ZodRawShape>;

/**
 * The answer to a request for these items. Items that were not requested are dropped even if J-LIS sends them; J-LIS omits
 * requested items that the consent does not cover.
 */
export function latestAttributes(items: readonly RegisterItem[]): z.ZodType<LatestAttributes> {
  const shape = Object.assign({}, ...items.map((item) => members[item])) as z.ZodRawShape;
  return z.object({ certificate, attributes: z.object(shape).partial() }) as z.ZodType<LatestAttributes>;
}

const number = z.string().regex(/^\d{1,49}$/); // cRLNumber has at most 20 octets (RFC 5280 §5.2.3)
export const crlParts: z.ZodType<(CrlPart & { kind: "sign" | "auth" })[]> = z
  .array(
    z.object({
      part: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
      kind: z.enum(["sign", "auth"]),
      issuerKeyId: hex,
      distributionPoint: z.string().max(1_000),
      number,
      thisUpdate: z.iso.datetime(),
      nextUpdate: z.iso.datetime(),
    }),
  )
  .max(100_000);

/** A refusal, named by `error`. */
const refusal = z.object({ error: z.string() });

/** The refusal in an answer's JSON; `undefined` if it is not a refusal. */
export const errorOf = (json: unknown): string | undefined => refusal.safeParse(json).data?.error;

export const isJLisErrorCode = (text: string | undefined): text is JLisErrorCode =>
  (jlisErrorCodes as readonly (string | undefined)[]).includes(text);
