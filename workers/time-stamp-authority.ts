import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { askTimeStamp } from "../activities/delivery/time-stamp.ts";
import type { TimeStampAuthority } from "../domain/transaction/time-stamp.ts";
import { type Configuration, ConfigurationError } from "./configuration.ts";
import { outboundOf } from "./outbound.ts";

const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The configured time-stamp authority; `undefined` if none is set. */
export async function timeStampAuthority(
  configuration: Configuration,
): Promise<TimeStampAuthority | undefined> {
  const { KAZASU_TSA_URL: url, KAZASU_TSA_ROOTS: file } = configuration;
  if (url === undefined && file === undefined) return undefined;
  if (url === undefined || file === undefined)
    throw new ConfigurationError("KAZASU_TSA_URL and KAZASU_TSA_ROOTS must both be set, or neither.");
  const found = (await readFile(file, "utf8")).match(pem) ?? [];
  if (found.length === 0)
    throw new ConfigurationError(`${file} (KAZASU_TSA_ROOTS) holds no certificate in PEM.`);
  const outbound = outboundOf(configuration);
  return {
    ask: (request) => askTimeStamp(outbound, url, request),
    roots: found.map((text) => new Uint8Array(new X509Certificate(text).raw)),
  };
}
