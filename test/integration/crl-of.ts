import { fetchCrls } from "../../sandbox/demo/status.ts";

/** The CRL that a certificate names, as anybody gets it. */
export const crlOf = async (certificate: Uint8Array): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array((await fetchCrls([certificate]))[0]!);
