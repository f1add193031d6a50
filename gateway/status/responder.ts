import type { FastifyBaseLogger } from "fastify";
import type { Authorities } from "../../pki/ca/authorities.ts";
import type { Authority } from "../../pki/ca/authority.ts";
import { makeOcspResponse, type OcspAnswer, ocspError } from "../../pki/ca/ocsp.ts";
import { type KnownCertId, makeCertId, readCertId } from "../../pki/ca/ocsp-cert-id.ts";
import { type OcspRequest, parseOcspRequest } from "../../pki/ca/ocsp-request.ts";
import { type Answer, type AnswerKey, keyText } from "./answer-cache.ts";
import type { Presigner } from "./presigner.ts";
import type { RecordedStatus, StatusRegistry } from "./status-registry.ts";

export interface ResponderOptions {
  authorities: () => Authorities;
  registry: StatusRegistry;
  presigner: Presigner;
  /** Whether this address may cost another signature. */
  maySign: (address: string) => boolean;
  /** Requests that are remembered by their bytes. */
  maxRemembered: number;
  clock: () => Date;
  log: Pick<FastifyBaseLogger, "error">;
}

/** A request about one certificate has some 80 octets; whoever adds to it is answered, and not remembered. */
const longestRemembered = 200;

/** What is sent back: an answer that everybody may be given, or one for this request alone. */
export type OcspReply = { shared: Answer } | { own: Uint8Array };

/** Answers an OCSP request (DER; `undefined` where none could be read) of an address. Never rejects. */
export type Responder = (der: Uint8Array | undefined, address: string) => OcspReply | Promise<OcspReply>;

/**
 * Decides how a request is answered: without a nonce from the cache, and the registry is not asked (RFC 9919 §3); else by
 * a signature of its own, as far as the limit goes.
 *
 * malformedRequest for what is none; tryLater when Postgres is away, the limit is met or the signer is out of its
 * validity; internalError when the signer fails; unauthorized when one request is about several of our generations, for no one signer may answer for all.
 */
export function createResponder(options: ResponderOptions): Responder {
  const { authorities, registry, presigner, clock, log } = options;
  /** The bytes of a request to the key of its answer: clients write the same request alike, so most need no parsing. */
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
    { certIds, nonce }: OcspRequest,
    single: AnswerKey | undefined,
  ): Promise<OcspReply> => {
    const { all, active } = authorities();
    const asked = certIds.map((certId) => ({ certId, known: readCertId(all, certId) }));
    const ours = new Set(asked.flatMap(({ known }) => known?.authority ?? []));
    if (ours.size > 1) return { own: ocspError("unauthorized") };
    const authority = [...ours][0] ?? active;
    const asOf = clock();
    const statuses = await readStatuses(
      asked.flatMap(({ known }) => known?.serial ?? []),
      authority,
    );
    if (statuses === undefined) return { own: ocspError("tryLater") };
    const found = single && statuses.get(single.serial);
    if (single && found) return { shared: await presigner.sign(authority, single, found, asOf) };
    const answers = asked.map(({ certId, known }): OcspAnswer => {
      if (known?.serial === undefined) return { certId, status: undefined };
      const status = statuses.get(known.serial);
      const answer = { certId: makeCertId(authority, known.form, known.serial), status };
      return status?.notBefore ? { ...answer, notBefore: status.notBefore } : answer;
    });
    const input = { now: clock(), asOf, ...(nonce && { nonce }) };
    return { own: await makeOcspResponse(authority, answers, input) };
  };

  /** The statuses of what this generation issued; `undefined` when Postgres does not answer. */
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
        "Postgres does not answer: an OCSP request is told to try later.",
      );
      return undefined;
    }
  };

  const parsed = async (text: string, der: Uint8Array, address: string): Promise<OcspReply> => {
    const request = parseOcspRequest(der);
    if (request === undefined) return { own: ocspError("malformedRequest") };
    const single = singleOf(request, authorities());
    const cached = single && fromCache(text, keyText(single));
    if (cached !== undefined) return cached;
    if (!options.maySign(address)) return { own: ocspError("tryLater") };
    try {
      return await online(request, single);
    } catch (error) {
      if (error instanceof RangeError) {
        log.error(
          { reason: reasonOf(error) },
          "No OCSP response can be signed now: an OCSP request is told to try later.",
        );
        return { own: ocspError("tryLater") };
      }
      log.error({ reason: reasonOf(error) }, "An OCSP response could not be signed; look at the key store.");
      return { own: ocspError("internalError") };
    }
  };

  return (der, address) => {
    if (der === undefined) return { own: ocspError("malformedRequest") };
    const text = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString("latin1");
    return fromCache(text, remembered.get(text)) ?? parsed(text, der, address);
  };
}

/** What a request is about when its answer may be given to others: one certificate of ours, and no nonce. */
function singleOf({ certIds, nonce }: OcspRequest, { all }: Authorities): AnswerKey | undefined {
  const [certId, ...others] = certIds;
  if (certId === undefined || others.length > 0 || nonce !== undefined) return undefined;
  const known: KnownCertId | undefined = readCertId(all, certId);
  return known?.serial === undefined
    ? undefined
    : { generation: known.authority.generation, form: known.form, serial: known.serial };
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
