import { randomInt } from "node:crypto";

/** A number that one screen shows and that is chosen on another, where two that are none stand beside it. */
export const randomNumber = (): number => randomInt(10, 100);

/** Two other numbers, unlike each other. */
export function decoysOf(number: number): number[] {
  const others = new Set<number>();
  while (others.size < 2) {
    const other = randomNumber();
    if (other !== number) others.add(other);
  }
  return [...others];
}

/** The number among its decoys, in an order that tells nothing. */
export function numbersToChoose({ number, decoys }: { number: number; decoys: number[] }): number[] {
  const left = [number, ...decoys];
  return [number, ...decoys].flatMap(() => left.splice(randomInt(left.length), 1));
}
