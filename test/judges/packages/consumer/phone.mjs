/** A party's app in JavaScript, with what npm installed: one tap to a certificate, then logins. */
import { answerLogin, Gateway, makeWebCryptoDeviceKey, oneTap, openLogin } from "@kazasu/app";
import { answerLines } from "./lines.mjs";

const { gateway: url, cards, card, party, pin } = JSON.parse(process.env.PHONE);
const gateway = new Gateway(url);
const encode = (bytes) => Buffer.from(bytes).toString("base64url");

/** The simulated card reader, as NFC would be. */
async function transmit(apdu) {
  const response = await fetch(`${cards}/reader/${card}/apdu`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ apdu: Buffer.from(apdu).toString("hex") }),
  });
  return Buffer.from((await response.json()).response, "hex");
}

const deviceKey = await makeWebCryptoDeviceKey();
const { issuer, serviceKeys } = await gateway.configuration();
let enrolled;

await answerLines({
  async enrol() {
    enrolled = await oneTap({
      gateway,
      serviceKey: serviceKeys,
      party,
      app: `${party}-app`,
      intent: "enrol",
      deviceKey,
      language: "ja",
      transmit,
      pin,
      agree: ["terms", "register-refresh"],
    });
    return { enrolmentId: enrolled.enrolmentId, root: encode(enrolled.chain.at(-1)) };
  },

  async logIn({ link }) {
    const { enrolmentId, certificate, chain } = enrolled;
    const enrolment = { enrolmentId, deviceKey, issuer };
    const login = await openLogin(gateway, enrolment, { link });
    return answerLogin(gateway, enrolment, login, { decision: "approve", certificate, chain });
  },
});
