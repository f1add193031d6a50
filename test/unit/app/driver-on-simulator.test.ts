import { createHash, verify, X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { openSignCard } from "../../../client/app/card/sign-card.ts";
import { tap } from "../../../client/app/card/tap.ts";
import { pin, simulatedCard } from "./simulated-card.ts";

let simulated: Awaited<ReturnType<typeof simulatedCard>>;
beforeAll(async () => {
  simulated = await simulatedCard();
});

describe("the driver on the simulated card", () => {
  test("ok/one tap: the certificate, and two signatures that verify under it", async () => {
    const { card, transmit } = simulated.inReader();
    const tapped = await tap({ transmit, pin: pin.toLowerCase() });
    expect(Buffer.from(tapped.certificate)).toEqual(simulated.certificate);
    const { publicKey } = new X509Certificate(tapped.certificate);
    for (const message of [Buffer.from("first"), Buffer.from("second")]) {
      const signature = await tapped.sign(createHash("sha256").update(message).digest());
      expect(verify("sha256", message, publicKey, signature)).toBe(true);
    }
    expect(card).toMatchObject({ activations: 1, signatures: 2, signTriesLeft: 5 });
  });

  test("ok/the card's token says that it is a card", async () => {
    expect(await (await openSignCard(simulated.inReader().transmit)).bearer()).toBe("card");
  });

  test("ok/reading the tries left spends none", async () => {
    const { card, transmit } = simulated.inReader();
    const driver = await openSignCard(transmit);
    expect([await driver.triesLeft(), await driver.triesLeft()]).toEqual([5, 5]);
    expect(card.signTriesLeft).toBe(5);
  });

  test("fail/three wrong PINs, then the warning stops the fourth; agreed to, it locks at the fifth", async () => {
    const { card, transmit } = simulated.inReader();
    const attempt = (agree: boolean) => tap({ transmit, pin: "WRONG1", onFewTries: async () => agree });
    for (const triesLeft of [4, 3, 2]) {
      await expect(attempt(false)).rejects.toMatchObject({ code: "PIN_WRONG", triesLeft });
    }
    await expect(attempt(false)).rejects.toMatchObject({ code: "PIN_LAST_TRIES", triesLeft: 2 });
    expect(card.signTriesLeft).toBe(2);
    await expect(attempt(true)).rejects.toMatchObject({ code: "PIN_WRONG", triesLeft: 1 });
    await expect(attempt(true)).rejects.toMatchObject({ code: "PIN_LOCKED", triesLeft: 0 });
    await expect(tap({ transmit, pin })).rejects.toMatchObject({ code: "PIN_LOCKED" });
  });

  test("fail/a card that moves away after VERIFY got through has spent one try, not two", async () => {
    const { card, transmit } = simulated.inReader();
    const tearing = async (apdu: Uint8Array) => {
      const response = await transmit(apdu);
      if (apdu[1] === 0x20 && apdu.length > 4) throw new Error("the answer was lost");
      return response;
    };
    await expect(tap({ transmit: tearing, pin: "WRONG1" })).rejects.toMatchObject({
      code: "PIN_EXCHANGE_TORN",
    });
    expect(card.signTriesLeft).toBe(4);
  });

  test("fail/nothing but the sign PIN, sign key and sign certificate is ever selected", async () => {
    const { transmit, sent } = simulated.inReader();
    const tapped = await tap({ transmit, pin });
    await tapped.sign(new Uint8Array(32));
    const selected = sent.filter((apdu) => apdu.startsWith("00a4"));
    expect(new Set(selected)).toEqual(
      new Set(["00a4040c0ad392f000260100000001", "00a4020c02001b", "00a4020c020001", "00a4020c02001a"]),
    );
    // The applications that hold the 12-digit My Number and the printed attributes.
    expect(sent.join(" ")).not.toMatch(/d3921000310001010408|d3921000310001010402/i);
  });
});
