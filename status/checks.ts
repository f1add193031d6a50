import { X509Certificate } from "node:crypto";
import type { Authorities } from "../pki/ca/authorities.ts";
import { rootCrlAlarmMs } from "../pki/ca/ceremony/root-crl.ts";
import type { CrlShelf } from "./crl-shelf.ts";
import { type Check, endsSoon } from "./health.ts";
import type { Presigner } from "./presigner.ts";

/** A revocation must be visible within a minute; red if none was looked for that long. */
const promisedMs = 60_000;

/** Whether every expected CRL is available and renewed in time; one check for each scope. */
export function checkCrls(shelf: CrlShelf, now: Date): Check[] {
  return shelf.all().map(({ scope, ends, held }): Check => {
    const name = `crl ${scope.generation}/${scope.shard}`;
    if (held === undefined || held.nextUpdate <= now) {
      const what =
        held === undefined ? "No CRL has been issued" : `Ended at ${held.nextUpdate.toISOString()}`;
      return { name, status: "red", detail: `${what}: ${whatToDo}` };
    }
    // The last CRL of a generation ends with its issuing CA, and is not renewed.
    if (held.nextUpdate >= ends || !endsSoon(held.thisUpdate, held.nextUpdate, now)) {
      return { name, status: "green" };
    }
    const when = held.nextUpdate.toISOString();
    return {
      name,
      status: "red",
      detail: `Ends at ${when} and was not renewed at half of its life: ${whatToDo}`,
    };
  });
}

/**
 * Whether each root's own CRL is valid. Its renewal needs a ceremony: yellow when a quarter of its validity is left, red thirty
 * days before its end.
 */
export function checkRootCrls({ all }: Authorities, now: Date): Check[] {
  return all.flatMap(({ generation, root, rootCrl }): Check[] => {
    if (rootCrl === undefined) return [];
    const { thisUpdate, nextUpdate } = rootCrl;
    const name = `root crl ${generation}`;
    // The last one ends with its root, and is not renewed.
    if (nextUpdate >= new Date(new X509Certificate(root).validTo)) return [{ name, status: "green" }];
    const left = nextUpdate.getTime() - now.getTime();
    const alarm = left < rootCrlAlarmMs;
    if (!alarm && !endsSoon(thisUpdate, nextUpdate, now)) return [{ name, status: "green" }];
    const detail = `${left > 0 ? "Ends" : "Ended"} at ${nextUpdate.toISOString()}: renew it with \`npx kazasu ceremony root-crl\`.`;
    return [{ name, status: alarm ? "red" : "yellow", detail }];
  });
}

/** Whether the cached answers are renewed in time. */
export function checkAnswers({ cache }: Presigner, now: Date): Check {
  const name = "ocsp answers";
  let late = 0;
  let first: Date | undefined;
  for (const { thisUpdate, nextUpdate } of cache.values()) {
    if (!endsSoon(thisUpdate, nextUpdate, now)) continue;
    late += 1;
    if (first === undefined || nextUpdate < first) first = nextUpdate;
  }
  if (first === undefined) return { name, status: "green" };
  return {
    name,
    status: "red",
    detail: `${late} of ${cache.size} were not renewed at half of their life, the first ends at ${first.toISOString()}: ${whatToDo}`,
  };
}

/** Whether revocations are visible as soon as promised. */
export function checkRevocations({ noticedAt }: Presigner, now: Date): Check {
  const name = "revocations";
  const since = noticedAt();
  if (now.getTime() - since.getTime() <= promisedMs) return { name, status: "green" };
  return {
    name,
    status: "yellow",
    detail: `None was seen since ${since.toISOString()}; what is valid is still served. See that Postgres answers.`,
  };
}

const whatToDo = "check that Postgres answers and that the key store of its generation signs.";
