import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, request as sendOn } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { exportJWK, generateKeyPair } from "jose";
import { Pool } from "pg";
import { registerPartyClient } from "../../registry/party/clients.ts";
import { registerParty } from "../../registry/party/parties.ts";
import { PartyCaller } from "../unit/openid/party-caller.ts";

/** schemathesis as the judge of /openapi.json: it sends what the document allows and what it does not. */

const run = promisify(execFile);
const command = fileURLToPath(new URL("../../bin/kazasu.mjs", import.meta.url));
/** Addresses of parties, with the scope that each takes. */
const scopes: [path: string, scope: string][] = [
  ["/v1/attributes", "attributes"],
  ["/v1/acknowledgements", "attributes"],
  ["/v1/transactions/", "transactions"],
  ["/v1/links", "links"],
  ["/ssf/", "ssf"],
];
const seconds = 60;

jest.setTimeout(300_000);

let stack: ChildProcess;
let proxy: Server;
let url: string;

beforeAll(async () => {
  stack = spawn(process.execPath, [command, "up", "--json"], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, KAZASU_RATE_LIMIT: "1000000", KAZASU_LOG_LEVEL: "error" },
  });
  const [line] = (await once(createInterface({ input: stack.stdout! }), "line")) as [string];
  const { gateway, postgres } = JSON.parse(line) as { gateway: string; postgres: string };
  const party = await newParty(gateway, postgres);
  proxy = createServer((request, response) => {
    const passOn = async (): Promise<void> => {
      const headers = { ...request.headers, ...(await proofOf(party, request)), host: new URL(gateway).host };
      const passed = sendOn(`${gateway}${request.url}`, { method: request.method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      passed.on("error", () => response.destroy());
      request.pipe(passed);
    };
    void passOn();
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});
afterAll(async () => {
  proxy?.close();
  if (stack && stack.exitCode === null) {
    stack.kill("SIGTERM");
    await once(stack, "exit");
  }
});

async function newParty(gateway: string, postgres: string): Promise<PartyCaller> {
  const pool = new Pool({ connectionString: postgres, max: 1 });
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: "client", alg: "ES256" };
  await registerParty(pool, { id: "judge", name: { ja: "試験", en: "Judge" }, apps: [] });
  await registerPartyClient(pool, { id: "judge", partyId: "judge", jwks: { keys: [jwk] } });
  await pool.end();
  const key = { kid: "client", privateKey };
  return new PartyCaller({ url: gateway, partyId: "judge", clientId: "judge", key });
}

/** A party's token and a proof for this very request, which schemathesis could not make. */
async function proofOf(
  party: PartyCaller,
  { method = "GET", url: path = "/" }: IncomingMessage,
): Promise<Record<string, string>> {
  const scope = scopes.find(([start]) => path.startsWith(start))?.[1];
  if (scope === undefined) return {};
  const token = await party.token(scope);
  return { authorization: `DPoP ${token}`, dpop: await party.proof(method, `${party.url}${path}`, token) };
}

test("ok/no answer of 500 and more, and none that the document does not name", async () => {
  const program = join(process.env["KAZASU_SCHEMATHESIS"] ?? "", "schemathesis");
  const checks = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
  ];
  const options =
    `run ${url}/openapi.json --url ${url} --checks ${checks.join(",")} --phases examples,coverage,fuzzing ` +
    `--max-time ${seconds} --seed 1 --continue-on-failure --suppress-health-check all --warnings off --no-color`;
  const { stdout, code } = await run(program, options.split(" "), {
    env: process.env,
    maxBuffer: 64 * 1_048_576,
    timeout: 240_000,
  }).then(
    ({ stdout }) => ({ stdout, code: 0 }),
    (failed: { stdout: string; code: number }) => ({ stdout: failed.stdout, code: failed.code }),
  );
  const [, generated = "0"] = /(\d+) generated/.exec(stdout) ?? [];
  if (code !== 0) throw new Error(`schemathesis found something:\n${stdout.slice(-6_000)}`);
  // Some thousands in its time on a quiet machine; on a busy one it only has to have asked.
  expect(Number(generated)).toBeGreaterThan(100);
});
