import { type Authority, assembleAuthority } from "../../pki/ca/authority.ts";
import { type CaRole, makeCaCertificate } from "../../pki/ca/ca-certificate.ts";
import { distinguishedName } from "../../pki/ca/name.ts";
import { attribute } from "../../pki/ca/profiles/attribute.ts";
import { basic } from "../../pki/ca/profiles/basic.ts";
import { lastSecondOfYears, wholeSeconds } from "../../pki/ca/time.ts";
import type { KeyAlgorithm } from "../../pki/key-store/key-store.ts";
import { openSoftwareKeyStore } from "../../pki/key-store/software.ts";

/**
 * An authority whose keys are all of one algorithm, which the development CA's are not. The root's key is "root", and
 * its issuing CA is for the policies of the profiles alone.
 */
export async function authorityOf(directory: string, algorithm: KeyAlgorithm): Promise<Authority> {
  const keyStore = await openSoftwareKeyStore(directory, "x");
  const now = wholeSeconds(new Date());
  const certificate = async (
    role: CaRole,
    years: number,
    issuer?: { keyId: string; certificate: Uint8Array },
  ): Promise<{ keyId: string; certificate: Uint8Array }> => {
    const publicKey = await keyStore.generate(role, algorithm);
    const name = distinguishedName([
      ["countryName", "JP"],
      ["organizationName", "Example"],
      ["commonName", `Example ${role} G1`],
    ]);
    const validity = { notBefore: now, notAfter: lastSecondOfYears(now, years) };
    return {
      keyId: role,
      certificate: await makeCaCertificate({
        role,
        name,
        publicKey,
        validity,
        signer: { keyStore, keyId: issuer?.keyId ?? role },
        ...(issuer && { issuer: issuer.certificate }),
        ...(role === "issuing" && {
          addresses: {
            crl: "http://crl.ca.example.com/g1/root.crl",
            caIssuers: "http://crl.ca.example.com/g1/root.cer",
          },
          policies: { ids: [basic.policy, attribute.policy], cps: "https://ca.example.com/cps" },
        }),
      }),
    };
  };
  const root = await certificate("root", 20);
  const issuing = await certificate("issuing", 10, root);
  const ocspSigner = await certificate("ocsp-signer", 1, issuing);
  return assembleAuthority(
    {
      generation: "g1",
      crlShards: 4,
      keyStore,
      root: root.certificate,
      issuing: issuing.certificate,
      ocspSigner: ocspSigner.certificate,
      issuingKeyId: issuing.keyId,
      ocspSignerKeyId: ocspSigner.keyId,
    },
    now,
  );
}
