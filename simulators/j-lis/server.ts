import { listen, makeServer } from "../http.ts";
import { Certification } from "./certification.ts";
import { Consents } from "./consents.ts";
import { CrlPublisher } from "./crl.ts";
import { Faults } from "./faults.ts";
import type { Jlis } from "./jlis.ts";
import { LatestAttributes } from "./latest-attributes.ts";
import { OcspResponder } from "./ocsp.ts";
import { Quota } from "./quota.ts";
import { Reader } from "./reader.ts";
import { controlRoutes } from "./routes/control.ts";
import { linkageRoutes } from "./routes/linkage.ts";
import { readerRoutes } from "./routes/reader.ts";
import { registerRoutes } from "./routes/register.ts";
import { statusRoutes } from "./routes/status.ts";
import { townHallRoutes } from "./routes/town-hall.ts";
import { KeyPool } from "./rsa-keys.ts";
import { Store } from "./store.ts";
import { TownHall } from "./town-hall.ts";

export interface JlisOptions {
  /** Folder of all state. Default: in memory. */
  directory?: string | undefined;
  /** Default 127.0.0.1. */
  host?: string | undefined;
  /** Default 0: any free port. */
  port?: number | undefined;
  clock?: (() => Date) | undefined;
  /** Called with one line for each failure of the simulator itself, without personal data. */
  log?: ((line: string) => void) | undefined;
}

/** The largest APDU in hex, with a margin for the surrounding JSON. */
const bodyLimit = 160 * 1_024;

/** Starts J-LIS: test CAs, CRLs, OCSP, linkage, consents, latest attributes, the town hall, a card reader and a control interface over HTTP. */
export async function startJlis(options: JlisOptions): Promise<{ url: string; close(): Promise<void> }> {
  const clock = options.clock ?? (() => new Date());
  const store = await Store.open(options.directory);
  const certification = new Certification(store.common.generations, new KeyPool());
  await Promise.all(
    (["sign", "auth"] as const)
      .filter((kind) => certification.of(kind).length === 0)
      .map((kind) => certification.roll(kind, clock())),
  );
  await store.saveCommon();

  const jlis: Jlis = {
    store,
    certification,
    townHall: new TownHall(store, certification, clock),
    reader: new Reader(store),
    crls: new CrlPublisher(store),
    ocsp: new OcspResponder(store),
    consents: new Consents(store, clock),
    latestAttributes: new LatestAttributes(store, clock),
    quota: new Quota(clock),
    faults: new Faults(),
    clock,
  };
  const server = makeServer(bodyLimit, options.log);
  server.addHook("onSend", (_request, reply) => jlis.faults.withhold(reply));
  for (const routes of [
    statusRoutes,
    linkageRoutes,
    registerRoutes,
    townHallRoutes,
    readerRoutes,
    controlRoutes,
  ])
    routes(server, jlis);
  const url = await listen(server, options);
  return {
    url,
    async close() {
      await server.close();
      await certification.close();
      await store.close();
    },
  };
}
