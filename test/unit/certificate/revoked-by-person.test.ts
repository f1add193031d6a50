import { describe, expect, test } from "@jest/globals";
import { readInbox } from "../../../client/app/inbox.ts";
import { signPhoneMessage } from "../../../client/app/phone-message.ts";
import { revokeOwnCertificate } from "../../../client/app/revocation.ts";
import { labels } from "../../../protocol/labels.ts";
import { addPhone, makePerson } from "../notification/people.ts";
import { gateway, registry, serveRevocations, statusOf, temporal, warnings } from "./revocation-gateway.ts";

serveRevocations();

describe("revocation by the person", () => {
  test("ok/the certificate is revoked when the answer arrives; another phone of the person sees it in its inbox", async () => {
    const person = await makePerson(registry.pool);
    const second = await addPhone(registry.pool, person.personId, person.partyId);
    const revoked = await revokeOwnCertificate(gateway, person.phone, "cessationOfOperation");
    expect(revoked.serials).toHaveLength(1);
    expect(await statusOf(person.phone.enrolmentId)).toEqual({
      state: "revoked",
      reason: "cessationOfOperation",
      by: "person",
    });
    expect(temporal.signalled).toEqual([person.phone.enrolmentId]);
    expect((await readInbox(gateway, second)).certificates).toMatchObject([
      { enrolmentId: person.phone.enrolmentId, kind: "revoked" },
    ]);
    expect(await statusOf(second.enrolmentId)).toMatchObject({ state: "active", reason: null });
  });

  test("ok/while Temporal is unavailable the certificate is revoked all the same", async () => {
    temporal.isUnavailable = true;
    const { phone } = await makePerson(registry.pool);
    await revokeOwnCertificate(gateway, phone, "unspecified");
    expect(await statusOf(phone.enrolmentId)).toMatchObject({ state: "revoked" });
    expect(warnings).toContainEqual({ errorName: "Error" });
  });

  test("ok/the same message again has the same answer; a new one is refused, for its certificate is revoked", async () => {
    const { phone } = await makePerson(registry.pool);
    const message = await signPhoneMessage(phone, {
      type: labels.revocation,
      reason: "unspecified",
    } as never);
    const first = await gateway.revoke({ message: message.message });
    expect(await gateway.revoke({ message: message.message })).toEqual(first);
    await expect(revokeOwnCertificate(gateway, phone, "unspecified")).rejects.toMatchObject({
      code: "MESSAGE_UNTRUSTED",
    });
  });

  test("fail/a reason that a person may not give", async () => {
    const { phone } = await makePerson(registry.pool);
    await expect(revokeOwnCertificate(gateway, phone, "superseded" as never)).rejects.toMatchObject({
      code: "MALFORMED_REQUEST",
    });
    expect(await statusOf(phone.enrolmentId)).toMatchObject({ state: "active" });
  });

  test("fail/a request for another person's enrolment", async () => {
    const [mine, other] = [await makePerson(registry.pool), await makePerson(registry.pool)];
    const forged = { ...mine.phone, enrolmentId: other.phone.enrolmentId };
    await expect(revokeOwnCertificate(gateway, forged, "unspecified")).rejects.toMatchObject({
      code: "MESSAGE_UNTRUSTED",
    });
    expect(await statusOf(other.phone.enrolmentId)).toMatchObject({ state: "active" });
  });
});
