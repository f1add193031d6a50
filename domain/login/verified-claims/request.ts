import * as z from "zod";
import type { Constraint } from "./constraint.ts";

/** The largest request that is read: enough for each claim under several frameworks, with no room for long guesses. */
const most = { depth: 12, nodes: 1_000, characters: 8_192, elements: 8, evidence: 8, values: 16 } as const;

const element = (value: z.ZodType) =>
  z.nullable(
    z.looseObject({
      essential: z.boolean().optional(),
      value: value.optional(),
      values: z.array(value).min(1).max(most.values).optional(),
      max_age: z.number().nonnegative().optional(),
    }),
  );
const ofVerification = element(z.string());

const evidence = z.looseObject({
  // IDA §5.4: `value` is required here, and `values` is not allowed.
  type: z.looseObject({ value: z.string(), values: z.never().optional() }),
  check_details: z.array(z.looseObject({})).min(1).optional(),
  record: z
    .looseObject({
      type: ofVerification.optional(),
      created_at: ofVerification.optional(),
      date_of_expiry: ofVerification.optional(),
      source: z.record(z.string(), ofVerification).optional(),
    })
    .optional(),
});

const requested = z.looseObject({
  verification: z.looseObject({
    trust_framework: ofVerification.optional(),
    time: ofVerification.optional(),
    evidence: z.array(evidence).min(1).max(most.evidence).optional(),
  }),
  claims: z
    .record(z.string(), element(z.unknown()))
    .refine((claims) => Object.keys(claims).length > 0, { error: "names no claim" }),
});

/** One element of a `verified_claims` request (IDA §5.3, §5.4). */
export interface Requested {
  verification: Record<string, unknown>;
  claims: Record<string, Constraint>;
}

export type ReadRequest =
  | { ok: true; elements: Requested[]; isList: boolean }
  /** Where and what is wrong, to follow `verified_claims`: members that the standard defines, and no part of the request. */
  | { ok: false; fault: string };

/**
 * Reads a `verified_claims` request. Unknown members are left for the matching: the standard is open to extensions. `verification`
 * may be empty: the answer has the trust framework in any case.
 */
export function readRequest(request: unknown): ReadRequest {
  if (!isModest(request))
    return { ok: false, fault: " is larger or deeper than this provider reads; see its documentation" };
  const isList = Array.isArray(request);
  const element = isList ? z.array(requested).min(1).max(most.elements) : requested;
  const read = element.safeParse(request);
  // The input itself: zod's output has other prototypes and undefined members.
  if (read.success) return { ok: true, elements: (isList ? request : [request]) as Requested[], isList };
  return { ok: false, fault: faultOf(read.error) };
}

/** Members whose names may stand in an error; others are the party's own. */
const known = new Set(
  "verification trust_framework time evidence type record source check_details claims value values max_age essential".split(
    " ",
  ),
);

function faultOf({ issues: [issue] }: z.ZodError): string {
  const where = (issue?.path ?? []).map((each) =>
    typeof each === "number" ? `[${each}]` : `.${known.has(String(each)) ? String(each) : "(member)"}`,
  );
  const what = issue?.code === "custom" ? issue.message : "is missing, or has another form";
  return `${where.join("")} ${what} (OpenID Identity Assurance 1.0, 5.3 to 5.5)`;
}

/** Whether a request is small enough to be looked at; stops at the first limit. */
function isModest(request: unknown): boolean {
  let nodes = 0;
  let characters = 0;
  const within = (value: unknown, depth: number): boolean => {
    nodes += 1;
    if (typeof value === "string") characters += value.length;
    if (nodes > most.nodes || characters > most.characters || depth > most.depth) return false;
    if (typeof value !== "object" || value === null) return true;
    return Object.entries(value).every(([name, each]) => {
      characters += name.length;
      return within(each, depth + 1);
    });
  };
  return within(request, 0);
}
