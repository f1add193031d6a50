import type { Adapter, AdapterPayload } from "./library.ts";

interface Kept {
  payload: AdapterPayload;
  endsAt: number;
}

/** The provider's storage, until it is stopped. One for each of its models; a login takes minutes. */
export function memoryAdapter(): (model: string) => Adapter {
  const models = new Map<string, Map<string, Kept>>();
  return (model) => {
    const kept = models.get(model) ?? new Map<string, Kept>();
    models.set(model, kept);
    const alive = (is: (id: string, payload: AdapterPayload) => boolean): AdapterPayload | undefined => {
      const now = Date.now();
      for (const [id, { endsAt }] of kept) if (endsAt <= now) kept.delete(id);
      return [...kept].find(([id, { payload }]) => is(id, payload))?.[1].payload;
    };
    return {
      find: async (id) => alive((each) => each === id),
      findByUid: async (uid) => alive((_id, payload) => payload.uid === uid),
      findByUserCode: async () => undefined,
      async upsert(id, payload, seconds = 0) {
        kept.set(id, { payload, endsAt: Date.now() + seconds * 1_000 });
      },
      async consume(id) {
        const found = kept.get(id);
        if (found) found.payload["consumed"] = Math.floor(Date.now() / 1_000);
      },
      async destroy(id) {
        kept.delete(id);
      },
      async revokeByGrantId(grantId) {
        for (const [id, { payload }] of kept) if (payload.grantId === grantId) kept.delete(id);
      },
    };
  };
}
