import { importJWK } from "jose";
import { signApproval } from "../../protocol/sign-approval.ts";

/**
 * Signs an approval with the key in a file from `kazasu operation key`; neither file nor key leaves the browser.
 * @returns `undefined` if the file has no such key
 */
export async function approvalBy(file: File, statement: string): Promise<string | undefined> {
  try {
    const { jwk } = JSON.parse(await file.text()) as { jwk: { kid: string } };
    const privateKey = await importJWK(jwk, "ES256");
    if (privateKey instanceof Uint8Array) return undefined;
    return await signApproval(statement, { kid: jwk.kid, privateKey }, new Date());
  } catch {
    return undefined;
  }
}
