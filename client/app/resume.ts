import { sha256 } from "../../protocol/encoding.ts";
import type { DeviceKey } from "./device-key.ts";
import type { Gateway } from "./gateway.ts";
import type { Session, Tapped } from "./one-tap.ts";

/**
 * A tap that is yet to be answered, as plain data: it survives `structuredClone`, so an app may keep it in IndexedDB
 * and go on after it was closed, until the challenge expires (`begun.claims.exp`). The ECDH key stays a key that
 * cannot be exported. It is no JSON: where there is no IndexedDB, such a key cannot be kept, and the person taps again.
 */
export type SuspendedTap = Omit<Tapped, "begun"> & { begun: Omit<Session, "gateway" | "deviceKey"> };

/** What to keep of a tap until its certificate came. */
export function suspend({ begun, envelope, applicationSha256 }: Tapped): SuspendedTap {
  const { challenge, claims, ecdhKeyPair } = begun;
  return { begun: { challenge, claims, ecdhKeyPair }, envelope, applicationSha256 };
}

/**
 * Goes on from a kept tap, to `apply`. Throws a TypeError when `deviceKey` is not the one the tap was made with.
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
    throw new TypeError("This tap was made for another device key; use the one it was made with.");
  return { begun: { ...begun, gateway, deviceKey }, envelope, applicationSha256 };
}
