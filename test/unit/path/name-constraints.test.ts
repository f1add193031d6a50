import { describe, expect, test } from "@jest/globals";
import { find, outcome } from "./finding.ts";
import { der, ext, makeCa, makeSigner, nameOf, oid, sequence } from "./making.ts";

const good = "signer < issuing < root";
const root = makeCa("root");
const anchors = [root.certificate];

const rfc822 = (text: string) => der(0x81, Buffer.from(text));
const dns = (text: string) => der(0x82, Buffer.from(text));
const uri = (text: string) => der(0x86, Buffer.from(text));
const ip = (...octets: number[]) => der(0x87, Buffer.from(octets));
const directory = (name: string) => der(0xa4, nameOf(name));
const registered = (id: string) => der(0x88, oid(id).subarray(2));
const other = der(0xa0, oid("1.2.3"), der(0xa0, sequence()));

/** The outcome for a signer with this alternative name below a CA with these subtrees. */
function judge(
  name: Uint8Array | undefined,
  permitted: Uint8Array[],
  excluded: Uint8Array[] = [],
  subject = "signer",
) {
  const issuing = makeCa("issuing", root, [ext.ca(), ext.constraints(permitted, excluded)]);
  const extensions = name ? [ext.altNames(name)] : [];
  const signer = makeSigner(issuing, { extensions, subject });
  return outcome(find(signer, { anchors, intermediates: [issuing.certificate] }));
}
const broken = "name-constraints";

test.each([
  ["dNSName itself", dns("example.org"), dns("example.org"), good],
  ["dNSName below", dns("a.Example.org"), dns("example.ORG"), good],
  ["dNSName beside", dns("notexample.org"), dns("example.org"), broken],
  ["dNSName above", dns("org"), dns("example.org"), broken],
  ["dNSName, every one", dns("a.example"), dns(""), good],
  ["dNSName, a wildcard below", dns("*.example.org"), dns("example.org"), good],
  ["dNSName, a wildcard above", dns("*.example.org"), dns("a.example.org"), broken],
  ["dNSName, a subtree with a dot", dns("a.example.org"), dns(".example.org"), broken],
  ["dNSName, a NUL", dns("a\0.example.org"), dns("example.org"), broken],
  ["rfc822Name of the host", rfc822("hanako@Example.org"), rfc822("example.org"), good],
  ["rfc822Name of a host below", rfc822("hanako@a.example.org"), rfc822("example.org"), broken],
  ["rfc822Name below a domain", rfc822("hanako@a.example.org"), rfc822(".example.org"), good],
  ["rfc822Name of a domain itself", rfc822("hanako@example.org"), rfc822(".example.org"), broken],
  ["rfc822Name, a mailbox", rfc822("hanako@EXAMPLE.org"), rfc822("hanako@example.org"), good],
  [
    "rfc822Name, another local part's case",
    rfc822("Hanako@example.org"),
    rfc822("hanako@example.org"),
    broken,
  ],
  [
    "rfc822Name longer than any mailbox",
    rfc822(`${"a".repeat(2_048)}@example.org`),
    rfc822("example.org"),
    broken,
  ],
  ["rfc822Name with two @", rfc822('"a@b.org"@example.org'), rfc822("example.org"), broken],
  ["URI of the host", uri("https://u:p@Example.org:8443/?a@b"), uri("example.org"), good],
  ["URI of a host below", uri("https://a.example.org/"), uri("example.org"), broken],
  ["URI below a domain", uri("https://a.example.org"), uri(".example.org"), good],
  ["URI without a host", uri("urn:a:example.org"), uri("example.org"), broken],
  ["URI with an address", uri("https://192.0.2.1/"), uri("192.0.2.1"), broken],
  ["iPAddress within", ip(192, 0, 2, 7), ip(192, 0, 2, 0, 255, 255, 255, 0), good],
  ["iPAddress without", ip(192, 0, 3, 7), ip(192, 0, 2, 0, 255, 255, 255, 0), broken],
  ["iPAddress of the other version", ip(...Array<number>(16).fill(0)), ip(0, 0, 0, 0, 0, 0, 0, 0), broken],
  ["iPAddress, a mask with holes", ip(192, 0, 2, 7), ip(192, 0, 2, 0, 255, 0, 255, 0), broken],
  ["directoryName", directory("one"), directory("signer"), broken],
  ["registeredID", registered("1.2.3"), registered("1.2.3"), broken],
  ["otherName", other, other, broken],
  ["a name of another form than the subtree", dns("a.org"), rfc822("example.org"), good],
])("permitted: %s", (_, name, subtree, right) => {
  expect(judge(name, [subtree])).toBe(right);
});

test.each([
  ["dNSName below", dns("a.example.org"), dns("example.org"), broken],
  ["dNSName beside", dns("notexample.org"), dns("example.org"), good],
  ["dNSName, a wildcard that matches it", dns("*.example.org"), dns("a.example.org"), broken],
  ["iPAddress", ip(192, 0, 2, 7), ip(192, 0, 2, 0, 255, 255, 255, 0), broken],
  ["URI without a host", uri("urn:a"), uri("example.org"), broken],
  ["directoryName", directory("one"), directory("one"), broken],
  ["directoryName beside", directory("one"), directory("two"), good],
])("excluded: %s", (_, name, subtree, right) => {
  expect(judge(name, [], [subtree])).toBe(right);
});

describe("subjects", () => {
  test("ok/ within; letter case and spaces do not count", () => {
    expect(judge(undefined, [directory("SIGNER")])).toBe(good);
    expect(judge(undefined, [directory("signer")], [], " Signer ")).toContain("< issuing < root");
  });
  test("fail/ outside, excluded, and excluded though permitted", () => {
    expect(judge(undefined, [directory("another")])).toBe(broken);
    expect(judge(undefined, [], [directory("signer")])).toBe(broken);
    expect(judge(undefined, [directory("signer")], [directory("signer")])).toBe(broken);
  });
  test("ok/ an empty subject is under no constraint", () => {
    expect(judge(dns("a.org"), [directory("another")], [], "")).toContain("< issuing < root");
  });
});

test.each([
  ["within", "hanako@example.org", "signer < issuing < root"],
  ["outside", "hanako@example.com", broken],
  ["that is none", "hanako", broken],
])("a mail address in the subject, %s", (_, emailAddress, right) => {
  const issuing = makeCa("issuing", root, [ext.ca(), ext.constraints([rfc822("example.org")])]);
  const intermediates = [issuing.certificate];
  expect(outcome(find(makeSigner(issuing, { emailAddress }), { anchors, intermediates }))).toBe(right);
});

test("fail/ each CA's subtrees count, and so do the trust anchor's", () => {
  const top = makeCa("top", root, [ext.ca(), ext.constraints([dns("org")])]);
  const under = makeCa("under", top, [ext.ca(), ext.constraints([dns("example.org"), dns("example.com")])]);
  const intermediates = [top.certificate, under.certificate];
  const of = (name: string) =>
    outcome(find(makeSigner(under, { extensions: [ext.altNames(dns(name))] }), { anchors, intermediates }));
  expect(of("a.example.org")).toBe("signer < under < top < root");
  expect(of("a.example.com")).toBe(broken);
  expect(of("a.org")).toBe(broken);

  const narrow = makeCa("narrow", undefined, [ext.ca(), ext.constraints([dns("example.org")])]);
  const signer = makeSigner(narrow, { extensions: [ext.altNames(dns("a.org"))] });
  expect(outcome(find(signer, { anchors: [narrow.certificate] }))).toBe(broken);
});

test("ok/ a CA that issued itself a new key is under no constraint of its own; a signer of that name is", () => {
  const issuing = makeCa("issuing", root, [ext.ca(), ext.constraints([directory("signer")])]);
  const renewed = makeCa("issuing", issuing);
  const intermediates = [issuing.certificate, renewed.certificate];
  expect(outcome(find(makeSigner(renewed), { anchors, intermediates }))).toBe(
    "signer < issuing < issuing < root",
  );
  expect(outcome(find(makeSigner(renewed, { subject: "issuing" }), { anchors, intermediates }))).toBe(broken);
});
