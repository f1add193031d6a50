import { createHash, randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import Fastify from "fastify";
import { type CardProofDeps, requireCardProof } from "../../../domain/login/card-proof.ts";
import { hourMs, takeCardQuestion } from "../../../domain/recognition/card-questions.ts";
import { tooManyCardQuestions } from "../../../domain/refusal.ts";
import { onError } from "../../../gateway/problems.ts";
import { labels } from "../../../protocol/labels.ts";
import { type CardLogin, cardLogin, type LoginAnswer } from "../../../protocol/login.ts";
import type { Enrolment } from "../../../registry/issuance/enrolments.ts";
import type { Login } from "../../../registry/login/logins.ts";
import { addCard, addPerson } from "../../../registry/recognition/persons.ts";
import { startTestRegistry, type TestRegistry } from "../notification/postgres.ts";

/** J-LIS is asked of a person's own card over the login that waits, and so often and no more. */

let postgres: TestRegistry;
beforeAll(async () => {
  postgres = await startTestRegistry();
});
afterAll(() => postgres.close());

let asked = 0;
let now = new Date();
beforeEach(() => {
  asked = 0;
  now = new Date();
});

const mostPerHour = 9;
const cms = Buffer.from("CMS");
const login = { id: randomUUID(), acr: "card", shownSha256: "s".repeat(43), transactionId: null } as Login;

interface Person {
  personId: string;
  reference: Buffer;
}
async function newPerson(): Promise<Person> {
  const personId = await addPerson(postgres.pool);
  const reference = randomBytes(32);
  await addCard(postgres.pool, { reference, personId, foundBy: "first-seen" });
  return { personId, reference };
}
const enrolmentOf = ({ personId }: Person) => ({ id: randomUUID(), personId }) as Enrolment;

/** The answer of an enrolment with what some card signed beside it. */
function prove(enrolment: Enrolment, card: Person | "unreadable", signs: Partial<CardLogin> = {}) {
  const { id: enrolmentId } = enrolment;
  const { shownSha256, id: loginId } = login;
  const signed = { type: labels.cardLogin, loginId, enrolmentId, shownSha256, ...signs };
  const deps: CardProofDeps = {
    pool: postgres.pool,
    clock: () => now,
    cardQuestionsPerHour: mostPerHour,
    readCard: async () =>
      card === "unreadable"
        ? { ok: false, code: "CERTIFICATE_EXPIRED", detail: "" }
        : {
            ok: true,
            content: Buffer.from(JSON.stringify(cardLogin.parse(signed))),
            reference: card.reference,
            async refusal() {
              asked += 1;
              return { ok: false, code: "CERTIFICATE_REVOKED", detail: "" };
            },
          },
  };
  const cardSha256 = createHash("sha256").update(cms).digest("base64url");
  const claims = { via: "link", decision: "approve", cardSha256 } as LoginAnswer;
  return requireCardProof(deps, login, {
    claims,
    enrolment,
    body: { message: "", card: cms.toString("base64url") },
  }).then(
    () => "proven",
    ({ code }: { code: string }) => code,
  );
}

describe("bad/before J-LIS is asked", () => {
  test.each<[string, Partial<CardLogin>]>([
    ["another login", { loginId: randomUUID() }],
    ["another phone", { enrolmentId: randomUUID() }],
    ["another text", { shownSha256: "A".repeat(43) }],
  ])("signed for %s", async (_, signs) => {
    const person = await newPerson();
    expect(await prove(enrolmentOf(person), person, signs)).toBe("CARD_NOT_THE_PERSONS");
    expect(asked).toBe(0);
  });

  test("another person's card, an unknown card, a signature that does not verify: the same refusal", async () => {
    const enrolment = enrolmentOf(await newPerson());
    const stranger = { personId: "", reference: randomBytes(32) };
    for (const card of [await newPerson(), stranger, "unreadable" as const])
      expect(await prove(enrolment, card)).toBe("CARD_NOT_THE_PERSONS");
    expect(asked).toBe(0);
  });
});

describe("limits on questions to J-LIS", () => {
  test("bad/one enrolment may ask a third of its person's limit; all together no more than the limit", async () => {
    const person = await newPerson();
    const phones = [1, 2, 3, 4].map(() => enrolmentOf(person));
    const said: string[][] = [];
    for (const phone of phones) {
      const each: string[] = [];
      for (let time = 0; time < 4; time += 1) each.push(await prove(phone, person));
      said.push(each);
    }
    const own = [...Array<string>(3).fill("CERTIFICATE_REVOKED"), "TOO_MANY_REQUESTS"];
    expect(said).toEqual([own, own, own, Array<string>(4).fill("TOO_MANY_REQUESTS")]);
    expect(asked).toBe(mostPerHour);
    // Nobody else is in the way of it, and in an hour there is room again.
    const other = await newPerson();
    expect(await prove(enrolmentOf(other), other)).toBe("CERTIFICATE_REVOKED");
    now = new Date(now.getTime() + hourMs);
    expect(await prove(phones[3]!, person)).toBe("CERTIFICATE_REVOKED");
  });

  test("bad/at the same moment: no more than the limit", async () => {
    // Connections are there before: else the first question is counted while the others still connect.
    const open = await Promise.all(Array.from({ length: 10 }, () => postgres.pool.connect()));
    for (const connection of open) connection.release();
    for (let round = 1; round <= 5; round += 1) {
      const person = await newPerson();
      const phone = enrolmentOf(person);
      const said = await Promise.all(Array.from({ length: 9 }, () => prove(phone, person)));
      expect(said.filter((code) => code === "CERTIFICATE_REVOKED")).toHaveLength(3);
      expect(asked).toBe(3 * round);
    }
  });

  test("ok/a tap counts for the person whose card it is, before that person is known too; sent again it is one", async () => {
    const { personId, reference } = await newPerson();
    const tap = (id: string, of: string | undefined) =>
      takeCardQuestion(
        postgres.pool,
        { id, enrolmentId: randomUUID(), reference, personId: of, now },
        mostPerHour,
      );
    for (let time = 0; time < mostPerHour; time += 1) {
      const id = randomUUID();
      expect(await tap(id, time < 5 ? undefined : personId)).toBeUndefined();
      expect(await tap(id, personId)).toBeUndefined();
    }
    // An hour, however long ago the questions were: their moments may be another party's.
    now = new Date(now.getTime() + 600_000);
    const wait = await tap(randomUUID(), personId);
    expect(wait).toBe(hourMs / 1_000);
    expect(await prove({ id: randomUUID(), personId } as Enrolment, { personId, reference })).toBe(
      "TOO_MANY_REQUESTS",
    );
  });

  test("ok/the refusal says when to ask again", async () => {
    const server = Fastify();
    server.setErrorHandler(onError);
    server.get("/", async () => {
      throw tooManyCardQuestions(hourMs / 1_000);
    });
    const answer = await server.inject("/");
    expect([answer.statusCode, answer.headers["retry-after"]]).toEqual([429, "3600"]);
    await server.close();
  });
});
