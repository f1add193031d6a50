import { parse } from "yaml";
import * as z from "zod";
import { operatorKey, operatorsFault } from "../../../protocol/approval.ts";
import { generationPlan } from "./plan.ts";
import { CeremonyRefused } from "./refused.ts";

/** At least two: nobody holds a ceremony alone (EN 319 411-1 §6.5.1, dual control). */
const approval = z
  .strictObject({
    needed: z.int().min(2).max(16),
    /** The maximum age of an approval at the ceremony. */
    maxAgeHours: z.int().min(1).max(720).default(24),
    operators: z.array(operatorKey).min(2).max(64),
  })
  .refine(({ needed, operators }) => needed <= operators.length, {
    path: ["needed"],
    message: "must not be more than there are operators",
  });
export type ApprovalPolicy = z.infer<typeof approval>;
export const approvalPolicy = approval;

const ceremonyConfig = z.strictObject({
  /** The engine's key folder, `KAZASU_KEYS`; the generations are in its subfolder `authority/`. */
  keys: z.string().min(1),
  plan: generationPlan,
  approval,
});
export type CeremonyConfig = z.infer<typeof ceremonyConfig>;

/** Parses the YAML of a ceremony. Throws {@link CeremonyRefused} with every mistake and its place. */
export async function readCeremonyConfig(text: string): Promise<CeremonyConfig> {
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : "unreadable";
    throw new CeremonyRefused(`The configuration is not YAML: ${why}`);
  }
  const parsed = ceremonyConfig.safeParse(content);
  if (!parsed.success) {
    const mistakes = parsed.error.issues.map(
      ({ path, message }) => `${path.join(".") || "file"}: ${message}`,
    );
    throw new CeremonyRefused(`The configuration is not one of a ceremony. ${mistakes.join("; ")}.`);
  }
  const fault = await operatorsFault(parsed.data.approval.operators);
  if (fault !== undefined) throw new CeremonyRefused(fault);
  return parsed.data;
}
