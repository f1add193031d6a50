import { id_ce_certificatePolicies_anyPolicy } from "@peculiar/asn1-x509";
import * as z from "zod";
import { generationId, keyAlgorithm, keyStoreRecord, numberOf } from "../generation.ts";

const nameText = z.string().min(1).max(64);
const years = (most: number) => z.int().min(1).max(most);
const address = (scheme: RegExp) =>
  z.url({ protocol: scheme }).refine((text) => !text.endsWith("/"), "must not end with a slash");
const oid = z
  .string()
  .regex(/^[012](?:\.(?:0|[1-9][0-9]*))+$/, "must be an object identifier, as in 2.5.29.32.0");

/** The plan of a generation, which determines everything that a ceremony creates. */
export const generationPlan = z
  .strictObject({
    generation: generationId,
    country: z
      .string()
      .regex(/^[A-Z]{2}$/)
      .default("JP"),
    organisation: nameText,
    keyStore: keyStoreRecord,
    root: z.discriminatedUnion("kind", [
      z.strictObject({
        kind: z.literal("new"),
        algorithm: keyAlgorithm,
        years: years(30),
        commonName: nameText.optional(),
      }),
      /** The root of an earlier generation. */
      z.strictObject({ kind: z.literal("existing"), generation: generationId }),
    ]),
    issuing: z.strictObject({
      algorithm: keyAlgorithm,
      years: years(20),
      commonName: nameText.optional(),
    }),
    ocspSigner: z.strictObject({ algorithm: keyAlgorithm }),
    /** Policies of the issuing CA's certificate. */
    policies: z.tuple([oid], oid).default([id_ce_certificatePolicies_anyPolicy]),
    /** Address of the certification practice statement. */
    cps: z.url({ protocol: /^https?$/ }).optional(),
    /** Whether a new root and the previous one cross-certify. Not if the old key is lost or must not be used. */
    cross: z.boolean().default(true),
    crlShards: z.int().min(1).max(256).default(8),
    /** When it starts to issue; until then it is only loaded. Absent: at once. */
    issuesFrom: z.iso.datetime({ precision: 0 }).optional(),
    /** As in `KAZASU_CRL_URL`: the public URL of the CRLs and certificates of all generations. */
    urls: z
      .strictObject({ crlBase: address(/^http$/), caIssuersBase: address(/^http$/).optional() })
      .optional(),
  })
  .check(({ value, issues }) => {
    const refuse = (path: string[], message: string) =>
      issues.push({ code: "custom", path, message, input: value });
    const { root, issuing, generation } = value;
    if (root.kind === "new" && root.years < issuing.years) {
      refuse(["root", "years"], "must not be less than issuing.years: a root outlives what it signs");
    }
    if (root.kind === "existing" && numberOf(root.generation) >= numberOf(generation)) {
      refuse(["root", "generation"], `must be earlier than ${generation}`);
    }
    for (const [part, name] of Object.entries(commonNamesOf(value))) {
      if (name.length > 64) refuse([part, "commonName"], `"${name}" is longer than 64 characters`);
    }
  });
export type GenerationPlan = z.infer<typeof generationPlan>;

/** commonName of a new root, and of the issuing CA. */
export function commonNamesOf({
  organisation,
  generation,
  root,
  issuing,
}: Pick<GenerationPlan, "organisation" | "generation" | "root" | "issuing">): {
  root: string;
  issuing: string;
} {
  const number = generation.toUpperCase();
  const given = root.kind === "new" ? root.commonName : undefined;
  return {
    root: given ?? `${organisation} Root CA ${number}`,
    issuing: issuing.commonName ?? `${organisation} Issuing CA ${number}`,
  };
}
