import { describe, expect, test } from "@jest/globals";
import { keyUsageBits } from "../../../pki/x509/usage.ts";
import { find, outcome } from "./finding.ts";
import { type Ca, der, ext, make, makeCa, makeKey, makeSigner, nameOf } from "./making.ts";

const root = makeCa("root");
const anchors = [root.certificate];
const below = (...extensions: Parameters<typeof makeCa>[2] & object) => makeCa("issuing", root, extensions);
const through = (ca: Ca, signer = makeSigner(ca), more: object = {}) =>
  outcome(find(signer, { anchors, intermediates: [ca.certificate], ...more }));

/** A rule that has no signature to verify. */
// oxlint-disable-next-line require-yield -- as above
function* answer<T>(value: T): Generator<never, T, never> {
  return value;
}

describe("the signer", () => {
  test("ok/ is the first of the path, and the trust anchor its last", () => {
    const issuing = makeCa("issuing", root);
    const signer = makeSigner(issuing);
    const result = find(signer, { anchors, intermediates: [issuing.certificate] });
    expect(result.ok && result.path[0] === signer && result.path[2] === root.certificate).toBe(true);
    expect(result.signatures).toBe(2);
  });

  test("fail/ another one than the certificate that has a path", () => {
    const issuing = makeCa("issuing", root);
    const stranger = makeCa("stranger");
    const intermediates = [issuing.certificate, makeSigner(issuing), stranger.certificate];
    expect(outcome(find(makeSigner(stranger), { anchors, intermediates }))).toBe("no-issuer");
    expect(outcome(find(make({ subject: "stranger", key: makeKey() }), { anchors, intermediates }))).toBe(
      "no-issuer",
    );
  });

  test("fail/ signed by another key of the issuer's name", () => {
    const issuing = makeCa("issuing", root);
    const impostor = { ...issuing, key: makeKey() };
    expect(through(issuing, makeSigner(impostor))).toBe("signature");
  });

  test("fail/ a trust anchor as the signer", () => {
    expect(outcome(find(root.certificate, { anchors }))).toBe("no-issuer");
  });

  test("ok/ directly below the trust anchor; a certificate of version 1", () => {
    expect(outcome(find(makeSigner(root, { version: 1 }), { anchors }))).toBe("signer < root");
  });
});

describe("validity", () => {
  const issuing = makeCa("issuing", root);
  const signer = makeSigner(issuing, { notBefore: "2026-06-01T00:00:00Z", notAfter: "2026-06-30T23:59:59Z" });
  test.each([
    ["2026-05-31T23:59:59.999Z", "not-yet-valid"],
    ["2026-06-01T00:00:00Z", "signer < issuing < root"],
    ["2026-06-30T23:59:59Z", "signer < issuing < root"],
    ["2026-06-30T23:59:59.999Z", "signer < issuing < root"],
    ["2026-07-01T00:00:00Z", "expired"],
    ["no date", "expired"],
  ])("at %s: %s", (moment, right) => {
    expect(through(issuing, signer, { at: new Date(moment) })).toBe(right);
  });

  test("fail/ an expired CA or trust anchor", () => {
    const ended = { notAfter: "2026-05-31T00:00:00Z" };
    const ca = {
      ...issuing,
      certificate: make({ subject: "issuing", key: issuing.key, issuer: "root", by: root.key, ...ended }),
    };
    expect(through(ca)).toBe("expired");
    const anchor = make({ subject: "root", key: root.key, ...ended });
    expect(outcome(find(makeSigner(root), { anchors: [anchor] }))).toBe("expired");
  });

  test("ok/ an ended certificate hides no good one, whatever their order", () => {
    const ended = make({
      subject: "issuing",
      key: issuing.key,
      issuer: "root",
      by: root.key,
      notAfter: "2026-05-31T00:00:00Z",
    });
    for (const intermediates of [
      [ended, issuing.certificate],
      [issuing.certificate, ended],
    ])
      expect(outcome(find(signer, { anchors, intermediates, at: new Date("2026-06-02T00:00:00Z") }))).toBe(
        "signer < issuing < root",
      );
    const endedRoot = make({ subject: "root", key: root.key, notAfter: "2026-05-31T00:00:00Z" });
    expect(outcome(find(makeSigner(root), { anchors: [endedRoot, root.certificate] }))).toBe("signer < root");
  });
});

describe("issuers", () => {
  test.each([
    ["without basicConstraints", [], "not-a-ca"],
    [
      "without keyCertSign",
      [ext.ca(), ext.usage(keyUsageBits.cRLSign | keyUsageBits.digitalSignature)],
      "key-usage",
    ],
    ["with keyCertSign", [ext.ca(), ext.usage(keyUsageBits.keyCertSign)], "signer < issuing < root"],
    ["with an unknown critical extension", [ext.ca(), ext.other("1.2.3.4")], "critical-extension"],
    [
      "with an unknown extension that is not critical",
      [ext.ca(), ext.other("1.2.3.4", false)],
      "signer < issuing < root",
    ],
    ["with name constraints that say nothing", [ext.ca(), ext.other("2.5.29.30")], "malformed"],
  ])("%s", (_, extensions, right) => {
    expect(through(below(...extensions))).toBe(right);
  });

  test("fail/ an issuer that is not a CA may be a person, and is not named", () => {
    const person = makeCa("SHOUHIZEI TARO", root, []);
    const result = find(makeSigner(person), { anchors, intermediates: [person.certificate] });
    expect(result).toMatchObject({ code: "not-a-ca", detail: expect.not.stringContaining("TARO") });
  });

  test("fail/ a certificate of version 1 as a CA, also as a trust anchor", () => {
    const old = { subject: "issuing", key: makeKey(), extensions: [], version: 1 as const };
    const ca = { name: "issuing", key: old.key, certificate: make({ ...old, issuer: "root", by: root.key }) };
    expect(through(ca)).toBe("not-a-ca");
    expect(outcome(find(makeSigner(ca), { anchors: [make(old)] }))).toBe("not-a-ca");
  });

  test("fail/ extensions before version 3", () => {
    const key = makeKey();
    const certificate = make({ subject: "issuing", key, issuer: "root", by: root.key, version: 1 });
    expect(through({ name: "issuing", key, certificate })).toBe("malformed");
  });

  test("fail/ an unsupported curve", () => {
    const key = makeKey("secp256k1");
    const certificate = make({ subject: "issuing", key, issuer: "root", by: root.key });
    expect(through({ name: "issuing", key, certificate })).toBe("weak-key");
  });
});

describe("path length", () => {
  const chain = (pathLength: number, names: readonly string[]) => {
    const top = makeCa("top", root, [ext.ca(pathLength)]);
    const cas = names.reduce<Ca[]>((made, name) => [...made, makeCa(name, made.at(-1) ?? top)], []);
    const intermediates = [top, ...cas].map(({ certificate }) => certificate);
    return outcome(find(makeSigner(cas.at(-1) ?? top), { anchors, intermediates }));
  };
  test("ok/ zero, and a signer below it", () => expect(chain(0, [])).toBe("signer < top < root"));
  test("ok/ zero, and a CA that issued itself a new key", () =>
    expect(chain(0, ["top"])).toBe("signer < top < top < root"));
  test("fail/ zero, and another CA", () => expect(chain(0, ["under"])).toBe("path-length"));
  test("ok/ one, and another CA", () => expect(chain(1, ["under"])).toBe("signer < under < top < root"));

  test("fail/ the trust anchor's own counts too", () => {
    const short = makeCa("short", undefined, [ext.ca(0)]);
    const under = makeCa("under", short);
    const found = find(makeSigner(under), {
      anchors: [short.certificate],
      intermediates: [under.certificate],
    });
    expect(outcome(found)).toBe("path-length");
    expect(outcome(find(makeSigner(short), { anchors: [short.certificate] }))).toBe("signer < short");
  });
});

describe("purpose", () => {
  const timeStamping = "1.3.6.1.5.5.7.3.8";
  test.each([
    ["named by both", [timeStamping], [timeStamping], "signer < issuing < root"],
    ["any in the CA's", ["2.5.29.37.0"], [timeStamping], "signer < issuing < root"],
    ["another in the CA's", ["1.3.6.1.5.5.7.3.4"], [timeStamping], "purpose"],
    ["another in the signer's", [timeStamping], ["1.3.6.1.5.5.7.3.4"], "purpose"],
  ])("%s", (_, ca, signer, right) => {
    const issuing = below(ext.ca(), ext.purposes(...ca));
    const certificate = makeSigner(issuing, { extensions: [ext.purposes(...signer)] });
    expect(through(issuing, certificate, { purpose: timeStamping })).toBe(right);
  });
});

describe("several paths", () => {
  test("ok/ a renewed root, reached by its cross-certificates only", () => {
    const old = makeCa("old root");
    const issuing = makeCa("issuing", old);
    const newByOld = make({ subject: "root", key: root.key, issuer: "old root", by: old.key });
    const oldByNew = make({ subject: "old root", key: old.key, issuer: "root", by: root.key });
    const intermediates = [issuing.certificate, newByOld, oldByNew, old.certificate, root.certificate];
    const result = find(makeSigner(issuing), { anchors, intermediates });
    expect(outcome(result)).toBe("signer < issuing < old root < root");
    expect(result.signatures).toBeLessThanOrEqual(4);
  });

  test("ok/ a short path before a longer one that is newer", () => {
    const issuing = makeCa("issuing", root);
    const bridge = makeCa("bridge", root);
    const across = { subject: "issuing", key: issuing.key, issuer: "bridge", by: bridge.key };
    const newer = make({ ...across, notBefore: "2026-05-01T00:00:00Z" });
    const intermediates = [newer, bridge.certificate, issuing.certificate];
    expect(outcome(find(makeSigner(issuing), { anchors, intermediates }))).toBe("signer < issuing < root");
  });

  test("fail/ no CA is in a path twice, whatever the caller refuses", () => {
    const [one, two] = [makeCa("one", root), makeCa("two", root)];
    const cross = (ca: Ca, by: Ca) => make({ subject: ca.name, key: ca.key, issuer: by.name, by: by.key });
    const offered: string[] = [];
    const result = find(makeSigner(one), {
      anchors,
      intermediates: [one.certificate, two.certificate, cross(one, two), cross(two, one)],
      accept: (path) => {
        offered.push(outcome({ ok: true, path: [...path], policies: [] }));
        return answer({ ok: false, code: "revoked", detail: "All are." } as const);
      },
    });
    expect([outcome(result), ...offered]).toEqual([
      "revoked",
      "signer < one < root",
      "signer < one < two < root",
    ]);
  });

  test("ok/ another path where the caller does not accept one", () => {
    const issuing = makeCa("issuing", root);
    const again = make({ subject: "issuing", key: issuing.key, issuer: "root", by: root.key });
    const intermediates = [issuing.certificate, again];
    const signer = makeSigner(issuing);
    const revoked = { ok: false, code: "revoked", detail: "It was revoked." } as const;
    const refusing = (...refused: unknown[]) =>
      find(signer, {
        anchors,
        intermediates,
        accept: (path) => answer(path.some((one) => refused.includes(one)) ? revoked : undefined),
      });
    const one = refusing(issuing.certificate);
    expect(one.ok && one.path[1] === again).toBe(true);
    const other = refusing(again);
    expect(other.ok && other.path[1] === issuing.certificate).toBe(true);
    expect(refusing(again, issuing.certificate)).toMatchObject(revoked);
  });
});

test("fail/ no message quotes the signer's name", () => {
  const subject = "HANAKO";
  const issuing = makeCa("issuing", root, [ext.ca(), ext.constraints([der(0xa4, nameOf("others"))])]);
  const signer = makeSigner(issuing, { subject });
  const results = [
    find(signer, { anchors }),
    find(signer, { anchors, intermediates: [issuing.certificate] }),
    find(signer, { anchors, at: new Date(0) }),
    find(makeSigner(root, { subject, by: makeKey() }), { anchors }),
    find(makeSigner(root, { subject, extensions: [ext.other("1.2.3")] }), { anchors }),
  ];
  expect(results.map(outcome)).toEqual([
    "no-issuer",
    "name-constraints",
    "not-yet-valid",
    "signature",
    "critical-extension",
  ]);
  expect(JSON.stringify(results)).not.toContain(subject);
});
