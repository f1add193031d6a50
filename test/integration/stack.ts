import { afterAll } from "@jest/globals";
import { Client, Connection, WorkflowNotFoundError } from "@temporalio/client";
import { Pool } from "pg";
import { encryptingDataConverter } from "../../client/data-converter/payload-codec.ts";
import { ensureServiceKeys } from "../../workers/keys.ts";
import { issuance } from "../../workflows/issuance/contract.ts";

/** Addresses of the one `kazasu up` that all integration tests share, and the folder it keeps everything in. */
export const stack = JSON.parse(process.env["KAZASU_INTEGRATION"] ?? "{}") as Record<
  | "gateway"
  | "jlis"
  | "attester"
  | "pushService"
  | "bank"
  | "postgres"
  | "temporal"
  | "namespace"
  | "ocsp"
  | "crl"
  | "console"
  | "personPage"
  | "directory",
  string
>;

/** The registry itself, where a test needs what no address offers. */
export const pool = new Pool({ connectionString: stack.postgres, max: 4 });
let connecting: Promise<Connection> | undefined;

// Whoever imports this file looks behind the gateway; what that opens is closed after the file's last test.
afterAll(async () => {
  await pool.end();
  await (await connecting)?.close();
});

/** Rows of the registry, as they are now. */
export async function rows<T extends object = Record<string, unknown>>(
  sql: string,
  values: unknown[] = [],
): Promise<T[]> {
  return (await pool.query<T>(sql, values)).rows;
}

/** Temporal's own client, with the key of this stack's payloads. */
export async function clientOf(): Promise<Client> {
  connecting ??= Connection.connect({ address: stack.temporal });
  const { codec } = await ensureServiceKeys(`${stack.directory}/keys`);
  return new Client({
    connection: await connecting,
    namespace: stack.namespace,
    dataConverter: encryptingDataConverter(codec),
  });
}

/** A handle on the lifecycle of an enrolment. */
export async function lifecycle(enrolmentId: string) {
  return (await clientOf()).workflow.getHandle(issuance.workflowId(enrolmentId));
}

/** Temporal's word on the lifecycle of an enrolment: `RUNNING`, `COMPLETED`, …; `none` when it never started. */
async function lifecycleStatus(enrolmentId: string): Promise<string> {
  try {
    return (await (await lifecycle(enrolmentId)).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return "none";
    throw error;
  }
}

/** How many rows each table has of an enrolment, and its lifecycle: what a refusal may leave, and what not. */
export type Trace = Record<
  | "evidence"
  | "applications"
  | "enrolments"
  | "decisions"
  | "activations"
  | "intents"
  | "certificates"
  | "audit",
  number
> & { lifecycle: string };

export const noTrace: Trace = {
  evidence: 0,
  applications: 0,
  enrolments: 0,
  decisions: 0,
  activations: 0,
  intents: 0,
  certificates: 0,
  audit: 0,
  lifecycle: "none",
};

/** An application that was accepted and not activated yet. */
export const appliedTrace: Trace = {
  ...noTrace,
  evidence: 1,
  applications: 1,
  enrolments: 1,
  decisions: 3,
  audit: 1,
  lifecycle: "RUNNING",
};

export async function traceOf(enrolmentId: string): Promise<Trace> {
  const count = (table: string, column = "enrolment_id") =>
    `(select count(*)::int from ${table} where ${column}::text = $1)`;
  const [counted] = await rows<Omit<Trace, "lifecycle">>(
    `select ${count("evidence")} as evidence, ${count("applications")} as applications,
       ${count("enrolments", "id")} as enrolments, ${count("decisions")} as decisions,
       ${count("activations")} as activations, ${count("issuance_intents")} as intents,
       ${count("certificates")} as certificates, ${count("audit_lines", "subject")} as audit`,
    [enrolmentId],
  );
  return { ...counted!, lifecycle: await lifecycleStatus(enrolmentId) };
}

/** The same, once the lifecycle has ended: what it does after the phone has its answer is done. */
export async function traceAtEnd(enrolmentId: string): Promise<Trace> {
  await (await lifecycle(enrolmentId)).result();
  return traceOf(enrolmentId);
}
