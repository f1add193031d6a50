import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { opensslBytes } from "./openssl.ts";

const pem = (base64: string) => `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;

/** The sign key and certificate of the card in use, from the folder of a simulator, as PEM. */
export async function signKeyOf(
  directory: string,
  card: string,
): Promise<{ key: string; certificate: string }> {
  const file = `${createHash("sha256").update(card).digest("hex")}.json`;
  const holder = JSON.parse(await readFile(join(directory, "holders", file), "utf8"));
  const { privateKey, certificate } = holder.cards.at(-1).memory.sign;
  return { key: privateKey, certificate: pem(certificate) };
}

/** A CMS SignedData (DER) over the content's JSON, made by openssl with the card's sign key. */
export async function signByCard(directory: string, card: string, content: object): Promise<Buffer> {
  return signBy(await signKeyOf(directory, card), JSON.stringify(content));
}

/** The same over any text; `more` are further options of `openssl cms -sign`, `files` what they name. */
export async function signBy(
  { key, certificate }: { key: string; certificate: string },
  content: string,
  more: string[] = [],
  others: Record<string, string> = {},
): Promise<Buffer> {
  const files = { ...others, "key.pem": key, "card.pem": certificate, content };
  const signer = ["-signer", "card.pem", "-inkey", "key.pem", "-in", "content"];
  const form = ["-binary", "-nodetach", "-md", "sha256", "-outform", "DER"];
  return opensslBytes(files, "cms", "-sign", ...form, ...more, ...signer);
}
