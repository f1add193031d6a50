import { describe, expect, test } from "@jest/globals";
import { freezeNewPhone } from "../../../client/app/freeze.ts";
import { signPhoneMessage } from "../../../client/app/phone-message.ts";
import { labels } from "../../../protocol/labels.ts";
import { findEnrolment } from "../../../registry/issuance/enrolments.ts";
import { addPhone, makePerson } from "../notification/people.ts";
import {
  elsewhere,
  enrolled,
  gateway,
  newPhones,
  playAnnouncements,
  registry,
  stateOf,
} from "./announcement-world.ts";

playAnnouncements();

describe("a stop of newer phones", () => {
  test("bad/a phone that has stopped one phone cannot stop the one that replaces it", async () => {
    const person = await makePerson(registry.pool);
    const witness = await addPhone(registry.pool, person.personId, await elsewhere());
    const next = await enrolled(person, person.partyId, person.phone);
    const [notice] = await newPhones(witness);
    await freezeNewPhone(gateway, witness, notice!.noticeId);
    expect(await stateOf(next)).toBe("revoked");
    const again = await enrolled(person, person.partyId, next);
    const [shown] = await newPhones(witness);
    expect(shown).toMatchObject({ stopped: false, mayStop: false });
    for (const newer of [false, true])
      await expect(freezeNewPhone(gateway, witness, shown!.noticeId, { newer })).rejects.toMatchObject({
        code: "FREEZE_CLOSED",
      });
    await freezeNewPhone(gateway, witness, notice!.noticeId, { newer: true });
    expect(await stateOf(again)).toBe("active");
    expect((await newPhones(person.phone))[0]).toMatchObject({ stopped: false, mayStop: true });
  });

  test("ok/two phones stop everything newer at once: one act, and no older phone and no other person's is stopped", async () => {
    const person = await makePerson(registry.pool);
    const stranger = await makePerson(registry.pool);
    const witness = await addPhone(registry.pool, person.personId, await elsewhere());
    const first = await enrolled(person, person.partyId);
    const others = [await enrolled(person, await elsewhere()), await enrolled(person, person.partyId)];
    others.push(await enrolled(person, person.partyId, others[1]));
    const phones = [person.phone, witness];
    const notices = await Promise.all(phones.map(async (phone) => (await newPhones(phone)).at(-1)!.noticeId));
    await Promise.all(
      phones.map((phone, index) => freezeNewPhone(gateway, phone, notices[index]!, { newer: true })),
    );
    for (const phone of [first, others[0]!, others[2]!]) expect(await stateOf(phone)).toBe("revoked");
    for (const phone of [...phones, stranger.phone]) expect(await stateOf(phone)).toBe("active");
    const { rows } = await registry.pool.query(
      "select subject from audit_lines where act = 'enrolment-frozen' and subject = any($1)",
      [[first, ...others].map(({ enrolmentId }) => enrolmentId)],
    );
    expect(rows).toHaveLength(4);
    // Said again it leaves alone what the person set up since in the place of what was stopped.
    const again = await enrolled(
      person,
      (await findEnrolment(registry.pool, others[0]!.enrolmentId))!.partyId,
      others[0],
    );
    await registry.pool.query("update enrolments set state = 'revoked' where id = $1", [
      others[0]!.enrolmentId,
    ]);
    await freezeNewPhone(gateway, person.phone, notices[0]!, { newer: true });
    expect(await stateOf(again)).toBe("active");
  });

  test("bad/a message with a member that is not allowed", async () => {
    const person = await makePerson(registry.pool);
    const content = { type: labels.freeze, noticeId: crypto.randomUUID(), newer: false };
    const { message } = await signPhoneMessage(person.phone, content);
    await expect(gateway.freeze({ message })).rejects.toMatchObject({ code: "MALFORMED_REQUEST" });
  });
});
