import { beforeAll, describe, expect, test } from "@jest/globals";
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from "jose";
import { type ApprovalRule, checkApprovals, type OperatorKey } from "../../../protocol/approval.ts";
import { labels } from "../../../protocol/labels.ts";
import { signApproval } from "../../../protocol/sign-approval.ts";

interface Signer {
  operator: OperatorKey;
  key: { kid: string; privateKey: CryptoKey };
}

async function newSigner(name: string): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const { kty, crv, x, y } = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint({ kty: kty!, crv: crv!, x: x!, y: y! });
  const operator = { name, jwk: { kty, crv, x, y, kid } } as OperatorKey;
  return { operator, key: { kid, privateKey } };
}

const statement = JSON.stringify({ act: "revoke", serial: "0a" });
const now = new Date("2026-11-23T12:00:00Z");
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

let [akira, botan, chiyo]: [Signer, Signer, Signer] = [] as never;
let rule: ApprovalRule;
beforeAll(async () => {
  [akira, botan, chiyo] = await Promise.all([newSigner("Akira"), newSigner("Botan"), newSigner("Chiyo")]);
  rule = { operators: [akira.operator, botan.operator], needed: 2, now, maxAgeSeconds: 3_600 };
});

const by = (signer: Signer, text = statement, at = minutesAgo(1)) => signApproval(text, signer.key, at);

describe("approvals", () => {
  test("ok/two different operators over the same text", async () => {
    const verdict = await checkApprovals(statement, [await by(akira), await by(botan)], rule);
    expect(verdict).toEqual({ ok: true, approvers: [akira.key.kid, botan.key.kid] });
  });

  test("fail/one is too few", async () => {
    expect(await checkApprovals(statement, [await by(akira)], rule)).toEqual({
      ok: false,
      why: "It takes 2 operators, and 1 approved.",
    });
  });

  test("fail/none at all", async () => {
    expect(await checkApprovals(statement, [], rule)).toMatchObject({ ok: false });
  });

  test("fail/the same operator twice counts once", async () => {
    const verdict = await checkApprovals(statement, [await by(akira), await by(akira)], rule);
    expect(verdict).toEqual({ ok: false, why: "Akira approved twice; it counts once." });
  });

  test("bad/one key under two ids is one operator", async () => {
    const kid = "A".repeat(43);
    const again: Signer = {
      operator: { name: "Daigo", jwk: { ...akira.operator.jwk, kid } },
      key: { ...akira.key, kid },
    };
    const twice = { ...rule, operators: [akira.operator, again.operator] };
    expect(await checkApprovals(statement, [await by(akira), await by(again)], twice)).toEqual({
      ok: false,
      why: "The kid of Daigo is not the thumbprint of the key; copy both again.",
    });
  });

  test("fail/an approval by somebody who is not an operator", async () => {
    const verdict = await checkApprovals(statement, [await by(akira), await by(chiyo)], rule);
    expect(verdict).toEqual({ ok: false, why: "The key of an approval is not an operator's." });
  });

  test("fail/an approval of another text, by one byte", async () => {
    const verdict = await checkApprovals(
      statement,
      [await by(akira), await by(botan, `${statement} `)],
      rule,
    );
    expect(verdict).toEqual({ ok: false, why: "Botan approved another statement than this one." });
  });

  test.each([
    ["too old", minutesAgo(62)],
    ["from the future", minutesAgo(-2)],
  ])("fail/an approval that is %s", async (_, at) => {
    const verdict = await checkApprovals(statement, [await by(akira), await by(botan, statement, at)], rule);
    expect(verdict).toEqual({
      ok: false,
      why: "The approval of Botan is too old, from the future, or not an approval.",
    });
  });

  test("fail/signed by one in the name of another", async () => {
    const forged = await signApproval(statement, { ...chiyo.key, kid: botan.key.kid }, minutesAgo(1));
    const verdict = await checkApprovals(statement, [await by(akira), forged], rule);
    expect(verdict).toEqual({ ok: false, why: "The approval of Botan does not verify." });
  });

  test("fail/another token of the same key is no approval", async () => {
    const other = await new SignJWT({ statement: "x".repeat(43) })
      .setProtectedHeader({ alg: "ES256", typ: labels.receipt, kid: botan.key.kid })
      .setIssuedAt()
      .sign(botan.key.privateKey);
    expect(await checkApprovals(statement, [await by(akira), other], rule)).toMatchObject({ ok: false });
  });

  test.each([["not a token"], [""], ["a.b.c"]])("fail/%j is no approval", async (text) => {
    expect(await checkApprovals(statement, [text], rule)).toMatchObject({ ok: false });
  });
});
