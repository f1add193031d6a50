import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Enrolled } from "../client/app/one-tap.ts";
import { pem } from "../pki/pem.ts";

/** The folder cannot store the results of an enrolment. */
export class FolderUnusable extends Error {
  override name = "FolderUnusable";
}

/** The folder for one enrolment's files. They are written atomically: an earlier enrolment's files stay until then. */
export interface EnrolmentFolder {
  /** Writes the files, the private key readable only by its owner. Returns the certificate's path. */
  keep(enrolled: Enrolled): Promise<string>;
  /** Restores the folder. */
  discard(): Promise<void>;
}

/**
 * Checks that the folder is writable, by writing the device key to a temporary file: call it before the tap, so that no tap is
 * spent on a certificate that cannot be stored. Throws {@link FolderUnusable}.
 */
export async function prepareFolder(folder: string, pkcs8: Buffer): Promise<EnrolmentFolder> {
  let draft: string;
  try {
    await mkdir(folder, { recursive: true });
    draft = await mkdtemp(join(folder, ".enrolment-"));
    await writeFile(join(draft, "device-key.pem"), pem("PRIVATE KEY", pkcs8), { mode: 0o600 });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new FolderUnusable(
      `The folder ${folder} cannot be written to (${code}). Give --out one that can; no tap was spent.`,
      { cause },
    );
  }
  const discard = () => rm(draft, { recursive: true, force: true });
  return {
    discard,
    async keep({ enrolmentId, subject, applicationSha256, certificate, chain }) {
      const about = { enrolmentId, subject, applicationSha256 };
      await writeFile(join(draft, "certificate.pem"), pem("CERTIFICATE", certificate));
      await writeFile(join(draft, "chain.pem"), chain.map((der) => pem("CERTIFICATE", der)).join(""));
      await writeFile(join(draft, "enrolment.json"), `${JSON.stringify(about)}\n`);
      for (const name of ["device-key.pem", "chain.pem", "enrolment.json", "certificate.pem"])
        await rename(join(draft, name), join(folder, name));
      await discard();
      return join(folder, "certificate.pem");
    },
  };
}
