import type { FastifyBaseLogger } from "fastify";
import type { Authorities } from "../pki/ca/authorities.ts";
import type { Authority } from "../pki/ca/authority.ts";
import { makeOcspResponse, type OcspAnswer, ocspError } from "../pki/ca/ocsp.ts";
import { type KnownCertId, knownCertId, makeCertId } from "../pki/ca/ocsp-cert-id.ts";
import { type OcspRequest, parseOcspRequest } from "../pki/ca/ocsp-request.ts";
import { type Answer, type AnswerKey, keyText } from "./answer-cache.ts";
import type { Presigner } from "./presigner.ts";
import type { RecordedStatus, StatusRegistry } from "./status-registry.ts";

export interface ResponderOptions {
  authorities: () => Authorities;
  registry: StatusRegistry;
  presigner: Presigner;
  /** Whether this address may use another signature. */
  maySign: (address: string) => boolean;
  /** The most requests remembered by their bytes. */
  maxRemembered: number;
  clock: () => Date;
  log: Pick<FastifyBaseLogger, "error">;
}

/** A request about one certificate has some 80 octets; a longer one is answered, and not remembered. */
const longestRemembered = 200;

/** The response: one shared by all clients, or one for this request only. */
export type OcspReply = { shared: Answer } | { own: Uint8Array };

/** Answers an OCSP request (DER; `undefined` if none could be read) from an address. Never rejects. */
export type Responder = (der: Uint8Array | undefined, address: string) => OcspReply | Promise<OcspReply>;

/**
 * Answers a request: without a nonce from the cache, without reading the registry (RFC 9919 §3); otherwise with an individual
 * signature, within the rate limit.
 *
 * malformedRequest for an invalid request; tryLater if Postgres is unavailable, the limit is reached or the signer is not
 * valid; internalError if the signer fails; unauthorized if no signer of ours has authority (RFC 6960 §2.3, RFC 9919 §3.2.3): a
 * CertID with an unknown issuer or hash algorithm, or issuers of several of our generations.
 *
 * An error response has no single responses, so one such CertID makes the whole request unauthorized. The alternative is no
 * better: a client must not accept a status from a signer that its certificate's issuer did not name (RFC 6960 §4.2.2.2), and a
 * client that asks for each certificate separately gets each answer. A serial that a known issuer never issued is within its
 * authority, and unknown.
 */
export function createResponder(options: ResponderOptions): Responder {
  const { authorities, registry, presigner, clock, log } = options;
  /** Maps the bytes of a request to the key of its answer: clients encode requests alike, so most need no parsing. */
  const remembered = new Map<string, string>();

  const fromCache = (text: string, key: string | undefined): OcspReply | undefined => {
    const answer = key === undefined ? undefined : presigner.cache.get(key, clock());
    if (key === undefined || answer === undefined) return undefined;
    if (text.length <= longestRemembered && !remembered.has(text)) {
      const oldest = remembered.size >= options.maxRemembered ? remembered.keys().next().value : undefined;
      if (oldest !== undefined) remembered.delete(oldest);
      remembered.set(text, key);
    }
    return { shared: answer };
  };

  const online = async (
    { asked, authority }: OurQuestion,
    single: AnswerKey | undefined,
    nonce: Uint8Array | undefined,
  ): Promise<OcspReply> => {
    const asOf = clock();
    const possible = asked.filter(({ isPossible }) => isPossible);
    const statuses = await readStatuses(
      possible.map(({ serial }) => serial),
      authority,
    );
    if (statuses === undefined) return { own: ocspError("tryLater") };
    const found = single && statuses.get(single.serial);
    if (single && found) return { shared: await presigner.sign(authority, single, found, asOf) };
    const answers = asked.map(({ form, serial }): OcspAnswer => {
      const status = statuses.get(serial);
      const answer = { certId: makeCertId(authority, form, serial), status };
      return status?.notBefore ? { ...answer, notBefore: status.notBefore } : answer;
    });
    const input = { now: clock(), asOf, ...(nonce && { nonce }) };
    return { own: await makeOcspResponse(authority, answers, input) };
  };

  /** The statuses of this generation's serials; `undefined` if Postgres does not answer. */
  const readStatuses = async (
    serials: string[],
    { generation }: Authority,
  ): Promise<Map<string, RecordedStatus> | undefined> => {
    if (serials.length === 0) return new Map();
    try {
      const statuses = await registry.statusOfMany(serials);
      return new Map([...statuses].filter(([, status]) => status.generation === generation));
    } catch (error) {
      log.error(
        { reason: reasonOf(error) },
        "Postgres does not answer: an OCSP request is answered tryLater.",
      );
      return undefined;
    }
  };

  const parsed = async (text: string, der: Uint8Array, address: string): Promise<OcspReply> => {
    const request = parseOcspRequest(der);
    if (request === undefined) return { own: ocspError("malformedRequest") };
    const question = ourQuestion(request, authorities());
    if (question === undefined) return { own: ocspError("unauthorized") };
    const single = request.nonce === undefined ? singleOf(question.asked) : undefined;
    const cached = single && fromCache(text, keyText(single));
    if (cached !== undefined) return cached;
    if (!options.maySign(address)) return { own: ocspError("tryLater") };
    try {
      return await online(question, single, request.nonce);
    } catch (error) {
      if (error instanceof RangeError) {
        log.error(
          { reason: reasonOf(error) },
          "No OCSP response can be signed now: an OCSP request is answered tryLater.",
        );
        return { own: ocspError("tryLater") };
      }
      log.error({ reason: reasonOf(error) }, "An OCSP response could not be signed; check the key store.");
      return { own: ocspError("internalError") };
    }
  };

  return (der, address) => {
    if (der === undefined) return { own: ocspError("malformedRequest") };
    const text = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString("latin1");
    return fromCache(text, remembered.get(text)) ?? parsed(text, der, address);
  };
}

/** The certificates of a request, all of one generation. */
interface OurQuestion {
  authority: Authority;
  asked: KnownCertId[];
}

/** `undefined` if a certificate is of no generation of ours, or if they are of several. */
function ourQuestion({ certIds }: OcspRequest, { all }: Authorities): OurQuestion | undefined {
  const asked = certIds.flatMap((certId) => knownCertId(all, certId) ?? []);
  const authority = asked[0]?.authority;
  const isOurs = asked.length === certIds.length && asked.every((each) => each.authority === authority);
  return authority !== undefined && isOurs ? { authority, asked } : undefined;
}

/** The certificate of a request, if it is the only one and its serial can be ours. */
function singleOf([first, ...others]: OurQuestion["asked"]): AnswerKey | undefined {
  if (!first?.isPossible || others.length > 0) return undefined;
  const { authority, form, serial } = first;
  return { generation: authority.generation, form, serial };
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
