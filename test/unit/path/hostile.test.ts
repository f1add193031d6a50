import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import type { Certificate } from "../../../pki/x509/certificate.ts";
import { defaultLimits } from "../../../pki/x509/path/limits.ts";
import { PolicyGraph } from "../../../pki/x509/path/policy-graph.ts";
import { find, outcome } from "./finding.ts";
import { type Ca, der, type Ext, ext, make, makeCa, makeKey, makeSigner } from "./making.ts";

/** What a stranger sends to make a search long. Costs are counted, so a slow machine changes nothing. */

const root = makeCa("root");
const anchors = [root.certificate];
const many = <T>(count: number, makeOne: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => makeOne(index));
/** Certificates by which each of the CAs certifies each other one. */
const crossed = (cas: readonly Ca[]): Certificate[] =>
  cas.flatMap((by) =>
    cas
      .filter((ca) => ca !== by)
      .map((ca) => make({ subject: ca.name, key: ca.key, issuer: by.name, by: by.key })),
  );

describe("a hundred certificates", () => {
  const hundred = many(100, (index) => makeCa(`stranger ${index}`).certificate);

  test("fail/ more than are allowed, before any signature", () => {
    const result = find(makeSigner(root), { anchors, intermediates: hundred });
    expect([outcome(result), result.signatures]).toEqual(["too-many-certificates", 0]);
  });

  test("ok/ as many as the caller allows, none on a path", () => {
    const limits = { intermediates: 100 };
    expect(find(makeSigner(root), { anchors, intermediates: hundred, limits })).toMatchObject({
      ok: true,
      signatures: 1,
    });
  });

  test("ok/ a hundred trust anchors", () => {
    const result = find(makeSigner(root), { anchors: [...hundred, root.certificate] });
    expect(result).toMatchObject({ ok: true, signatures: 1 });
  });
});

describe("forests", () => {
  test("fail/ one name, many keys: every key is tried once", () => {
    const forest = many(32, () => makeCa("issuing", root));
    const signer = makeSigner({ ...(forest[0] as Ca), key: makeKey() });
    const intermediates = forest.map(({ certificate }) => certificate);
    const result = find(signer, { anchors, intermediates });
    expect([outcome(result), result.signatures]).toEqual(["signature", 32]);
  });

  test("ok/ one name, many keys, one that is right: a key identifier finds it at once", () => {
    const identified = (value: number): Ext => ({ oid: "2.5.29.14", value: der(0x04, Buffer.from([value])) });
    const forest = many(32, (index) => makeCa("issuing", root, [ext.ca(), identified(index)]));
    const authority: Ext = { oid: "2.5.29.35", value: der(0x30, der(0x80, Buffer.from([17]))) };
    const signer = makeSigner(forest[17] as Ca, { extensions: [authority] });
    const intermediates = forest.map(({ certificate }) => certificate);
    expect(find(signer, { anchors, intermediates })).toMatchObject({ ok: true, signatures: 2 });
  });

  test("fail/ one name, two keys, on each of many levels", () => {
    const levels = many(
      6,
      (level) => [`level ${level}`, level === 5 ? "root" : `level ${level + 1}`] as const,
    );
    const keys = new Map(
      [...levels.map(([name]) => name), "root"].map((name) => [name, [makeKey(), makeKey()]]),
    );
    const intermediates = levels.flatMap(([subject, issuer]) =>
      keys.get(subject)!.flatMap((key) => keys.get(issuer)!.map((by) => make({ subject, key, issuer, by }))),
    );
    const signer = make({
      subject: "signer",
      key: makeKey(),
      issuer: "level 0",
      by: keys.get("level 0")![0]!,
      extensions: [],
    });
    const result = find(signer, { anchors, intermediates: intermediates });
    expect(["signature", "search-limit"]).toContain(outcome(result));
    expect(result.signatures).toBeLessThanOrEqual(defaultLimits.signatures);
  });
});

describe("cycles of cross-certificates", () => {
  const cas = many(6, (index) => makeCa(`ca ${index}`));
  const cycle = crossed(cas);
  const signer = makeSigner(cas[0] as Ca);

  test("fail/ without a path to a trust anchor: no signature is verified", () => {
    const result = find(signer, { anchors, intermediates: cycle });
    expect([outcome(result), result.signatures]).toEqual(["no-issuer", 0]);
  });

  test("ok/ with one path to the trust anchor", () => {
    const last = cas[5] as Ca;
    const out = make({ subject: last.name, key: last.key, issuer: "root", by: root.key });
    const result = find(signer, { anchors, intermediates: [...cycle, out] });
    expect(outcome(result)).toBe("signer < ca 0 < ca 5 < root");
    expect(result.signatures).toBe(3);
  });

  test("fail/ with a path that the trust anchor did not sign: within the limits", () => {
    const last = cas[5] as Ca;
    const out = make({ subject: last.name, key: last.key, issuer: "root", by: last.key });
    const result = find(signer, { anchors, intermediates: [...cycle, out] });
    expect(["signature", "search-limit"]).toContain(outcome(result));
    expect(result.signatures).toBeLessThanOrEqual(32);
  });
});

test("fail/ a chain deeper than is followed; ok/ the deepest one that is", () => {
  const cas = many(7, (index) => index).reduce<Ca[]>(
    (made, index) => [...made, makeCa(`ca ${index}`, made.at(-1) ?? root)],
    [],
  );
  const intermediates = cas.map(({ certificate }) => certificate);
  expect(find(makeSigner(cas[5] as Ca), { anchors, intermediates })).toMatchObject({ ok: true });
  const deep = find(makeSigner(cas[6] as Ca), { anchors, intermediates });
  expect([outcome(deep), deep.signatures]).toEqual(["path-length", 0]);
});

test("fail/ thousands of names under thousands of subtrees", () => {
  const dns = (index: number) => der(0x82, Buffer.from(`h${index}.example.org`));
  const issuing = makeCa("issuing", root, [ext.ca(), ext.constraints(many(2_000, dns))]);
  const signer = makeSigner(issuing, { extensions: [ext.altNames(...many(2_000, dns))] });
  expect(outcome(find(signer, { anchors, intermediates: [issuing.certificate] }))).toBe("search-limit");
});

describe("policies that multiply", () => {
  const policies = many(40, (index) => `1.2.3.${index}`);
  const everyToEvery = policies.flatMap((from) => policies.map((to): [string, string] => [from, to]));

  test("ok/ each policy mapped to each, on every level: a graph of forty nodes a level", () => {
    const cas = many(6, (index) => index).reduce<Ca[]>(
      (made, index) => [
        ...made,
        makeCa(`ca ${index}`, made.at(-1) ?? root, [
          ext.ca(),
          ext.policies(...policies),
          ext.mappings(...everyToEvery),
        ]),
      ],
      [],
    );
    const signer = makeSigner(cas[5] as Ca, { extensions: [ext.policies(...policies)] });
    const intermediates = cas.map(({ certificate }) => certificate);
    const result = find(signer, { anchors, intermediates, explicitPolicy: true });
    expect(result.ok && result.policies.length).toBe(40);
  });

  test("ok/ nodes grow with the policies, not with their power", () => {
    const graph = new PolicyGraph();
    for (let level = 0; level < 20; level += 1) {
      graph.descend(policies, false);
      graph.map(
        everyToEvery.map(([issuerDomain, subjectDomain]) => ({ issuerDomain, subjectDomain })),
        true,
      );
    }
    expect(graph.constrained(["1.2.3.7"])).toEqual(["1.2.3.7"]);
  });
});

test("property/ whatever certificates come: the signer's own path or a refusal, within the limits", () => {
  const cas = many(5, (index) => makeCa(`ca ${index}`));
  const rooted = cas.map((ca) => make({ subject: ca.name, key: ca.key, issuer: "root", by: root.key }));
  const forged = cas.map((ca) => make({ subject: ca.name, key: makeKey(), issuer: "root", by: root.key }));
  const pool = [
    ...crossed(cas),
    ...rooted,
    ...forged,
    ...cas.map(({ certificate }) => certificate),
    root.certificate,
  ];
  const signers = cas.map((ca) => makeSigner(ca));
  fc.assert(
    fc.property(
      fc.subarray(pool, { maxLength: 32 }),
      fc.nat(4),
      fc.infiniteStream(fc.nat()),
      (given, which, order) => {
        const intermediates = given
          .map((certificate) => ({ certificate, at: order.next().value as number }))
          .toSorted((one, other) => one.at - other.at)
          .map(({ certificate }) => certificate);
        const signer = signers[which] as Certificate;
        const result = find(signer, { anchors, intermediates });
        expect(result.signatures).toBeLessThanOrEqual(defaultLimits.signatures);
        const reachable = leadsToRoot(`ca ${which}`, given, rooted);
        expect([result.ok, result.ok || result.code === "search-limit"]).toContain(reachable);
        if (!result.ok) return;
        expect(result.path[0]).toBe(signer);
        expect(result.path.at(-1)).toBe(root.certificate);
        expect(result.path.slice(1, -1).every((one) => given.includes(one) && !forged.includes(one))).toBe(
          true,
        );
      },
    ),
    { numRuns: 200 },
  );
});

/** Whether the true certificates given lead from a CA to the root: reachability in the graph that they are. */
function leadsToRoot(name: string, given: readonly Certificate[], rooted: readonly Certificate[]): boolean {
  const seen = new Set([name]);
  for (const one of seen)
    for (const certificate of given) {
      if (certificate.subject.values("CN")[0] !== one) continue;
      if (rooted.includes(certificate)) return true;
      const [issuer] = certificate.issuer.values("CN");
      const isTrue = certificate.scheme && issuer !== "root";
      if (isTrue && issuer !== undefined) seen.add(issuer);
    }
  return false;
}
