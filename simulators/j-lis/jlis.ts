import type { Certification } from "./certification.ts";
import type { Consents } from "./consents.ts";
import type { CrlPublisher } from "./crl.ts";
import type { Faults } from "./faults.ts";
import type { LatestAttributes } from "./latest-attributes.ts";
import type { OcspResponder } from "./ocsp.ts";
import type { Quota } from "./quota.ts";
import type { Reader } from "./reader.ts";
import type { Store } from "./store.ts";
import type { TownHall } from "./town-hall.ts";

/** The state that the server's routes share. */
export interface Jlis {
  store: Store;
  certification: Certification;
  townHall: TownHall;
  reader: Reader;
  crls: CrlPublisher;
  ocsp: OcspResponder;
  consents: Consents;
  latestAttributes: LatestAttributes;
  /** The quota of requests for the latest attributes. */
  quota: Quota;
  faults: Faults;
  clock: () => Date;
}
