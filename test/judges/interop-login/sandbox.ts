import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Control } from "../../integration/sandbox-control.ts";
import { freePort, startServer } from "./server.ts";

const command = fileURLToPath(new URL("../../../bin/kazasu.mjs", import.meta.url));

export interface Sandbox {
  control: Control;
  /** Its issuer for ordinary libraries. */
  issuer: string;
  stop: () => Promise<void>;
}

/** A `kazasu sandbox` on a folder of its own. @param signal ends it, whether it is ready or not */
export async function startSandbox(signal: AbortSignal): Promise<Sandbox> {
  const folder = await mkdtemp(join(tmpdir(), "kazasu-interop-"));
  const args = [command, "sandbox", "--json", "--data", folder, "--port", String(await freePort())];
  const server = await startServer(
    { program: process.execPath, args, ready: /^\{.*"people".*\}$/m },
    {},
    signal,
  );
  const [line = "{}"] = /^\{.*"people".*\}$/m.exec(server.said()) ?? [];
  const { sandbox, gateway } = JSON.parse(line) as { sandbox: string; gateway: string };
  return {
    control: new Control(sandbox),
    issuer: `${gateway}/oidc`,
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
