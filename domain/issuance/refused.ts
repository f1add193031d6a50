import type { RefusalCode } from "../../protocol/refusals.ts";

/** The outcome of an activation that is refused. */
export const refused = (code: RefusalCode, detail: string) => ({ kind: "refused", code, detail }) as const;
