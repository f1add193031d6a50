import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "commander";
import { crlFile, rootCrlFile } from "../sandbox/demo/status.ts";
import { tellStory } from "../sandbox/demo/story.ts";
import type { Stack } from "../sandbox/embedded/stack.ts";
import { createLog } from "./log.ts";
import { stopSignal } from "./stop-signal.ts";

/** `kazasu demo`: the story of one person, one card and two phones, on real parts. */
export function demoCommand(program: Command): void {
  program
    .command("demo")
    .description("play the story of one tap on real parts, and write the results into a folder")
    .option("--out <folder>", "folder for certificates, CRLs and story.json", "var/demo")
    .addHelpText(
      "after",
      "\nOn a terminal it runs until Ctrl-C; with CI set or without a terminal it ends by itself.\nExit codes: 0 every step succeeded, 1 one failed.",
    )
    .action(async ({ out }: { out: string }) => {
      const stop = stopSignal();
      process.env["KAZASU_LOG_LEVEL"] ??= "error";
      // Shortened waits: an hour passes in a second, and J-LIS is asked every hour.
      process.env["KAZASU_TIME_SCALE"] ??= "3600";
      process.env["KAZASU_CERTIFICATE_POLL_HOURS"] ??= "1";
      const started = performance.now();
      console.log("Starting Temporal, Postgres, J-LIS (simulated), worker, gateway …");
      const { startStack } = await import("../sandbox/embedded/stack.ts");
      const stack = await startStack({ control: {}, log: createLog() });
      try {
        console.log(
          `Started in ${((performance.now() - started) / 1_000).toFixed(1)} s. The card is a simulation, and so is everybody on it.\n`,
        );
        await clear(out);
        const story = tellStory(stack, out, console.log);
        const ended = await Promise.race([story, stop.then(() => "stopped" as const)]);
        if (ended === "stopped") return;
        console.log(
          `\n${ended ? "Every step succeeded." : "A step failed."} Written to ${resolve(out)}: ${written.join(", ")}`,
        );
        process.exitCode = ended ? 0 : 1;
        if (staysUp()) await linger(stack, stop);
      } finally {
        await stack.close();
      }
    });
}

const written = ["phone-a.pem", "phone-b.pem", "chain.pem", crlFile, rootCrlFile, "story.json"];

const staysUp = (): boolean => process.stdout.isTTY && !process.env["CI"];

/** Results of an earlier run must not be taken for those of this one. */
async function clear(out: string): Promise<void> {
  await Promise.all(written.map((file) => rm(resolve(out, file), { force: true })));
}

async function linger(stack: Stack, stop: Promise<unknown>): Promise<void> {
  const { startPages } = await import("../sandbox/pages.ts");
  const pages = await startPages(stack, createLog());
  try {
    const { gateway, temporalUi, jlis, crl, ocsp, console: operators } = stack;
    const outside = { gateway, "Temporal UI": temporalUi, "J-LIS": jlis, CRL: crl, OCSP: ocsp };
    const addresses = { ...outside, Console: operators };
    for (const [name, address] of Object.entries(addresses)) console.log(`  ${name.padEnd(12)}${address}`);
    console.log(`\nPlay it yourself, with the mouse: ${pages.url}\nCtrl-C ends it.`);
    await stop;
  } finally {
    await pages.close();
  }
}
