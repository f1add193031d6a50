import type { Adapter, AdapterPayload } from "oidc-provider";
import type { Pool } from "pg";
import { useOnce } from "../../registry/issuance/single-uses.ts";
import { OpenIdStore } from "../../registry/login/openid-store.ts";
import type { Sealer } from "../../registry/sealing.ts";
import { errors } from "./library.ts";

/** How long an expired login without a browser is still known: its client gets `expired_token` (CIBA Core §11), seconds. */
const afterEndSeconds = 300;

/** The provider's storage in Postgres, sealed, because it includes the text that a person is asked to sign. */
export function makeAdapter(pool: Pool, sealer: Sealer, model: string): Adapter {
  const store = new OpenIdStore(pool, model);
  const rowOf = (id: string): string => `openid_payloads/${model}/${id}`;
  const find = async (id: string): Promise<AdapterPayload | undefined> => {
    const found = await store.find(id);
    if (!found) return undefined;
    const { sealed, consumed } = found;
    const opened = sealer.open(Buffer.from(String(sealed), "base64"), rowOf(id)).toString();
    return { ...(JSON.parse(opened) as AdapterPayload), ...(consumed ? { consumed: true } : {}) };
  };
  return {
    find,
    async upsert(id, payload, seconds) {
      const sealed = sealer.seal(Buffer.from(JSON.stringify(payload)), rowOf(id)).toString("base64");
      const { grantId, uid } = payload;
      const kept = seconds === undefined || !/Backchannel/.test(model) ? seconds : seconds + afterEndSeconds;
      await store.upsert(id, { sealed }, kept, { grantId, uid });
    },
    async findByUid(uid) {
      const id = await store.idOfUid(uid);
      return id === undefined ? undefined : find(id);
    },
    async consume(id) {
      // Of two concurrent uses of one code the second fails (RFC 6749 §4.1.2).
      if (!(await store.consume(id))) throw new errors.InvalidGrant("It was already used.");
    },
    destroy: (id) => store.destroy(id),
    revokeByGrantId: (grantId) => store.revokeByGrantId(grantId),
    // The device flow is disabled.
    findByUserCode: async () => undefined,
  };
}

const nothing = async (): Promise<undefined> => undefined;

/** Storage that keeps nothing. */
export const nothingKept: Adapter = {
  find: nothing,
  upsert: nothing,
  consume: nothing,
  destroy: nothing,
  revokeByGrantId: nothing,
  findByUid: nothing,
  findByUserCode: nothing,
};

/** Longer than the longest validity of any accepted proof or assertion, seconds. */
const proofSeconds = 2 * 3_600;

/**
 * Used proofs and assertions. The provider first looks up and then stores: here the lookup itself stores, so that of two
 * concurrent uses one is refused, with the provider's own error.
 */
export function replayAdapter(pool: Pool): Adapter {
  return {
    ...nothingKept,
    async find(id) {
      const isNew = await useOnce(pool, "provider-proof", id, proofSeconds);
      return isNew ? undefined : { jti: id, kind: "ReplayDetection" };
    },
  };
}
