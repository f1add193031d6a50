import type { Command } from "commander";
import { type EnrolmentOptions, enrolAndReport, enrolmentOptions, type FindCard } from "./enrolment.ts";

interface TapOptions extends EnrolmentOptions {
  reader?: string;
  trace?: true;
}

/** `kazasu tap`: a desktop app's one tap, with a card in a reader of this computer. */
export function tapCommand(program: Command): void {
  enrolmentOptions(
    program
      .command("tap")
      .description(
        "play a desktop app: one tap of a card in a reader (PC/SC), and a certificate in a folder",
      ),
  )
    .option("--reader <name>", "part of the reader's name (default: the first with a card in it)")
    .option("--trace", "print each exchange with the card on stderr, with PINs masked")
    .action((options: TapOptions) => enrolAndReport(options, findInReader(options)));
}

const findInReader =
  ({ reader, trace }: TapOptions): FindCard =>
  async () => {
    const [{ openReaderCard }, { lineOf, traced }] = await Promise.all([
      import("../client/app/card/pcsc.ts"),
      import("../client/app/card/apdu-trace.ts"),
    ]);
    const card = await openReaderCard(reader === undefined ? {} : { reader });
    const tell = (line: string) => process.stderr.write(`  ${line}\n`);
    return {
      transmit: trace ? traced(card.transmit, (exchange) => tell(lineOf(exchange))) : card.transmit,
      async end() {
        card.close();
        return 1;
      },
    };
  };
