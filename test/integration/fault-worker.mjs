/**
 * A worker with a fault, as the command line names it:
 *   die-after-signing FILE      signs its first certificate, writes the signature (hex) to FILE, and dies by SIGKILL
 *   die-before ENTRY NTH        dies when the NTH journal line of this entry is about to be written
 *   die-after ENTRY NTH         dies as soon as that line is on disk
 *   signer-times-out            its first signature is made, and the signer says that it does not know
 */
import { writeFileSync } from "node:fs";
import { pino } from "pino";
import { readConfiguration } from "../../dist/workers/configuration.js";
import { runWorker } from "../../dist/workers/run-worker.js";

const [fault, ...operands] = process.argv.slice(2);
const log = pino({ level: "debug" }, pino.destination(2));

const die = () => {
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => {}); // nothing of it may go on in what is left of this turn
};

const signingBy = (sign) => (made) => {
  const withSigner = (authority) => {
    const { keyStore } = authority;
    const faulty = {
      list: () => keyStore.list(),
      publicKey: (id) => keyStore.publicKey(id),
      sign: (id, data) =>
        id === authority.issuingKeyId ? sign(keyStore, id, data) : keyStore.sign(id, data),
    };
    return { ...authority, keyStore: faulty };
  };
  return { active: withSigner(made.active), all: made.all.map(withSigner) };
};

function journalDying(when, entry, nth) {
  let seen = 0;
  return (made) => ({
    ...made,
    async append(...lines) {
      const isIt = lines.some((line) => line.entry === entry) && (seen += 1) === Number(nth);
      if (isIt && when === "before") return die();
      await made.append(...lines);
      if (isIt) await die();
    },
  });
}

let signatures = 0;
const faults = {
  "die-after-signing": ([witness]) => ({
    authorities: signingBy(async (keyStore, id, data) => {
      const { signature } = await keyStore.sign(id, data);
      writeFileSync(witness, Buffer.from(signature).toString("hex"));
      return die();
    }),
  }),
  "die-before": ([entry, nth]) => ({ journal: journalDying("before", entry, nth) }),
  "die-after": ([entry, nth]) => ({ journal: journalDying("after", entry, nth) }),
  "signer-times-out": () => ({
    authorities: signingBy(async (keyStore, id, data) => {
      const signed = await keyStore.sign(id, data);
      signatures += 1;
      if (signatures === 1) throw new Error("The HSM has not answered in time.");
      return signed;
    }),
  }),
};

await runWorker(readConfiguration(process.env), log, faults[fault](operands));
log.info("worker is running");
