import type { Transmit } from "../../../client/app/card/sign-card.ts";
import { Certification } from "../../../simulators/j-lis/certification.ts";
import { mint } from "../../../simulators/j-lis/mint.ts";
import { MyNumberCard } from "../../../simulators/my-number-card/card.ts";

/** The sign PIN of the card below. */
export const pin = "ABC12345";

/** A card that behaves, as the simulator makes it, with the certificates of its sign key and of the CA. */
export async function simulatedCard() {
  const { memory } = await mint({ variant: "good", certification: await Certification.make(), signPin: pin });
  const inReader = () => {
    const card = new MyNumberCard(structuredClone(memory));
    const sent: string[] = [];
    const transmit: Transmit = async (apdu) => {
      sent.push(Buffer.from(apdu).toString("hex"));
      return card.transmit(apdu);
    };
    return { card, transmit, sent };
  };
  return {
    certificate: Buffer.from(memory.sign.certificate, "base64"),
    authority: Buffer.from(memory.sign.authority, "base64"),
    /** A fresh copy of the card in a reader that records what it is sent. */
    inReader,
  };
}
