import { randomInt } from "node:crypto";
import { type CardSurface, freshPin, type Printed } from "../my-number-card/memory.ts";
import type { RegisterEntry } from "./register.ts";
import { subjectAttributes } from "./register.ts";

/** What the town hall prints on a card. The date of birth is without its era, and unknown sex 3 becomes 0 (ISO/IEC 5218). */
export function printedOf(register: RegisterEntry): Printed {
  const { name, address } = subjectAttributes(register);
  return {
    name,
    address,
    dateOfBirth: register.dateOfBirth.slice(1),
    sex: register.sex === "3" ? "0" : register.sex,
  };
}

/** The face of a new card, with its own security code. */
export function surfaceOf(register: RegisterEntry, validUntil: Date, assistPin: string): CardSurface {
  const printed = printedOf(register);
  const code = String(randomInt(10_000)).padStart(4, "0");
  const number = `${printed.dateOfBirth.slice(2)}${validUntil.getUTCFullYear()}${code}`;
  return { printed, assistPin: freshPin("assist", assistPin), number: freshPin("number", number) };
}
