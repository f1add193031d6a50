/**
 * A virtual card in a process of its own: `pcscd` asks it while the program that taps waits for `pcscd`, and what waits for
 * itself waits for ever. Messages are `{ id, op, … }`, answers `{ id, result }` or `{ id, failure }`; each APDU is reported.
 */
import { atr } from "../../dist/simulators/my-number-card/atr.js";
import { MyNumberCard } from "../../dist/simulators/my-number-card/card.js";
import { insert } from "../../dist/simulators/my-number-card/vpcd.js";

let card;
let insertion;

const ops = {
  async insert({ memory, host, port }) {
    card = new MyNumberCard(memory);
    insertion = await insert(
      {
        atr,
        reset: async () => card.reset(),
        async transmit(apdu) {
          process.send({ apdu: Buffer.from(apdu).toString("hex") });
          return card.transmit(apdu);
        },
      },
      { host, port },
    );
    insertion.ended.catch(() => {});
  },
  async remove() {
    await insertion?.remove();
    insertion = undefined;
  },
  async state() {
    const { signatures, signTriesLeft } = card;
    return { signatures, signTriesLeft };
  },
};

async function answer({ id, op, ...asked }) {
  try {
    process.send({ id, result: await ops[op](asked) });
  } catch (error) {
    process.send({ id, failure: error.message });
  }
}
process.on("message", (message) => void answer(message));
process.on("disconnect", () => process.exit());
