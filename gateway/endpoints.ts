/**
 * Which addresses that others name the engine may send to: those on the public internet. `workers/gateway-parts.ts` makes it of
 * `activities/delivery/outbound.ts`, by which everything is sent; said here, it is said when the address is registered.
 */
export interface EndpointRule {
  /** Throws, with the reason, where the engine never sends anything to. */
  assertEndpoint: (url: string) => void;
}
