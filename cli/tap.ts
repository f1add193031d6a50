import type { Command } from "commander";
import { type EnrolmentOptions, enrolAndReport, enrolmentOptions, type FindCard } from "./enrolment.ts";

interface TapOptions extends EnrolmentOptions {
  reader?: string;
}

/** `kazasu tap`: plays a desktop app, with a card in a reader of this computer. */
export function tapCommand(program: Command): void {
  enrolmentOptions(
    program
      .command("tap")
      .description(
        "play a desktop app: one tap of a card in a reader (PC/SC); writes the certificate into a folder",
      ),
  )
    .option("--reader <name>", "part of the reader's name (default: the first with a card)")
    .action((options: TapOptions) => enrolAndReport(options, findInReader(options)));
}

const findInReader =
  ({ reader }: TapOptions): FindCard =>
  async () => {
    const { openReaderCard } = await import("../client/app/card/pcsc.ts");
    const card = await openReaderCard(reader === undefined ? {} : { reader });
    return {
      transmit: card.transmit,
      async end() {
        card.close();
        return 1;
      },
    };
  };
