import * as z from "zod";
import { digest } from "./encoding.ts";
import { enrolmentId, registeredName } from "./names.ts";
import { revocationReason } from "./revocation.ts";

const common = {
  /** The operation's id, a random UUID: a repeated operation is carried out once. */
  id: z.uuid(),
  /** The CA's issuer name: an approval is valid for one CA only. */
  issuer: z.string().min(1).max(200),
  /** Reference to the recorded reasons (a case number, never personal data): how a request was proven, and by whom. */
  record: z.string().regex(/^[\x21-\x7e]{1,120}$/),
};

/** The certificates: one by serial or enrolment, all of a key, or all of the person of an enrolment. */
const target = z.union([
  z.strictObject({ serial: z.string().regex(/^(?:[0-9a-f]{2}){1,20}$/) }),
  z.strictObject({ enrolmentId }),
  z.strictObject({ spkiSha256: digest }),
  z.strictObject({ personOf: enrolmentId }),
]);

const pace = z.number().int().min(1).max(60_000);

/** Reasons allowed after a death: the others would have to take effect at once. */
const reasonsOfDeath = revocationReason.extract([
  "unspecified",
  "affiliationChanged",
  "cessationOfOperation",
]);

/** Why operators do not carry out a requested erasure; shown to the person. */
export const erasureReason = z.enum(["kept-by-law", "proceedings", "not-wanted"]);
export type ErasureReason = z.infer<typeof erasureReason>;

/** Operations that require several operators, as the JSON text that each reads and approves. */
export const operation = z.discriminatedUnion("act", [
  z
    .strictObject({
      act: z.literal("revoke"),
      ...common,
      target,
      reason: revocationReason,
      /**
       * `death`: the person has died, by recorded evidence. Each revocation then takes effect at its own random time within the
       * hour, so that parties cannot match the person by equal dates; otherwise at once.
       */
      because: z.literal("death").optional(),
    })
    .refine(({ because, reason }) => because === undefined || reasonsOfDeath.safeParse(reason).success, {
      path: ["because"],
      message: "a death allows the reasons unspecified, affiliationChanged and cessationOfOperation only",
    }),
  z.strictObject({
    /** For a person who lost their only phone and calls: permanently stops every phone of the person at once. */
    act: z.literal("stop-person"),
    ...common,
    personOf: enrolmentId,
  }),
  z.strictObject({
    /** For a person who calls and cannot withdraw by themselves: withdraws every consent of the person that is in force. */
    act: z.literal("withdraw-consents"),
    ...common,
    personOf: enrolmentId,
  }),
  z
    .strictObject({
      /** The outcome of a request for erasure: done by hand, or declined with a reason. */
      act: z.literal("close-erasure"),
      ...common,
      erasure: z.uuid(),
      outcome: z.enum(["done", "declined"]),
      reason: erasureReason.optional(),
    })
    .refine(({ outcome, reason }) => (outcome === "declined") === (reason !== undefined), {
      path: ["reason"],
      message: "a reason is required for a declined request, and allowed only there",
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

/** Body of `POST /v1/operations`. The approvals are the only authorisation; the sender needs none. */
export const operationRequest = z.strictObject({
  /** The JSON text of an {@link operation}, exactly as approved. */
  statement: z.string().max(4_096),
  /** Compact JWSs of different operators. */
  approvals: z.array(z.string().max(1_024)).max(16),
});

/** The answer: what is now revoked; or the campaign that was started. */
export const operationDone = z.strictObject({
  id: z.uuid(),
  serials: z.array(z.string()).max(4_096).optional(),
  campaignId: z.uuid().optional(),
});
export type OperationDone = z.infer<typeof operationDone>;

/** Validity of an approval, seconds: operators need not approve at the same time. */
export const approvalSeconds = 86_400;
