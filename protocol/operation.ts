import * as z from "zod";
import { digest } from "./encoding.ts";
import { enrolmentId, registeredName } from "./names.ts";
import { revocationReason } from "./revocation.ts";

const common = {
  /** The operation's own name, a random UUID: the same operation twice is one. */
  id: z.uuid(),
  /** The CA's issuer name: an approval for one CA is none for another. */
  issuer: z.string().min(1).max(200),
  /** Where the reasons are on record (a case number, never a person's data): how a request was proven, and by whom. */
  record: z.string().regex(/^[\x21-\x7e]{1,120}$/),
};

/** Which certificates: one by serial or enrolment, all of a key, or all of the person whose enrolment is named. */
const target = z.union([
  z.strictObject({ serial: z.string().regex(/^(?:[0-9a-f]{2}){1,20}$/) }),
  z.strictObject({ enrolmentId }),
  z.strictObject({ spkiSha256: digest }),
  z.strictObject({ personOf: enrolmentId }),
]);

const pace = z.number().int().min(1).max(60_000);

/** Reasons that go with a death: the others say what would have to take effect at once. */
const reasonsOfDeath = revocationReason.extract([
  "unspecified",
  "affiliationChanged",
  "cessationOfOperation",
]);

/** Why operators do not carry out an erasure that a person asked for: the person reads it. */
export const erasureReason = z.enum(["kept-by-law", "proceedings", "not-wanted"]);
export type ErasureReason = z.infer<typeof erasureReason>;

/** What operators may do together, as the JSON text that each of them reads and approves. */
export const operation = z.discriminatedUnion("act", [
  z
    .strictObject({
      act: z.literal("revoke"),
      ...common,
      target,
      reason: revocationReason,
      /**
       * `death`: the person has died, by evidence that is on record. Each revocation then takes effect at a random moment
       * of its own within the hour, so that no parties find the person by equal dates; without it, at once.
       */
      because: z.literal("death").optional(),
    })
    .refine(({ because, reason }) => because === undefined || reasonsOfDeath.safeParse(reason).success, {
      path: ["because"],
      message: "a death goes with the reasons unspecified, affiliationChanged and cessationOfOperation",
    }),
  z.strictObject({
    /** Who lost the only phone and calls: every phone of the person is stopped, at once and for good. */
    act: z.literal("stop-person"),
    ...common,
    personOf: enrolmentId,
  }),
  z.strictObject({
    /** Who calls and cannot withdraw by themselves: every consent of the person that is in force is withdrawn. */
    act: z.literal("withdraw-consents"),
    ...common,
    personOf: enrolmentId,
  }),
  z
    .strictObject({
      /** What became of a request for erasure: it was done by hand, or it is not done, and why. */
      act: z.literal("close-erasure"),
      ...common,
      erasure: z.uuid(),
      outcome: z.enum(["done", "declined"]),
      reason: erasureReason.optional(),
    })
    .refine(({ outcome, reason }) => (outcome === "declined") === (reason !== undefined), {
      path: ["reason"],
      message: "a request that is declined has a reason, and no other",
    }),
  z.strictObject({
    act: z.literal("revoke-generation"),
    ...common,
    generation: registeredName,
    reason: revocationReason,
    perMinute: pace,
  }),
  z.strictObject({
    act: z.literal("replace-generation"),
    ...common,
    generation: registeredName,
    perMinute: pace,
  }),
]);
export type Operation = z.infer<typeof operation>;

/** Body of `POST /v1/operations`. The approvals are what admits it: whoever carries them needs no other right. */
export const operationRequest = z.strictObject({
  /** The JSON text of an {@link operation}, exactly as it was approved. */
  statement: z.string().max(4_096),
  /** Compact JWSs of different operators. */
  approvals: z.array(z.string().max(1_024)).max(16),
});

/** The answer: what is revoked now; or the campaign that was started. */
export const operationDone = z.strictObject({
  id: z.uuid(),
  serials: z.array(z.string()).max(4_096).optional(),
  campaignId: z.uuid().optional(),
});
export type OperationDone = z.infer<typeof operationDone>;

/** An approval counts this long, seconds: operators need not sit side by side. */
export const approvalSeconds = 86_400;
