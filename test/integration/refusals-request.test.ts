import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { describe, expect, test } from "@jest/globals";
import { encode } from "../../protocol/encoding.ts";
import type { RefusalCode } from "../../protocol/refusals.ts";
import { Phone } from "./phone.ts";
import { type Answer, expectRefusal, post } from "./refusal.ts";
import { sealedActivation, sealedApplication } from "./sealed-message.ts";
import { noTrace, rows, stack, traceOf } from "./stack.ts";

const addresses = ["/v1/challenges", "/v1/applications", "/v1/activations"];

const offCurve = encode(Uint8Array.from({ length: 65 }, (_, index) => (index === 0 ? 4 : index)));
const phone = await Phone.new();

const count = async () =>
  (await rows<{ count: string }>("select count(*) from evidence where octet_length(sealed) > 200000"))[0]
    ?.count;

describe.each(addresses)("POST %s", (path) => {
  test.each<[string, unknown, RefusalCode, number]>([
    ["JSON that breaks off", '{"challenge": "', "MALFORMED_REQUEST", 400],
    ["an empty body", "", "MALFORMED_REQUEST", 400],
    ["JSON of another shape", [1, 2, 3], "MALFORMED_REQUEST", 400],
    ["null", "null", "MALFORMED_REQUEST", 400],
    ["members missing", {}, "MALFORMED_REQUEST", 400],
    ["a prototype in the JSON", '{"__proto__": {"party": "abc-bank"}}', "MALFORMED_REQUEST", 400],
    ["deep nesting", `${"[".repeat(50_000)}${"]".repeat(50_000)}`, "MALFORMED_REQUEST", 400],
  ])("fail/%s", async (_name, body, code, status) => {
    expectRefusal(await post(path, body), code, status);
  });

  test("fail/another content type", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/cbor"])
      expectRefusal(await post(path, "{}", { "content-type": type }), "UNSUPPORTED_MEDIA_TYPE", 415);
  });

  test("fail/10 MB, said in advance or sent in pieces", async () => {
    const before = await count();
    for (const chunked of [false, true]) {
      expectRefusal(await postLarge(path, 10_000_000, chunked), "BODY_TOO_LARGE", 413);
    }
    expect(await count()).toBe(before);
  });

  test("fail/GET where only POST is", async () => {
    const response = await fetch(`${stack.gateway}${path}`);
    const answer = { status: response.status, headers: response.headers, text: await response.text() };
    expectRefusal(answer, "NOT_FOUND", 404);
  });
});

describe("a challenge asked for", () => {
  const asked = {
    party: "abc-bank",
    app: "abc-bank-app",
    intent: "enrol",
    spkiSha256: encode(new Uint8Array(32)),
    ecdhKey: offCurve,
  };

  test.each<[string, object, RefusalCode, number]>([
    ["an unknown party", { party: "nobody" }, "UNKNOWN_PARTY", 404],
    ["an unknown app", { app: "another-app" }, "UNKNOWN_APP", 404],
    ["another party's app", { app: "midori-clinic-app" }, "UNKNOWN_APP", 404],
    ["a point that is not on the curve", {}, "MALFORMED_REQUEST", 400],
    ["the point at infinity, padded", { ecdhKey: encode(new Uint8Array(65)) }, "MALFORMED_REQUEST", 400],
    ["a compressed point", { ecdhKey: encode(new Uint8Array(33).fill(2)) }, "MALFORMED_REQUEST", 400],
    ["a digest that is too short", { spkiSha256: "AAAA" }, "MALFORMED_REQUEST", 400],
    ["an unknown intent", { intent: "delete" }, "MALFORMED_REQUEST", 400],
    ["a party in capitals", { party: "ABC-BANK" }, "MALFORMED_REQUEST", 400],
    ["a member too many", { name: "山田" }, "MALFORMED_REQUEST", 400],
  ])("fail/%s", async (_name, changes, code, status) => {
    const { detail } = expectRefusal(await post("/v1/challenges", { ...asked, ...changes }), code, status);
    // Where the shape is wrong is said, never what was there.
    expect(detail).not.toContain("山田");
  });

  test("ok/a challenge that nobody uses leaves no trace", async () => {
    expect(await traceOf((await phone.begin()).claims.enrolmentId)).toEqual(noTrace);
  });
});

describe("an envelope", () => {
  test("fail/sealed to a point that is not on the curve, or to another key", async () => {
    const begun = await phone.begin();
    const { challenge, sealed } = await sealedApplication(begun, {});
    const theirs = await phone.begin();
    const claims = {
      ...begun.claims,
      sealing: { ...begun.claims.sealing, publicKey: theirs.claims.ecdhKey },
    };
    const foreign = await sealedApplication({ challenge, claims }, {});
    for (const envelope of [{ challenge, sealed: { ...sealed, enc: offCurve } }, foreign])
      expectRefusal(await post("/v1/applications", envelope), "ENVELOPE_UNREADABLE", 400);
  });

  test("fail/changed by one bit on the way", async () => {
    const begun = await phone.begin();
    const { challenge, sealed } = await sealedActivation(begun, new Uint8Array(16));
    const bytes = Buffer.from(sealed.ciphertext, "base64url");
    bytes[0]! ^= 1;
    const envelope = { challenge, sealed: { ...sealed, ciphertext: encode(bytes) } };
    expectRefusal(await post("/v1/activations", envelope), "ENVELOPE_UNREADABLE", 400);
  });

  test.each<[string, string]>([
    ["padded base64", "AAAA===="],
    ["base64 of the other alphabet", "AA+/"],
    ["a length no bytes have", "AAAAA"],
    ["nothing", ""],
  ])("fail/%s", async (_name, ciphertext) => {
    const { challenge, sealed } = await sealedApplication(await phone.begin(), {});
    const answer = await post("/v1/applications", { challenge, sealed: { ...sealed, ciphertext } });
    expectRefusal(answer, "MALFORMED_REQUEST", 400);
  });

  test("fail/what is inside is malformed: strings, no JSON, members too many", async () => {
    const begun = await phone.begin();
    const good = await phone.sign(await phone.draft(begun));
    for (const inside of ["text", null, [], { ...good, more: true }, { ...good, consents: "all" }])
      expectRefusal(
        await post("/v1/applications", await sealedApplication(begun, inside)),
        "MALFORMED_REQUEST",
        400,
      );
    expect(await traceOf(begun.claims.enrolmentId)).toEqual(noTrace);
  });
});

test("fail/a notice nobody published, and an address that is none", async () => {
  for (const path of [
    `/v1/notices/${encode(new Uint8Array(32))}`,
    "/v1/notices/x",
    "/v2",
    "/v1/notices/%00",
  ]) {
    const response = await fetch(`${stack.gateway}${path}`);
    const answer = { status: response.status, headers: response.headers, text: await response.text() };
    expectRefusal(answer, "NOT_FOUND", 404);
  }
});

/**
 * A large body by a client that writes all of it before it reads, as simple ones do: one hung up on while it writes
 * never sees the answer. Said in advance it has a content-length, in pieces it has none.
 */
async function postLarge(path: string, bytes: number, chunked: boolean): Promise<Answer> {
  const headers = { "content-type": "application/json", ...(chunked ? {} : { "content-length": bytes }) };
  const call = request(`${stack.gateway}${path}`, { method: "POST", headers, agent: false });
  const answered = once(call, "response") as Promise<[IncomingMessage]>;
  const piece = Buffer.alloc(100_000, "a");
  const pieces = Readable.from(Array.from({ length: bytes / piece.length }, () => piece));
  const [[response]] = await Promise.all([answered, pipeline(pieces, call)]);
  return {
    status: response.statusCode ?? 0,
    headers: new Headers({ "content-type": response.headers["content-type"] ?? "" }),
    text: await text(response),
  };
}
