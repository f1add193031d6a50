/**
 * A worker whose power fails at the worst moment: it signs its first certificate, writes the signature (hex) to the
 * file named on the command line so that the test can tell that it did, and kills itself before anything is stored.
 */
import { writeFileSync } from "node:fs";
import { pino } from "pino";
import { readConfiguration } from "../../dist/workers/configuration.js";
import { runWorker } from "../../dist/workers/run-worker.js";

const [witness] = process.argv.slice(2);
const log = pino({ level: "debug" }, pino.destination(2));

const failingAfterSigning = (keyStore) => ({
  list: () => keyStore.list(),
  publicKey: (id) => keyStore.publicKey(id),
  async sign(id, data) {
    const { signature } = await keyStore.sign(id, data);
    writeFileSync(witness, Buffer.from(signature).toString("hex"));
    process.kill(process.pid, "SIGKILL");
    return new Promise(() => {}); // nothing of it may go on in what is left of this turn
  },
});

await runWorker(readConfiguration(process.env), log, {
  authority: (made) => ({ ...made, keyStore: failingAfterSigning(made.keyStore) }),
});
log.info("worker is running");
