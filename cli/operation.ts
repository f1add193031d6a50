import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { operation, operationDone } from "../protocol/operation.ts";
import { problem } from "../protocol/problem.ts";
import { signApproval } from "../protocol/sign-approval.ts";
import { makeOperatorKey, readOperatorKey } from "./operator-key.ts";

const EXIT_CODES = { refused: 2, unreachable: 3 };

interface Target {
  serial?: string;
  enrolment?: string;
  key?: string;
  personOf?: string;
}
interface Common {
  issuer: string;
  record: string;
}

/** `kazasu operation`: operations by several operators: plan, approve one by one, send. */
export function operationCommand(program: Command): void {
  const command = program
    .command("operation")
    .description("revoke certificates as operators: plan, approve (each with their own key), send");

  command
    .command("key")
    .description("generate an operator's key; prints its public key for the lists of operators")
    .requiredOption("--name <name>", "the operator's name")
    .requiredOption("--out <file>", "file for the key (mode 0600)")
    .action(async ({ name, out }: { name: string; out: string }) => {
      console.log(JSON.stringify(await makeOperatorKey(name, out), undefined, 2));
    });

  const plan = command
    .command("plan")
    .description("print the text of an operation, for each operator to read");
  planned(plan.command("revoke"))
    .description("revoke one certificate, all of a key, or all of a person")
    .option("--serial <hex>", "the certificate's serial")
    .option("--enrolment <id>", "the enrolment's certificate")
    .option("--key <sha256>", "every certificate of this key (SHA-256 of its SPKI, base64url)")
    .option("--person-of <enrolment>", "every certificate of this enrolment's person")
    .requiredOption("--reason <reason>", "as RFC 5280 names it: keyCompromise, cessationOfOperation, …")
    .option("--because <cause>", "death: each revocation takes effect at its own random time within the hour")
    .action(({ serial, enrolment, key, personOf, ...rest }: Common & Target & { reason: string }) => {
      const targets = [
        serial === undefined ? [] : [{ serial }],
        enrolment === undefined ? [] : [{ enrolmentId: enrolment }],
        key === undefined ? [] : [{ spkiSha256: key }],
        personOf === undefined ? [] : [{ personOf }],
      ].flat();
      if (targets.length !== 1)
        throw new Error("Specify exactly one of --serial, --enrolment, --key, --person-of.");
      print({ act: "revoke", ...rest, target: targets[0] });
    });
  planned(plan.command("stop-person"))
    .description("stop every phone of a person who lost their only one and calls")
    .requiredOption("--person-of <enrolment>", "an enrolment of the person")
    .action((rest: Common & { personOf: string }) => print({ act: "stop-person", ...rest }));
  planned(plan.command("withdraw-consents"))
    .description("withdraw every consent of a person who calls and cannot do it themselves")
    .requiredOption("--person-of <enrolment>", "an enrolment of the person")
    .action((rest: Common & { personOf: string }) => print({ act: "withdraw-consents", ...rest }));
  planned(plan.command("close-erasure"))
    .description("record the outcome of a request for erasure; the person reads it")
    .requiredOption("--erasure <id>", "the request, as the console lists it")
    .requiredOption("--outcome <outcome>", "done, or declined")
    .option("--reason <reason>", "of a declined request: kept-by-law, proceedings, not-wanted")
    .action((rest: Common & { erasure: string; outcome: string; reason?: string }) =>
      print({ act: "close-erasure", ...rest }),
    );
  for (const act of ["revoke-generation", "replace-generation"] as const) {
    const campaign = planned(plan.command(act))
      .description(
        act === "revoke-generation"
          ? "revoke every certificate of a generation, paced"
          : "ask every person of a generation to replace the certificate, paced",
      )
      .requiredOption("--generation <id>", "g1, g2, …")
      .requiredOption("--per-minute <n>", "certificates per minute", Number);
    if (act === "revoke-generation") campaign.requiredOption("--reason <reason>", "as RFC 5280 names it");
    campaign.action((rest: Common) => print({ act, ...rest }));
  }

  command
    .command("approve")
    .description("sign the text of an operation after reading it; prints the approval")
    .requiredOption("--statement <file>", "the text")
    .requiredOption("--key <file>", "the operator's key")
    .option("--out <file>", "write the approval here")
    .action(async ({ statement, key, out }: { statement: string; key: string; out?: string }) => {
      const approval = await signApproval(await text(statement), await readOperatorKey(key), new Date());
      if (out === undefined) console.log(approval);
      else await writeFile(out, `${approval}\n`);
    });

  command
    .command("send")
    .description("send an operation that enough operators approved to the CA")
    .requiredOption("--gateway <url>", "the CA's gateway")
    .requiredOption("--statement <file>", "the text")
    .requiredOption("--approval <file...>", "the approvals")
    .addHelpText("after", "\nExit codes: 0 done, 1 misused, 2 refused, 3 the gateway does not answer.")
    .action(async (given: { gateway: string; statement: string; approval: string[] }) => {
      const approvals = await Promise.all(given.approval.map(async (path) => (await text(path)).trim()));
      await send(given.gateway, { statement: await text(given.statement), approvals });
    });
}

const planned = (command: Command): Command =>
  command
    .requiredOption("--issuer <name>", "the CA's issuer name")
    .requiredOption(
      "--record <reference>",
      "reference to the recorded reasons: a case number, no personal data",
    );

/** Without a newline at the end: the exact bytes that are approved. */
function print(asked: object): void {
  const read = operation.safeParse({ id: randomUUID(), ...asked });
  if (!read.success) {
    const wrong = read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new Error(`The operation is invalid (${wrong.join("; ")}).`);
  }
  process.stdout.write(JSON.stringify(read.data, undefined, 2));
}

const text = (path: string): Promise<string> => readFile(path, "utf8");

async function send(gateway: string, body: { statement: string; approvals: string[] }): Promise<void> {
  const headers = { "content-type": "application/json" };
  const url = `${gateway.replace(/\/+$/, "")}/v1/operations`;
  let response: Response;
  try {
    response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  } catch {
    console.error(
      `kazasu operation send: no answer from ${url}: it is not known whether it was done. Send it again: twice is once.`,
    );
    process.exitCode = EXIT_CODES.unreachable;
    return;
  }
  const answer: unknown = await response.json().catch(() => undefined);
  const done = operationDone.safeParse(answer);
  if (response.ok && done.success) {
    console.log(JSON.stringify(done.data, undefined, 2));
    return;
  }
  const refusal = problem.safeParse(answer);
  const why = refusal.success ? `${refusal.data.code}: ${refusal.data.detail}` : `HTTP ${response.status}`;
  if (response.status >= 500) {
    console.error(
      `kazasu operation send: the CA could not answer now (${why}). Send it again: twice is once.`,
    );
    process.exitCode = EXIT_CODES.unreachable;
    return;
  }
  console.error(`kazasu operation send: refused (${why}).`);
  process.exitCode = EXIT_CODES.refused;
}
