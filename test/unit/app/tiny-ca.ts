import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Fastify, { type FastifyReply } from "fastify";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { pem } from "../../../pki/pem.ts";
import { activation } from "../../../protocol/activation.ts";
import { envelope, type SealedApplication, sealedApplication } from "../../../protocol/application.ts";
import { type ChallengeClaims, challengeRequest, type NoticeReference } from "../../../protocol/challenge.ts";
import { decode, encode, sha256, utf8 } from "../../../protocol/encoding.ts";
import { labels } from "../../../protocol/labels.ts";
import { problemOf } from "../../../protocol/problem.ts";
import type { RefusalCode } from "../../../protocol/refusals.ts";
import {
  activationContext,
  applicationContext,
  codeContext,
  makeSealingKey,
  open,
  seal,
} from "../../../protocol/sealing.ts";

const texts = { terms: "The terms.", "register-refresh": "The consent towards J-LIS." };

/** How this CA misbehaves; each test sets what it needs. */
export interface Faults {
  /** Changes the challenge's claims before they are signed. */
  claims?: Partial<ChallengeClaims>;
  /** Signs the challenge with another key, under the same `kid`. */
  otherKey?: boolean;
  noticeText?: string;
  /** Codes to refuse the next applications and activations with, one each. */
  refuse: RefusalCode[];
  /** Cuts the connection after the next application or activation was taken, before it is answered. */
  cutAnswers: number;
  /** Seals the code for another application. */
  otherApplication?: boolean;
  /** Issues for this PKCS#10 instead of the one that came. */
  otherCsr?: Uint8Array;
  otherEnrolment?: boolean;
  otherChain?: boolean;
}

/**
 * A CA of a few lines that plays the other side of the protocol, with openssl to sign: it trusts every card, since
 * what is tested is the phone. `received` is what it opened.
 */
export async function tinyCa(simulators?: { cards: string; attester: string }) {
  const folder = mkdtempSync(join(tmpdir(), "kazasu-tiny-ca-"));
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const ecKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  for (const name of ["ca", "other"])
    openssl(
      "req",
      "-x509",
      ...ecKey,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.pem`,
      "-subj",
      `/C=JP/CN=${name}`,
    );
  const derOf = (name: string) => openssl("x509", "-in", name, "-outform", "DER");

  const service = await generateKeyPair("ES256");
  const impostor = await generateKeyPair("ES256");
  const publicJwk: JWK = { ...(await exportJWK(service.publicKey)), kid: "service-1", alg: "ES256" };
  const sealing = await makeSealingKey();
  const notices: NoticeReference[] = await Promise.all(
    (["terms", "register-refresh"] as const).flatMap((purpose) =>
      (["ja", "en"] as const).map(async (language) => ({
        id: purpose,
        purpose,
        version: "1",
        language,
        sha256: await sha256(utf8(`${texts[purpose]} ${language}`)),
      })),
    ),
  );

  const faults: Faults = { refuse: [], cutAnswers: 0 };
  const received = {
    /** Bodies as they came, to compare retries byte by byte. */
    applications: [] as string[],
    opened: [] as SealedApplication[],
    activations: [] as { code: string; csr: string }[],
  };
  const issued = new Map<string, object>();
  const codes = new Map<string, Uint8Array<ArrayBuffer>>();
  const ecdhKeys = new Map<string, string>();

  const server = Fastify({ forceCloseConnections: true });
  const refused = (reply: FastifyReply, code: RefusalCode) => {
    const document = problemOf(code, {
      detail: "As the test asked.",
      instance: "urn:test:1",
      language: "en",
    });
    return reply.code(document.status).type("application/problem+json").send(document);
  };
  const cut = (reply: FastifyReply) => {
    faults.cutAnswers -= 1;
    reply.hijack();
    reply.raw.destroy();
  };

  server.get("/.well-known/kazasu-configuration", () => ({
    issuer: "tiny",
    setting: "test",
    serviceKeys: { keys: [publicJwk] },
    ...(simulators ? { simulators } : {}),
  }));
  server.get<{ Params: { sha256: string } }>("/v1/notices/:sha256", (request, reply) => {
    const notice = notices.find(({ sha256: digest }) => digest === request.params.sha256);
    if (!notice) return refused(reply, "NOT_FOUND");
    const text = faults.noticeText ?? `${texts[notice.purpose as keyof typeof texts]} ${notice.language}`;
    return reply.type("text/plain; charset=utf-8").send(text);
  });
  server.post("/v1/challenges", async (request) => {
    const { party, app, intent, spkiSha256, ecdhKey } = challengeRequest.parse(request.body);
    const seconds = Math.floor(Date.now() / 1_000);
    const claims: ChallengeClaims = {
      iss: "tiny",
      jti: encode(crypto.getRandomValues(new Uint8Array(32))),
      iat: seconds,
      exp: seconds + 600,
      enrolmentId: crypto.randomUUID(),
      party: { id: party, name: { ja: "ABC銀行", en: "ABC Bank" } },
      app,
      intent,
      spkiSha256,
      ecdhKey,
      notices,
      attestation: "optional",
      sealing: { kid: "sealing-1", publicKey: encode(sealing.point) },
      ...faults.claims,
    };
    ecdhKeys.set(claims.enrolmentId, ecdhKey);
    const challenge = await new SignJWT({ ...claims })
      .setProtectedHeader({ alg: "ES256", typ: labels.challenge, kid: "service-1" })
      .sign(faults.otherKey ? impostor.privateKey : service.privateKey);
    return { challenge };
  });

  const read = async (body: unknown, context: typeof applicationContext) => {
    const { challenge, sealed } = envelope.parse(body);
    const plaintext = await open(sealing.keyPair, sealed, context(challenge));
    if (!plaintext) throw new Error("The envelope does not open.");
    const claims = JSON.parse(
      Buffer.from(challenge.split(".")[1] ?? "", "base64url").toString(),
    ) as ChallengeClaims;
    return {
      message: JSON.parse(new TextDecoder().decode(plaintext)) as unknown,
      enrolmentId: claims.enrolmentId,
    };
  };
  server.post("/v1/applications", async (request, reply) => {
    received.applications.push(JSON.stringify(request.body));
    const { message, enrolmentId } = await read(request.body, applicationContext);
    const refusal = faults.refuse.shift();
    if (refusal) return refused(reply, refusal);
    const application = sealedApplication.parse(message);
    received.opened.push(application);
    const code = codes.get(enrolmentId) ?? crypto.getRandomValues(new Uint8Array(16));
    codes.set(enrolmentId, code);
    if (faults.cutAnswers > 0) return cut(reply);
    const digest = faults.otherApplication ? "another" : await sha256(decode(application.application));
    const sealedCode = await seal(decode(ecdhKeys.get(enrolmentId) ?? ""), code, codeContext(digest));
    return { enrolmentId: faults.otherEnrolment ? crypto.randomUUID() : enrolmentId, sealedCode };
  });
  server.post("/v1/activations", async (request, reply) => {
    const { message, enrolmentId } = await read(request.body, activationContext);
    const refusal = faults.refuse.shift();
    if (refusal) return refused(reply, refusal);
    const { code, csr } = activation.parse(message);
    received.activations.push({ code, csr });
    if (code !== encode(codes.get(enrolmentId) ?? new Uint8Array())) return refused(reply, "CODE_WRONG");
    const answer = issued.get(enrolmentId) ?? issue(enrolmentId, faults.otherCsr ?? decode(csr));
    issued.set(enrolmentId, answer);
    if (faults.cutAnswers > 0) return cut(reply);
    return faults.otherEnrolment ? { ...answer, enrolmentId: crypto.randomUUID() } : answer;
  });

  function issue(enrolmentId: string, csr: Uint8Array) {
    writeFileSync(file("csr.pem"), pemOfRequest(csr));
    const signing = [
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-days",
      "1",
      "-set_serial",
      `0x${enrolmentId.slice(0, 8)}`,
    ];
    openssl(
      "x509",
      "-req",
      "-in",
      "csr.pem",
      ...signing,
      "-subj",
      `/C=JP/CN=${enrolmentId}`,
      "-out",
      "leaf.pem",
    );
    const chain = [encode(derOf(faults.otherChain ? "other.pem" : "ca.pem"))];
    return { enrolmentId, certificate: encode(derOf("leaf.pem")), chain };
  }

  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  return {
    url,
    publicJwk,
    faults,
    received,
    root: readFileSync(file("ca.pem"), "utf8"),
    async close() {
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const pemOfRequest = (csr: Uint8Array): string =>
  pem("CERTIFICATE", csr).replaceAll("CERTIFICATE", "CERTIFICATE REQUEST");
