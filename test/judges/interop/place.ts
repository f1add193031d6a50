import type { OnlineCa } from "./ca.ts";
import type { Front } from "./front.ts";

/** The CAs of the exhibits: ours, one whose root has revoked it, and a stranger with the names of ours. */
export type Cas = Record<"ours" | "ruined" | "strangers", OnlineCa>;

/** Where exhibits are put. */
export interface Place {
  front: Front;
  /** The folder of the exhibits, and of the CAs' keys. */
  directory: string;
  /** Writes a file into the folder and returns its path. */
  write: (name: string, content: Uint8Array | string) => Promise<string>;
}
