import { beforeAll, expect } from "@jest/globals";
import { Certification } from "../../../simulators/j-lis/certification.ts";
import { mint } from "../../../simulators/j-lis/mint.ts";
import { MyNumberCard } from "../../../simulators/my-number-card/card.ts";
import { type CardMemory } from "../../../simulators/my-number-card/memory.ts";
import { selectFile, selectJpki, send, verify } from "./card-driver.ts";

export const selectAssist = "00A4040C0AD3921000310001010408";
export const selectSurface = "00A4040C0AD3921000310001010402";

export let template: CardMemory;

export function mintCard(): void {
  beforeAll(async () => {
    const certification = await Certification.make();
    template = (await mint({ variant: "good", certification })).memory;
  });
}

export const newCard = () => new MyNumberCard(structuredClone(template));

/** A card with the sign PIN verified and the sign key selected. */
export function readyToSign(): MyNumberCard {
  const card = newCard();
  for (const apdu of [selectJpki, selectFile("001B"), verify("ABC12345"), selectFile("001A")]) {
    expect(send(card, apdu).status).toBe("9000");
  }
  return card;
}
