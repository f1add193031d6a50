import { SimulatorFailed } from "../devices/simulated-card.ts";
import type { Person } from "./person.ts";
import type { Mishap, PersonOfTheCast } from "./persons.ts";
import { pin } from "./phone.ts";

/** Creates the person at the town hall, with a card, and plays their mishap: once, however often it is called. */
export async function prepare(person: Person): Promise<void> {
  if (person.prepared) return;
  const { register, mishap } = person.cast;
  await person.card.issue({ signPin: pin, ...bornIn(register, new Date()) });
  if (mishap) await playMishap(person, mishap);
  await person.setPrepared();
}

/**
 * The register entry as ordered at the counter, with a date of birth such that the person reached this age before this month.
 */
export function bornIn(
  { yearsOld, ...register }: PersonOfTheCast["register"],
  today: Date,
): Omit<PersonOfTheCast["register"], "yearsOld"> {
  if (yearsOld === undefined) return register;
  const born = new Date(Date.UTC(today.getUTCFullYear() - yearsOld, today.getUTCMonth(), 1));
  return { ...register, dateOfBirth: born.toISOString().slice(0, "YYYY-MM-DD".length) };
}

/** Plays a mishap: to have it twice is to have it once. */
export async function playMishap({ card }: Person, mishap: Mishap): Promise<void> {
  if (mishap.act === "lock-pin") return lockPin(card);
  const { act, ...details } = mishap;
  try {
    await card.atTownHall(act, details);
  } catch (error) {
    // Already played by an interrupted start.
    const code = error instanceof SimulatorFailed ? error.code : undefined;
    if (code !== "ALREADY_REVOKED" && code !== "RESIDENT_DIED") throw error;
  }
}

const selectApplication = "00a4040c0ad392f000260100000001";
const selectSignPin = "00a4020c02001b";
/** VERIFY (ISO/IEC 7816-4 §11.5.6) with a PIN that no card of the sandbox has. */
const verifyWrong = `0020008008${Buffer.from("WRONG000").toString("hex")}`;
const mostTries = 16;

/** Tries wrong PINs until none are left: status 63C0 or 6983. */
async function lockPin(card: Person["card"]): Promise<void> {
  const send = async (apdu: string) =>
    Buffer.from(await card.transmit(Buffer.from(apdu, "hex"))).toString("hex");
  for (const apdu of [selectApplication, selectSignPin]) await send(apdu);
  for (let tried = 0; tried < mostTries; tried += 1) {
    if (/(?:63c0|6983)$/.test(await send(verifyWrong))) return card.remove();
  }
  throw new SimulatorFailed("The card does not lock its PIN.");
}
