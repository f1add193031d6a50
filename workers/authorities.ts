import { readFile } from "node:fs/promises";
import type { Logger } from "pino";
import { type Authorities, type KeyStoreReference, openAuthorities } from "../pki/ca/authorities.ts";
import type { KeyStore } from "../pki/key-store/key-store.ts";
import { openPkcs11KeyStore } from "../pki/key-store/pkcs11/open.ts";
import { type Configuration, ConfigurationError } from "./configuration.ts";
import { statusUrls } from "./status-urls.ts";

/** The CA's generations, as loaded by this process. */
export interface LiveAuthorities {
  current: () => Authorities;
  close(): Promise<void>;
}

/** The folder of the CA's generations. */
export const authorityDirectory = ({ KAZASU_KEYS }: Configuration): string => `${KAZASU_KEYS}/authority`;

/** How soon a rollover or a new OCSP signer takes effect without a restart. */
const rereadMs = 3_600_000;

/**
 * Loads the CA's generations, and reloads them every hour. In the test setting the first start creates a development CA; in
 * production there is none until a key ceremony was held.
 */
export async function liveAuthorities(
  configuration: Configuration,
  passphrase: string,
  clock: () => Date,
  log: Logger,
): Promise<LiveAuthorities> {
  const modules = new Map<string, Promise<KeyStore & { close(): Promise<void> }>>();
  const open = () =>
    openAuthorities({
      directory: authorityDirectory(configuration),
      passphrase,
      name: configuration.KAZASU_CA_NAME,
      urls: statusUrls(configuration),
      clock,
      development: configuration.KAZASU_SETTING === "test",
      openKeyStore: (reference) => hsmOf(configuration, modules, reference),
    });
  let current = await open();
  const reread = async () => {
    try {
      current = await open();
    } catch (error) {
      const { message: reason } = error as Error;
      log.error({ reason }, "the CA's generations cannot be read again; the last stay");
    }
  };
  const timer = setInterval(() => void reread(), rereadMs).unref();
  return {
    current: () => current,
    async close() {
      clearInterval(timer);
      for (const module of modules.values()) await (await module).close();
    },
  };
}

/** One connection to each token, however many generations have keys in it. */
async function hsmOf(
  configuration: Configuration,
  modules: Map<string, Promise<KeyStore & { close(): Promise<void> }>>,
  { module, token }: KeyStoreReference,
): Promise<KeyStore> {
  const name = `${module}\n${token}`;
  const opened = modules.get(name) ?? openHsm(configuration, module, token);
  modules.set(name, opened);
  opened.catch(() => modules.delete(name));
  return opened;
}

async function openHsm({ KAZASU_PKCS11_PIN_FILE: file }: Configuration, module: string, token: string) {
  if (file === undefined)
    throw new ConfigurationError(
      `The CA's keys are in the token ${token}: set KAZASU_PKCS11_PIN_FILE to a file with its PIN, mode 0600.`,
    );
  const pin = (await readFile(file, "utf8")).trim();
  return openPkcs11KeyStore({ module, token, pin });
}
