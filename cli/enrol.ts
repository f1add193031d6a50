import type { Command } from "commander";
import { SimulatedCard, SimulatorFailed } from "../sandbox/devices/simulated-card.ts";
import { type EnrolmentOptions, enrolAndReport, enrolmentOptions, type FindCard } from "./enrolment.ts";

interface EnrolOptions extends EnrolmentOptions {
  card: string;
  cards?: string;
}

/** `kazasu enrol`: plays the phone, with a card in the simulated reader. */
export function enrolCommand(program: Command): void {
  enrolmentOptions(
    program
      .command("enrol")
      .description("play the phone: one tap of a simulated card; writes the certificate into a folder"),
  )
    .requiredOption(
      "--card <name>",
      "name of the card in the simulated reader; an unknown name is a new person",
    )
    .option(
      "--cards <url>",
      "the simulated card reader (default: the one published by the gateway in a test setting)",
    )
    .action((options: EnrolOptions) => enrolAndReport(options, findSimulated(options)));
}

const findSimulated =
  ({ card: name, cards: given }: EnrolOptions): FindCard =>
  async ({ simulators }, pin) => {
    const cards = given ?? simulators?.cards;
    if (cards === undefined)
      throw new SimulatorFailed("This gateway publishes no simulated card reader; specify one with --cards.");
    const card = new SimulatedCard(cards, name);
    const before = await counted(card, pin);
    await card.remove();
    return { transmit: card.transmit, end: () => tapsSince(before, card) };
  };

/** Ends the tap. An unreachable reader must not hide the issued certificate or the first error. */
async function tapsSince(before: number, card: SimulatedCard): Promise<number | null> {
  try {
    await card.remove();
    return (await card.counters()).activations - before;
  } catch {
    return null;
  }
}

/** Taps so far; creates a card that does not exist yet, with this PIN. */
async function counted(card: SimulatedCard, pin: string): Promise<number> {
  try {
    return (await card.counters()).activations;
  } catch (error) {
    if (!(error instanceof SimulatorFailed) || error.code !== "NO_SUCH_CARD") throw error;
  }
  if (await card.issue({ signPin: pin })) {
    process.stderr.write(
      `The simulated town hall made a new person with the card ${card.name} and this PIN.\n`,
    );
  }
  return (await card.counters()).activations;
}
