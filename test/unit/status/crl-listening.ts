import { openssl } from "../ca/openssl.ts";
import { listeners, registry } from "./listening.ts";

export const hour = 3_600_000;
export const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(listeners.crl + path, { headers });
export const bytes = async (response: Response) => new Uint8Array(await response.arrayBuffer());
export const numberOf = (crl: Uint8Array) =>
  BigInt(openssl(["crl", "-inform", "DER", "-noout", "-crlnumber"], crl).trim().replace("crlNumber=", ""));
export const numbersOf = (generation: string, shard: number) =>
  registry.published
    .filter((crl) => crl.generation === generation && crl.shard === shard)
    .map(({ number }) => number);
export const health = async () => {
  const response = await get("/health");
  return {
    code: response.status,
    body: (await response.json()) as { status: string; checks: { name: string }[] },
  };
};
