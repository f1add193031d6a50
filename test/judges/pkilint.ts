import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";

/** pkilint as an outside judge of what this CA makes. */

export type PkilintTool =
  | "lint_pkix_cert"
  | "lint_etsi_cert"
  | "lint_pkix_signer_signee_cert_chain"
  | "lint_crl"
  | "lint_ocsp_response";

export interface Finding {
  severity: "FATAL" | "ERROR" | "WARNING" | "NOTICE" | "INFO" | "DEBUG";
  /** Its name in pkilint: standard, clause and what is wrong. */
  code: string;
  /** Where in the document. */
  node: string;
  message: string;
}

const batchProgram = fileURLToPath(new URL("pkilint_batch.py", import.meta.url));

const report = z.object({
  results: z.array(
    z.object({
      node_path: z.string(),
      finding_descriptions: z.array(
        z.object({
          severity: z.enum(["FATAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG"]),
          code: z.string(),
          message: z.string().nullish(),
        }),
      ),
    }),
  ),
});
const answers = z.array(z.object({ code: z.number(), out: z.string(), err: z.string() }));

interface Job {
  tool: PkilintTool;
  args: readonly string[];
  ders: readonly Uint8Array[];
  resolve: (findings: Finding[]) => void;
  reject: (error: unknown) => void;
}

let waiting: Job[] = [];

/**
 * What a tool of pkilint finds in a document (DER): the findings from NOTICE up. `args` are the tool's own beside the
 * format. The chain tool takes two documents, issuer and subject. Calls of one moment share one process.
 *
 * Rejects when pkilint is not there, or cannot read a document.
 */
export function lintWith(
  tool: PkilintTool,
  args: readonly string[],
  der: Uint8Array | readonly Uint8Array[],
): Promise<Finding[]> {
  return new Promise((resolve, reject) => {
    if (waiting.length === 0) setImmediate(runWaiting);
    waiting.push({ tool, args, ders: der instanceof Uint8Array ? [der] : der, resolve, reject });
  });
}

function runWaiting(): void {
  const jobs = waiting;
  waiting = [];
  run(jobs).catch((error: unknown) => {
    for (const { reject } of jobs) reject(error);
  });
}

async function run(jobs: readonly Job[]): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "kazasu-pkilint-"));
  try {
    const commands = await Promise.all(
      jobs.map(async ({ tool, args, ders }, job) => {
        const files = ders.map((_, index) => join(directory, `${job}-${index}.der`));
        await Promise.all(ders.map((der, index) => writeFile(files[index]!, der)));
        const format = ["-s", "NOTICE", "-f", "JSON", "--document-format", "DER"];
        return [tool, ["lint", ...format, ...args, ...files]];
      }),
    );
    const results = answers.parse(JSON.parse(await python(JSON.stringify(commands))));
    jobs.forEach(({ tool, resolve, reject }, index) => {
      const { out = "", err = "" } = results[index] ?? {};
      // The exit code counts the findings; what failed has said so on stderr and has no report.
      if (out === "") reject(new Error(`${tool} made no report: ${err}`));
      else resolve(findingsOf(out));
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const findingsOf = (text: string): Finding[] =>
  report.parse(JSON.parse(text)).results.flatMap(({ node_path: node, finding_descriptions }) =>
    finding_descriptions.map(({ severity, code, message }) => ({
      severity,
      code,
      node,
      message: message ?? "",
    })),
  );

async function python(input: string): Promise<string> {
  const bin = process.env.KAZASU_PKILINT;
  if (bin === undefined || !existsSync(join(bin, "lint_pkix_cert"))) {
    throw new Error(
      "pkilint is not here: install it (python3 -m venv DIR && DIR/bin/pip install pkilint) and set KAZASU_PKILINT to DIR/bin.",
    );
  }
  const child = spawn(join(bin, "python"), [batchProgram], { stdio: ["pipe", "pipe", "pipe"] });
  const texts = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (texts.out += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (texts.err += chunk));
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`pkilint ended with ${code}: ${texts.err}`);
  return texts.out;
}
