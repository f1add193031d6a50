import { audit } from "../../registry/audit/lines.ts";
import type { Connection } from "../../registry/database.ts";
import { type Activation, noteWrong } from "../../registry/issuance/activations.ts";
import { type Enrolment, endEnrolment } from "../../registry/issuance/enrolments.ts";
import type { IssuanceRefusal } from "../../workflows/issuance/contract.ts";
import { refused } from "./refused.ts";

/** The number of different wrong codes that ends an application. */
const allowedTries = 3;

/**
 * Counts a wrong code as a try, in Postgres under the enrolment's lock: the same code again is the same try, and a workflow
 * reset does not undo it. The last try ends the application.
 */
export async function countWrongCode(
  connection: Connection,
  { id, state }: Enrolment,
  activation: Activation,
): Promise<IssuanceRefusal> {
  const detail = "The activation code is not the one that was delivered.";
  if (state !== "applied") return { ...refused("CODE_WRONG", detail), triesLeft: 0 };
  const triesLeft = allowedTries - (await noteWrong(connection, activation));
  if (triesLeft > 0) return { ...refused("CODE_WRONG", detail), triesLeft };
  await endEnrolment(connection, id, "ended", "locked");
  await audit(connection, "enrolment-ended", id, { why: "locked" });
  return refused("CODE_LOCKED", detail);
}
