import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { jlisOverHttp } from "../../../activities/j-lis/http.ts";
import { JLisBusy, JLisRefusal, JLisUnavailable } from "../../../activities/j-lis/j-lis.ts";

let server: Server;

/** A J-LIS that answers as a test wants it to. */
async function odd(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  odd((_request, response) => {
    response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
  });

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const certificate = { issuerKeyId: "ab", serial: "01" };
const question = { consentId: "c", certificate, items: ["name", "sex"] as const };
const consent = {
  id: "c",
  state: "in-force",
  items: ["name"],
  receivedAt: "2023-05-18T01:00:00.000Z",
  validFrom: "2023-05-18T15:00:00.000Z",
  validUntil: "2033-05-18T14:59:59.000Z",
};

describe("answers", () => {
  test.each([
    ["no JSON", "{"],
    ["no answer", {}],
    ["no array", { predecessors: "none" }],
    ["an invalid serial", { predecessors: [{ issuerKeyId: "ab", serial: "../" }] }],
    ["too many", { predecessors: Array.from({ length: 65 }, () => certificate) }],
    ["too long", "x".repeat(70_000)],
  ])("fail/linkage answered with %s", async (_, body) => {
    const jlis = jlisOverHttp(await answering(200, body));
    await expect(jlis.predecessors(certificate)).rejects.toThrow(JLisUnavailable);
  });

  test.each([
    ["an invalid state", { ...consent, state: "unsure" }],
    ["an invalid item", { ...consent, items: ["blood"] }],
    ["an invalid time", { ...consent, validUntil: "soon" }],
    ["nothing", ""],
  ])("fail/a consent with %s", async (_, body) => {
    const jlis = jlisOverHttp(await answering(200, body));
    await expect(jlis.findConsent("c")).rejects.toThrow(JLisUnavailable);
  });

  test.each([
    ["an invalid date of birth", { dateOfBirth: "1985-07-03" }, "dateOfBirth"],
    ["an invalid sex", { sex: "1" }, "sex"],
    ["invalid flags", { name: "a", nameSubstitution: "no" }, "name"],
    ["a name without end", { name: "あ".repeat(1_001), nameSubstitution: "" }, "name"],
    ["an invalid date", { address: "a", movedAbroad: { plannedDate: "soon" } }, "address"],
  ] as const)("fail/attributes with %s", async (_, attributes, item) => {
    const jlis = jlisOverHttp(await answering(200, { certificate, attributes }));
    const answer = jlis.latestAttributes({ ...question, items: [item] });
    await expect(answer).rejects.toThrow("J-LIS answered in a form this adapter does not know.");
  });

  test("ok/attributes that were not asked for are ignored", async () => {
    const attributes = {
      name: "山田　花子",
      nameSubstitution: "00000",
      address: "東京都",
      addressSubstitution: "000",
      sex: "female",
      individualNumber: "123456789018",
    };
    const jlis = jlisOverHttp(await answering(200, { certificate, attributes }));
    expect((await jlis.latestAttributes(question)).attributes).toEqual({
      name: "山田　花子",
      nameSubstitution: "00000",
      sex: "female",
    });
  });

  test("fail/a 404 without NO_SUCH_CONSENT is a wrong address", async () => {
    const jlis = jlisOverHttp(await answering(404, "<html>"));
    await expect(jlis.findConsent("c")).rejects.toThrow("J-LIS answered HTTP 404. Try again later.");
    await expect(jlis.predecessors(certificate)).rejects.toThrow(JLisUnavailable);
    await expect(jlis.successor(certificate)).rejects.toThrow(JLisUnavailable);
  });

  test("fail/a redirection is not followed", async () => {
    const jlis = jlisOverHttp(await answering(307, "", { location: "http://127.0.0.1:1/" }));
    await expect(jlis.crlParts()).rejects.toThrow(JLisUnavailable);
  });

  test.each([
    ["7", 7_000],
    ["999999", 86_400_000],
    ["Wed, 21 Oct 2026 07:28:00 GMT", 1_000],
    [undefined, 1_000],
  ])("fail/429 with Retry-After %s", async (retryAfter, ms) => {
    const headers: Record<string, string> = retryAfter === undefined ? {} : { "retry-after": retryAfter };
    const jlis = jlisOverHttp(await answering(429, {}, headers));
    const error = await jlis.latestAttributes(question).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(JLisBusy);
    expect(error).toMatchObject({ name: "JLisBusy", retryAfterMs: ms });
  });

  test("fail/an unknown refusal code is not a refusal", async () => {
    const jlis = jlisOverHttp(await answering(422, { error: "FULL_MOON" }));
    await expect(jlis.latestAttributes(question)).rejects.toThrow(
      "J-LIS answered HTTP 422. Try again later.",
    );
  });

  test.each([400, 413, 415])("fail/HTTP %d: the same request will not pass again", async (status) => {
    const jlis = jlisOverHttp(await answering(status, { error: "CERTIFICATE_REVOKED" }));
    const error = await jlis.registerConsent(new Uint8Array([1])).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(JLisRefusal);
    expect(error).toMatchObject({ code: "REQUEST_FAILED" });
  });
});

describe("a CRL as it arrives", () => {
  test("ok/the first piece is there before the second is sent; ending the loop ends the transfer", async () => {
    let sendMore = (): void => {};
    let ended: Promise<unknown> = Promise.resolve();
    const url = await odd((_request, response) => {
      response.writeHead(200).write("first");
      sendMore = () => response.write("second");
      ended = once(response, "close");
    });
    const pieces: string[] = [];
    for await (const piece of await jlisOverHttp(url).crl("part")) {
      pieces.push(Buffer.from(piece).toString());
      if (pieces.length === 2) break;
      sendMore();
    }
    expect(pieces).toEqual(["first", "second"]);
    await ended;
  });

  test.each<[string, RequestListener]>([
    ["breaks off", (_, response) => response.writeHead(200).write("half", () => response.destroy())],
    [
      "is shorter than announced",
      (_, response) =>
        response.writeHead(200, { "content-length": "10" }).write("half", () => response.destroy()),
    ],
    ["stalls", (_, response) => response.writeHead(200).write("half")],
  ])("fail/a list that %s", async (_, listener) => {
    const url = await odd(listener);
    const read = async (timeoutMs: number) => {
      const list = await jlisOverHttp(url, { timeoutMs }).crl("part");
      let length = 0;
      for await (const piece of list) length += piece.length;
      return length;
    };
    const failureOf = (timeoutMs: number) => read(timeoutMs).then(String, (error: Error) => error.message);
    // On a busy machine the time may be over before the answer has begun: then it was not this that was tried.
    let failure = "";
    for (let timeoutMs = 200; failure === "" || /does not answer in time/.test(failure); timeoutMs *= 2)
      failure = await failureOf(timeoutMs);
    expect(failure).toBe("The answer of J-LIS broke off or stalled. Try again later.");
  });

  test("fail/connection refused", async () => {
    const url = await answering(200, "");
    server.close();
    server.closeAllConnections();
    const jlis = jlisOverHttp(url);
    await expect(jlis.crl("part")).rejects.toThrow(JLisUnavailable);
    await expect(jlis.crlParts()).rejects.toThrow("J-LIS cannot be reached, or does not answer in time.");
  });
});
