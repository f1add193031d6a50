import * as z from "zod";
import { base64urlAtMost, base64urlExactly } from "./encoding.ts";
import { enrolmentId } from "./names.ts";

/** The activation code (利用者識別符号): 16 random bytes, generated once, used once. */
export const activationCodeBytes = 16;

/** The plain text inside the sealed activation. */
export const activation = z.strictObject({
  code: base64urlExactly(activationCodeBytes),
  /** PKCS#10 (RFC 2986), DER, signed by the key whose SPKI digest the card signed. */
  csr: base64urlAtMost(4_096),
});
export type Activation = z.infer<typeof activation>;

/** Answer to an activation: the certificate and its chain, issuing CA first, root last, all DER. */
export const activated = z.strictObject({
  enrolmentId,
  certificate: base64urlAtMost(8_192),
  chain: z.array(base64urlAtMost(8_192)).max(4),
});
export type Activated = z.infer<typeof activated>;
