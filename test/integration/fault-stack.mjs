/**
 * The stack of the fault tests: Temporal, Postgres and the simulators, but no process of the engine; those are the
 * tests' to start and to kill. Prints one line of JSON, the addresses and the `environment` with which a process
 * joins, and runs until SIGTERM or until stdin closes, which it does however the tests end.
 */
import { pino } from "pino";
import { startStack } from "../../dist/sandbox/embedded/stack.js";

const { close, ...addresses } = await startStack({
  log: pino({ level: "info" }, pino.destination(2)),
  parts: { worker: false, gateway: false, status: false },
});
const ended = new Promise((resolve) => {
  process.on("SIGTERM", resolve);
  process.stdin.on("close", resolve).resume();
});
process.stdout.write(`${JSON.stringify(addresses)}\n`);
await ended;
await close();
process.stdin.destroy(); // or it keeps us alive
