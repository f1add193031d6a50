import { expect, test } from "@jest/globals";
import { EndpointUnreachable, makeOutbound } from "../../../activities/delivery/outbound.ts";
import { pushSet, SetNotTaken } from "../../../activities/delivery/set-push.ts";
import { loopback, says, startReceiver } from "./receiver.ts";

const outbound = makeOutbound({ allow: loopback });
const set = "eyJ0eXAiOiJzZWNldmVudCtqd3QifQ.e30.c2ln";

/** What pushing a token ends with, at a party that answers like this. */
async function pushed(answer: Parameters<typeof startReceiver>[0], authorization?: string) {
  const receiver = await startReceiver(answer);
  try {
    const endpoint = `${receiver.url}/events`;
    const outcome = await pushSet(outbound, {
      endpoint,
      set,
      ...(authorization === undefined ? {} : { authorization }),
    }).catch((error: unknown) => error);
    return { outcome, received: receiver.received };
  } finally {
    await receiver.close();
  }
}

test("ok/the request of RFC 8935 §2.1, with the party's own authorization", async () => {
  const { outcome, received } = await pushed(says(202), "Bearer what-the-party-said");
  expect(outcome).toEqual({ kind: "accepted" });
  expect(received).toEqual([
    {
      path: "/events",
      body: set,
      headers: expect.objectContaining({
        "content-type": "application/secevent+jwt",
        accept: "application/json",
        authorization: "Bearer what-the-party-said",
      }),
    },
  ]);
});

test("ok/200 counts as accepted, and no authorization header is invented", async () => {
  const { outcome, received } = await pushed(says(200, "thank you"));
  expect(outcome).toEqual({ kind: "accepted" });
  expect(received[0]!.headers).not.toHaveProperty("authorization");
});

test.each([
  ["invalid_request", false],
  ["invalid_key", true],
  ["invalid_issuer", true],
  ["invalid_audience", true],
  ["authentication_failed", true],
  ["access_denied", true],
])("ok/refused with %s; worth another try: %s", async (err, retry) => {
  const body = JSON.stringify({ err, description: "whatever the party says" });
  const { outcome } = await pushed(says(400, body, { "content-type": "application/json" }));
  expect(outcome).toEqual({ kind: "refused", code: err, retry });
});

test("ok/a blocked address is refused, and may be retried once corrected", async () => {
  expect(await pushSet(outbound, { endpoint: "https://10.0.0.1/", set })).toEqual({
    kind: "refused",
    code: "endpoint_forbidden",
    retry: true,
  });
});

test.each([
  [400, "not JSON", undefined, undefined],
  [400, '{"err":"a_code_of_their_own"}', undefined, undefined],
  [400, "[]", undefined, undefined],
  [401, "", undefined, undefined],
  [403, "", undefined, undefined],
  [404, "", undefined, undefined],
  [301, "", undefined, undefined],
  [204, "", undefined, undefined],
  [429, "", "7", 7_000],
  [500, "", undefined, undefined],
  [503, "", "86400", 86_400_000],
  [503, "", "99999999", 86_400_000],
  [503, "", "0", undefined],
  [503, "", "soon", undefined],
  [503, "", "Wed, 21 Oct 2015 07:28:00 GMT", undefined],
])("fail/HTTP %i with %j: later, Retry-After %j", async (status, body, retryAfter, retryAfterMs) => {
  const headers = retryAfter === undefined ? {} : { "retry-after": retryAfter };
  const { outcome } = await pushed(says(status, body, headers));
  expect(outcome).toBeInstanceOf(SetNotTaken);
  expect((outcome as SetNotTaken).retryAfterMs).toBe(retryAfterMs);
  // What a party answers stays out of errors.
  expect((outcome as SetNotTaken).message).toBe(`The party answered HTTP ${status}.`);
});

test("fail/Retry-After as a date", async () => {
  const date = new Date(Date.now() + 60_000).toUTCString();
  const { outcome } = await pushed(says(503, "", { "retry-after": date }));
  const { retryAfterMs } = outcome as SetNotTaken;
  expect(retryAfterMs).toBeGreaterThan(50_000);
  expect(retryAfterMs).toBeLessThanOrEqual(60_000);
});

test("fail/the party is unavailable", async () => {
  const { outcome } = await pushed((response) => response.destroy());
  expect(outcome).toBeInstanceOf(EndpointUnreachable);
});
