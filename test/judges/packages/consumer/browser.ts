/** What a browser's or a phone's TypeScript sees: no types of Node. */
import { Gateway, type Transmit } from "@kazasu/app";
import { readCertificate } from "@kazasu/pki/x509/certificate";
import { verifySignature } from "@kazasu/pki/x509/verify-signature";
import { type Problem, refusals } from "@kazasu/protocol";
import { verifyReceipt } from "@kazasu/relying-party";

export const used = { Gateway, readCertificate, verifySignature, refusals, verifyReceipt };
export type Used = [Transmit, Problem];
