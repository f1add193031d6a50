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

/** Everything the addresses of the server work on. */
export interface Jlis {
  store: Store;
  certification: Certification;
  townHall: TownHall;
  reader: Reader;
  crls: CrlPublisher;
  ocsp: OcspResponder;
  consents: Consents;
  latestAttributes: LatestAttributes;
  /** Of requests for the latest attributes. */
  quota: Quota;
  faults: Faults;
  clock: () => Date;
}
