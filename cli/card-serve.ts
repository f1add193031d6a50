import { type Command, InvalidArgumentError, Option } from "commander";
import { createLog } from "./log.ts";
import { stopSignal } from "./stop-signal.ts";

interface ServeOptions {
  vpcd: { host: string; port: number };
  person: string;
  cards?: string;
  data: string;
  bearer: string;
  forecastP384?: true;
  trace?: true;
}

const defaultPin = "ABC12345";

/** `kazasu card serve`: a virtual My Number Card in a virtual reader, for software that uses it like a real one. */
export function serveCommand(card: Command): void {
  card
    .command("serve")
    .description("put a virtual My Number Card into a virtual reader of pcscd, until it is stopped")
    .option("--vpcd <host:port>", "where the virtual reader listens", reader, {
      host: "127.0.0.1",
      port: 35_963,
    })
    .option("--person <name>", "the card's holder; an unknown name is a new person", "hanako")
    .option("--cards <url>", "a running stack's card simulator (default: starts its own)")
    .option("--data <folder>", "data folder of its own simulated town hall", "var/card")
    .addOption(
      new Option("--bearer <what>", "what holds a new person's certificates")
        .choices(["card", "android", "iphone"])
        .default("card"),
    )
    .option(
      "--forecast-p384",
      "a new person's card signs with P-384, as the next generation may: a forecast, no published fact",
    )
    .option("--trace", "print each exchange on stderr, with PINs masked")
    .addHelpText(
      "after",
      `
Prints the card's PINs and where the CA certificates are. The persons are fictitious. Exit codes: 0 stopped, 1 could not start.`,
    )
    .action(serve);
}

function reader(given: string): ServeOptions["vpcd"] {
  const [, host, port] = /^\[?([^\]]+)\]?:(\d{1,5})$/.exec(given) ?? [];
  if (host === undefined || Number(port) > 65_535) throw new InvalidArgumentError("It must be HOST:PORT.");
  return { host, port: Number(port) };
}

async function serve(options: ServeOptions): Promise<void> {
  const { vpcd, person, cards: given, data, bearer, forecastP384, trace } = options;
  const stop = stopSignal();
  const [{ insert }, { atr }, { SimulatedCard }, { lineOf, traced }] = await Promise.all([
    import("../simulators/my-number-card/vpcd.ts"),
    import("../simulators/my-number-card/atr.ts"),
    import("../sandbox/devices/simulated-card.ts"),
    import("../client/app/card/apdu-trace.ts"),
  ]);
  const townHall = given === undefined ? await openTownHall(data) : undefined;
  try {
    const cards = given ?? townHall?.url ?? "";
    const card = new SimulatedCard(cards, person);
    const forecast = forecastP384 ? { forecast: "p384" } : {};
    await card.issue({ signPin: defaultPin, bearer, ...forecast });
    const print = (line: string) => process.stderr.write(`  ${line}\n`);
    const transmit = trace ? traced(card.transmit, (exchange) => print(lineOf(exchange))) : card.transmit;
    const inserted = await insert({ atr, transmit, reset: () => card.remove() }, vpcd);
    console.log(
      [
        `The card of ${person} is in the virtual reader at ${vpcd.host}:${vpcd.port}. Nobody on it is real.`,
        `  sign PIN ${defaultPin} and auth PIN 1234, unless they were changed`,
        `  CA certificates ${cards}/ca/sign.pem and ${cards}/ca/auth.pem`,
        `  town hall ${cards}/town-hall/residents/${encodeURIComponent(person)}`,
        "Ctrl-C removes it.",
      ].join("\n"),
    );
    await Promise.race([stop, inserted.ended]);
    await inserted.remove();
  } finally {
    await townHall?.close();
  }
}

async function openTownHall(directory: string) {
  const { startJlis } = await import("../simulators/j-lis/server.ts");
  const log = createLog();
  return startJlis({ directory, log: (line) => log.error({ part: "j-lis" }, line) });
}
