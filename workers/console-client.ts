import { readFile } from "node:fs/promises";
import { importJWK } from "jose";
import { type ClientAuth, type ClientMetadata, ClientSecretPost, PrivateKeyJwt } from "openid-client";
import { z } from "zod";
import { type Configuration, ConfigurationError } from "./configuration.ts";

const keyFile = z.looseObject({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  kid: z.string().min(1),
  d: z.string(),
});

/** How the console authenticates to its provider. */
export interface ConsoleClient {
  metadata: Partial<ClientMetadata>;
  authentication: ClientAuth;
}

/**
 * The console as a client of its provider: with a secret, or with a private key (RFC 7523), as required by providers under FAPI
 * 2.0, such as this engine's own; its tokens are then bound to their sender's key (DPoP).
 * @throws ConfigurationError in one sentence
 */
export async function consoleClient(configuration: Configuration): Promise<ConsoleClient> {
  const { KAZASU_CONSOLE_SECRET_FILE: secret, KAZASU_CONSOLE_KEY_FILE: key } = configuration;
  if ((secret === undefined) === (key === undefined))
    throw new ConfigurationError(
      "KAZASU_CONSOLE_ISSUER requires exactly one of KAZASU_CONSOLE_SECRET_FILE and KAZASU_CONSOLE_KEY_FILE.",
    );
  if (secret !== undefined)
    return { metadata: {}, authentication: ClientSecretPost((await readSetting(secret)).trim()) };
  const jwk = keyFile.safeParse(jsonOf(await readSetting(key ?? "")));
  const imported = jwk.success ? await importJWK(jwk.data, "ES256") : undefined;
  if (!jwk.success || imported === undefined || imported instanceof Uint8Array)
    throw new ConfigurationError(
      `${key} is no private P-256 key as a JWK with a kid; make one and register its public part.`,
    );
  return {
    metadata: { dpop_bound_access_tokens: true, id_token_signed_response_alg: "ES256" },
    authentication: PrivateKeyJwt({ kid: jwk.data.kid, key: imported }),
  };
}

/** A file named by a setting of the console. */
export async function readSetting(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigurationError(`${file}, which a setting of the console names, cannot be read (${code}).`);
  }
}

/** `undefined` if it is not JSON: the parser's message would quote the content. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
