import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { type OperatorLogin, startOperatorLogin } from "../../simulators/operator-login/server.ts";

/** The operators of the test setting: a name for each role. None has two roles, so that dual control needs two people. */
const operators = {
  wakaba: ["viewer"],
  sakura: ["operator"],
  kaede: ["approver"],
  momiji: ["approver"],
  ayame: ["auditor"],
};

/** The console's client at the simulated provider; its secret is new at each start, in `secretFile` (mode 0600). */
export async function startOperators(options: {
  port: number;
  secretFile: string;
  redirectUri: string;
}): Promise<OperatorLogin> {
  const secret = randomBytes(32).toString("base64url");
  await writeFile(options.secretFile, secret, { mode: 0o600 });
  const client = { id: "kazasu-console", secret, redirectUris: [options.redirectUri] };
  return startOperatorLogin({ port: options.port, client, operators });
}
