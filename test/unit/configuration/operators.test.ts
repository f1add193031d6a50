import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import type { OperatorKey } from "../../../protocol/approval.ts";
import { readOperators } from "../../../workers/operators.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kazasu-operators-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function newKey(name: string): Promise<OperatorKey> {
  const { publicKey } = await generateKeyPair("ES256");
  const { kty, crv, x, y } = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint({ kty: kty!, crv: crv!, x: x!, y: y! });
  return { name, jwk: { kty, crv, x, y, kid } } as OperatorKey;
}

async function read(operators: readonly OperatorKey[], needed = 2) {
  const file = join(directory, "operators.yaml");
  await writeFile(file, JSON.stringify({ needed, operators }));
  return readOperators({ KAZASU_OPERATORS: file });
}

describe("the operators' file", () => {
  test("ok/two people, two keys", async () => {
    const operators = [await newKey("Akira"), await newKey("Botan")];
    expect(await read(operators)).toEqual({ needed: 2, operators });
  });

  test("bad/one key under two ids is one person", async () => {
    const akira = await newKey("Akira");
    const again = { name: "Botan", jwk: { ...akira.jwk, kid: "A".repeat(43) } };
    await expect(read([akira, again])).rejects.toThrow(
      "The kid of Botan is not the thumbprint of the key; copy both again.",
    );
  });

  test("bad/one key under two names is listed twice", async () => {
    const akira = await newKey("Akira");
    await expect(read([akira, { ...akira, name: "Botan" }])).rejects.toThrow(
      "The key of Botan is listed twice.",
    );
  });

  test("bad/two keys under one name: their holder would approve as two", async () => {
    const operators = [await newKey("Akira"), await newKey("Botan"), await newKey("Akira")];
    await expect(read(operators)).rejects.toThrow(
      "Two keys have the name Akira, and would approve as two people: list one key for each person, under a name of its own.",
    );
  });

  test("bad/one key in two base64url encodings that differ in unused bits", async () => {
    const akira = await newKey("Akira");
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = alphabet.indexOf(akira.jwk.x.at(-1)!);
    const x = akira.jwk.x.slice(0, -1) + alphabet[last + 1];
    expect(Buffer.from(x, "base64url")).toEqual(Buffer.from(akira.jwk.x, "base64url"));
    const kid = await calculateJwkThumbprint({ ...akira.jwk, x });
    await expect(read([akira, { name: "Botan", jwk: { ...akira.jwk, x, kid } }])).rejects.toThrow(
      "operators.1.jwk.x",
    );
  });

  test("bad/fewer keys than it takes approvals", async () => {
    await expect(read([await newKey("Akira")])).rejects.toThrow("has fewer keys than required approvals");
  });
});
