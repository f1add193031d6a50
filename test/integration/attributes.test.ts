import { expect, test } from "@jest/globals";
import { RelyingPartyClient } from "../../client/relying-party/relying-party.ts";
import type { PartyCaller } from "../unit/openid/party-caller.ts";
import { partyClient } from "./party.ts";
import { Resident } from "./resident.ts";
import { rows, stack } from "./stack.ts";

const clientOf = (party: PartyCaller): RelyingPartyClient =>
  new RelyingPartyClient({
    gateway: stack.gateway,
    async token() {
      const accessToken = await party.token("attributes");
      return { accessToken, proof: (method, url) => party.proof(method, url, accessToken) };
    },
  });
const refused = (code: string) => expect.objectContaining({ name: "PartyRefusal", code });

test("ok/what the person agreed to, while they agree to it; another party gets nothing", async () => {
  const resident = await Resident.enrolled();
  const { consentId } = await resident.disclosure();
  const [bank, other] = [clientOf(await partyClient("abc-bank")), clientOf(await partyClient())];

  const disclosed = await bank.attributes(consentId);
  expect(disclosed).toMatchObject({ sub: resident.subject, consentId, anchorVersion: 1 });
  expect(disclosed.attributes.name).toBeTruthy();
  expect(
    await rows("select detail from audit_lines where act = 'attributes-disclosed' and subject = $1", [
      consentId,
    ]),
  ).toEqual([
    {
      detail: {
        partyId: "abc-bank",
        version: 1,
        read: expect.any(String),
        attributes: "name,address,dateOfBirth,sex",
      },
    },
  ]);

  await expect(other.attributes(consentId)).rejects.toEqual(refused("CONSENT_NOT_IN_FORCE"));
  await resident.withdraw("disclosure");
  await expect(bank.attributes(consentId)).rejects.toEqual(refused("CONSENT_NOT_IN_FORCE"));
});

test("fail/an acknowledgement of a change that was never transmitted", async () => {
  const resident = await Resident.enrolled();
  const { consentId } = await resident.disclosure();
  const bank = clientOf(await partyClient("abc-bank"));
  for (const anchorVersion of [1, 2])
    await expect(bank.acknowledge({ consentId, anchorVersion, outcome: "applied" })).rejects.toEqual(
      refused("ACKNOWLEDGEMENT_UNEXPECTED"),
    );
});
