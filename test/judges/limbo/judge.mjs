/**
 * Judges our path validation by x509-limbo, by hand: `node test/judges/limbo/judge.mjs LIMBO.JSON` after `npm run build`.
 * Writes results.md beside this file. LIMBO.JSON is what `limbo compile` of https://github.com/C2SP/x509-limbo makes.
 */
import { readFile, writeFile } from "node:fs/promises";
import { reasonFor } from "./differences.mjs";
import { page } from "./page.mjs";

const load = (path) => import(new URL(`../../../dist/pki/${path}.js`, import.meta.url).href);
const [{ readCertificate }, { findPath }, { goodByCrls }, { runSync }, { verifyWithNode }] =
  await Promise.all(
    [
      "x509/certificate",
      "x509/path/find",
      "x509/path/revocation",
      "x509/signature",
      "x509/node-signature",
    ].map(load),
  );

const purposes = { serverAuth: "1.3.6.1.5.5.7.3.1", clientAuth: "1.3.6.1.5.5.7.3.2" };

const derOf = (pem) => new Uint8Array(Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64"));

/** What cannot be read is left out, as it is of a message. */
function readAll(pems) {
  return pems.flatMap((pem) => {
    try {
      return [readCertificate(derOf(pem))];
    } catch {
      return [];
    }
  });
}

function judge(testcase) {
  const [signer] = readAll([testcase.peer_certificate]);
  if (!signer) return { ok: false, code: "unreadable" };
  const at = testcase.validation_time ? new Date(testcase.validation_time) : new Date();
  const intermediates = readAll(testcase.untrusted_intermediates);
  const [purpose] = testcase.extended_key_usage.map((name) => purposes[name]);
  const question = {
    anchors: readAll(testcase.trusted_certs),
    intermediates,
    at,
    ...(purpose && { purpose }),
    // Theirs counts the certificates between the signer and the anchor.
    ...(testcase.max_chain_depth !== null && { limits: { length: testcase.max_chain_depth + 2 } }),
    ...(testcase.crls.length > 0 && {
      accept: goodByCrls({ crls: testcase.crls.map(derOf), intermediates, at }),
    }),
  };
  return runSync(findPath(signer, question), verifyWithNode);
}

const [file] = process.argv.slice(2);
if (file === undefined)
  throw new Error("Say where limbo.json is: node test/judges/limbo/judge.mjs LIMBO.JSON");
const { testcases } = JSON.parse(await readFile(file, "utf8"));
const judged = testcases.map((testcase) => {
  const result = judge(testcase);
  const right = testcase.expected_result === "SUCCESS";
  const difference = result.ok === right ? undefined : reasonFor(testcase, result);
  return { id: testcase.id, right, ours: result.ok, code: result.ok ? "" : result.code, difference };
});
await writeFile(new URL("results.md", import.meta.url), page(judged));
const unexplained = judged.filter(({ difference }) => difference === "");
for (const { id, right, ours, code } of unexplained)
  process.stderr.write(`${id}: should be ${right ? "valid" : "invalid"}, ours is ${ours ? "valid" : code}\n`);
process.stdout.write(
  `${judged.length} cases, ${judged.filter(({ difference }) => difference).length} differ with a reason, ${unexplained.length} without\n`,
);
process.exitCode = unexplained.length === 0 ? 0 : 1;
