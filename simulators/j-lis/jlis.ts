import type { Certification } from "./certification.ts";
import type { CrlPublisher } from "./crl.ts";
import type { Faults } from "./faults.ts";
import type { OcspResponder } from "./ocsp.ts";
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
  faults: Faults;
  clock: () => Date;
}
