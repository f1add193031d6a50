/**
 * The addresses chosen by others to which the engine may send: only those on the public internet. `workers/gateway-parts.ts`
 * builds it from `activities/delivery/outbound.ts`, which sends everything; checking here reports a blocked address at
 * registration.
 */
export interface EndpointRule {
  /** Throws, with the reason, for an address to which the engine never sends. */
  assertEndpoint: (url: string) => void;
}
