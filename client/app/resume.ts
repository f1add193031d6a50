import { sha256 } from "../../protocol/encoding.ts";
import type { DeviceKey } from "./device-key.ts";
import type { Gateway } from "./gateway.ts";
import type { Session, Tapped } from "./one-tap.ts";

/**
 * A pending tap as plain data: it survives `structuredClone`, so an app can store it in IndexedDB and continue after a restart,
 * until the challenge expires (`begun.claims.exp`). The ECDH key remains non-exportable. It is not JSON: without IndexedDB such
 * a key cannot be stored, and the person taps again.
 */
export type SuspendedTap = Omit<Tapped, "begun"> & { begun: Omit<Session, "gateway" | "deviceKey"> };

/** The part of a tap to store until the certificate is issued. */
export function suspend({ begun, envelope, applicationSha256 }: Tapped): SuspendedTap {
  const { challenge, claims, ecdhKeyPair } = begun;
  return { begun: { challenge, claims, ecdhKeyPair }, envelope, applicationSha256 };
}

/**
 * Continues from a stored tap, with `apply`. Throws a TypeError if `deviceKey` is not the one of the tap.
 *
 * @example
 * const { tap, key } = await fromIndexedDb(); // suspend(tapped) and { privateKey, spki }
 * const tapped = await resume(tap, { gateway, deviceKey: webCryptoDeviceKey(key) });
 * const enrolled = await activate(await apply(tapped));
 */
export async function resume(
  { begun, envelope, applicationSha256 }: SuspendedTap,
  { gateway, deviceKey }: { gateway: Gateway; deviceKey: DeviceKey },
): Promise<Tapped> {
  if ((await sha256(deviceKey.spki)) !== begun.claims.spkiSha256)
    throw new TypeError("This tap was made with another device key; use that key.");
  return { begun: { ...begun, gateway, deviceKey }, envelope, applicationSha256 };
}
