import { randomInt } from "node:crypto";

/** The number that one screen shows and that the person chooses on another, among two decoys. */
export const randomNumber = (): number => randomInt(10, 100);

/** Two other numbers, different from each other. */
export function decoysOf(number: number): number[] {
  const others = new Set<number>();
  while (others.size < 2) {
    const other = randomNumber();
    if (other !== number) others.add(other);
  }
  return [...others];
}

/** The number among its decoys, in an order that does not depend on which one is right. */
export function numbersToChoose({ number, decoys }: { number: number; decoys: number[] }): number[] {
  const left = [number, ...decoys];
  return [number, ...decoys].flatMap(() => left.splice(randomInt(left.length), 1));
}
