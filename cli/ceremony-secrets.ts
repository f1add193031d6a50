import type { KeyStoreReference } from "../pki/ca/generation.ts";
import type { GeneratingKeyStore } from "../pki/key-store/key-store.ts";
import { askSecret, secretOfFile } from "./secret.ts";

/** A file with a PIN, and its option's name. */
export interface PinSource {
  file: string | undefined;
  option: string;
}

/** Opens each token once, however many keys of the ceremony it has. */
export function makeTokens(pinOf: (reference: KeyStoreReference) => PinSource) {
  const opened = new Map<string, Promise<GeneratingKeyStore & { close(): Promise<void> }>>();
  const open = async (reference: KeyStoreReference) => {
    const { openPkcs11KeyStore } = await import("../pki/key-store/pkcs11/open.ts");
    const { module, token } = reference;
    const { file, option } = pinOf(reference);
    const pin =
      file === undefined ? await askSecret(`PIN of the token "${token}"`, option) : await secretOfFile(file);
    return openPkcs11KeyStore({ module, token, pin });
  };
  return {
    open(reference: KeyStoreReference): Promise<GeneratingKeyStore> {
      const name = `${reference.module}\n${reference.token}`;
      const store = opened.get(name) ?? open(reference);
      opened.set(name, store);
      return store;
    },
    async close() {
      for (const store of opened.values()) await store.then((one) => one.close()).catch(() => undefined);
    },
  };
}

/** Reads the passphrase of software keys when it is first needed, from the file or from the terminal with `ask`. */
export function passphraseOf(file: string | undefined, ask: typeof askSecret): () => Promise<string> {
  let passphrase: Promise<string> | undefined;
  return () =>
    (passphrase ??=
      file === undefined ? ask("Passphrase of the software keys", "--passphrase-file") : secretOfFile(file));
}
