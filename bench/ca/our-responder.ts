import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import { StatusRegistry } from "../../registry/certificate/status.ts";
import { openDatabase } from "../../registry/database.ts";
import { startStatusListeners } from "../../status/status-listeners.ts";
import { openBenchCa } from "./generations.ts";

/**
 * The status listeners in their own process: `<Postgres URL> <CA folder> <passphrase>`. Prints its port once pre-signing is
 * complete, and ends with its parent.
 */
const [url = "", directory = "", passphrase = ""] = process.argv.slice(2);
/** CPU use in a second below which pre-signing is considered complete. */
const quietMs = 100;

const authorities = await openBenchCa({ directory, passphrase });
const unlimited = 1_000_000; // all requests come from one address here
const listeners = await startStatusListeners({
  authorities: () => authorities,
  registry: new StatusRegistry(openDatabase(url)),
  host: "127.0.0.1",
  crlPort: 0,
  ocspPort: 0,
  crlBase: "http://crl.example",
  log: pino({ level: "error" }),
  onlinePerSecond: unlimited,
  onlinePerSecondAndAddress: unlimited,
});
process.on("disconnect", () => process.exit(0));
for (let used = Number.POSITIVE_INFINITY; used > quietMs; ) {
  const before = process.cpuUsage();
  await sleep(1_000);
  const { user, system } = process.cpuUsage(before);
  used = (user + system) / 1_000;
}
process.send?.(Number(new URL(listeners.ocsp).port));
