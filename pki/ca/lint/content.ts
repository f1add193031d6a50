import { bufferOf } from "../der.ts";
import { extensionValue } from "../extension.ts";
import type { Specimen } from "./specimen.ts";

/** What is inside an extension, for the ASN.1 library; `undefined` when it is not there. */
export function contentOf({ extensions }: Specimen, id: string): ArrayBuffer | undefined {
  const content = extensionValue(extensions, id);
  return content && bufferOf(content);
}
