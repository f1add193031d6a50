import { expect, test } from "@jest/globals";
import type { PathQuestion } from "../../../pki/x509/path/question.ts";
import { anyPolicy } from "../../../pki/x509/policies.ts";
import { find } from "./finding.ts";
import { der, type Ext, ext, integer, makeCa, makeSigner, sequence } from "./making.ts";

/** NIST PKITS has the rest of the rules (test/judges/pkits). */

const [a, b, c] = ["1.2.3.1", "1.2.3.2", "1.2.3.3"];
const root = makeCa("root");
const constraints = (tag: 0 | 1, skip: number): Ext => ({
  oid: "2.5.29.36",
  critical: true,
  value: sequence(der(0x80 | tag, integer(skip).subarray(2))),
});

/** The policies under which a path of a CA and a signer is valid, or the code. */
function judge(ca: readonly Ext[], signer: readonly Ext[], question: Partial<PathQuestion> = {}) {
  const issuing = makeCa("issuing", root, [ext.ca(), ...ca]);
  const certificate = makeSigner(issuing, { extensions: signer });
  const result = find(certificate, {
    anchors: [root.certificate],
    intermediates: [issuing.certificate],
    ...question,
  });
  return result.ok ? result.policies : result.code;
}

test.each<[string, readonly Ext[], readonly Ext[], Partial<PathQuestion>, string[] | string]>([
  ["none, none asked for", [], [], {}, []],
  ["none, explicit", [], [], { explicitPolicy: true }, "policy"],
  ["the same", [ext.policies(a, b)], [ext.policies(b, c)], {}, [b]],
  ["any above", [ext.policies(anyPolicy)], [ext.policies(b)], {}, [b]],
  ["any below", [ext.policies(a)], [ext.policies(anyPolicy)], {}, [a]],
  ["any all along", [ext.policies(anyPolicy)], [ext.policies(anyPolicy)], {}, [anyPolicy]],
  ["any, one accepted", [ext.policies(anyPolicy)], [ext.policies(anyPolicy)], { policies: [c] }, [c]],
  ["any inhibited", [ext.policies(anyPolicy)], [ext.policies(a)], { inhibitAnyPolicy: true }, []],
  ["none accepted, not explicit", [ext.policies(a)], [ext.policies(a)], { policies: [b] }, []],
  [
    "none accepted, explicit",
    [ext.policies(a)],
    [ext.policies(a)],
    { policies: [b], explicitPolicy: true },
    "policy",
  ],
  ["required by the CA", [constraints(0, 0)], [], {}, "policy"],
  ["required by the CA, of a certificate later", [constraints(0, 1)], [], {}, "policy"],
  ["required by the CA, of one after the last", [constraints(0, 2)], [], {}, []],
  ["required by the signer", [], [constraints(0, 0)], {}, "policy"],
  ["mapped", [ext.policies(a), ext.mappings([a, b])], [ext.policies(b)], {}, [a]],
  ["mapped, but the old one used", [ext.policies(a), ext.mappings([a, b])], [ext.policies(a)], {}, []],
  ["mapped from any", [ext.policies(anyPolicy), ext.mappings([a, b])], [ext.policies(b)], {}, [a]],
  [
    "mapping inhibited",
    [ext.policies(a), ext.mappings([a, b])],
    [ext.policies(b)],
    { inhibitPolicyMapping: true },
    [],
  ],
  ["anyPolicy mapped", [ext.policies(a), ext.mappings([anyPolicy, b])], [ext.policies(b)], {}, "policy"],
  ["one policy twice", [ext.policies(a, a)], [ext.policies(a)], {}, "malformed"],
])("%s", (_, ca, signer, question, right) => {
  expect(judge(ca, signer, question)).toEqual(right);
});
