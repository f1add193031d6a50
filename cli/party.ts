import type { Command } from "commander";
import type { PartyRegistration } from "../domain/party/registering.ts";
import { issuerUrl } from "../protocol/issuer.ts";
import { ownInterfaceCommands } from "./party-own.ts";

interface Given {
  id: string;
  nameJa: string;
  nameEn: string;
  app?: string;
  profile?: "basic" | "attribute";
  attestation?: "required" | "optional";
  client?: string;
  redirectUri?: string[];
  datasets?: string;
  ciba?: "poll" | "ping";
  pingEndpoint?: string;
  jwks?: string;
  jwksUri?: string;
  issuer?: "openid" | "oidc";
  idTokenAlg?: "ES256" | "RS256";
  makeKey?: string;
}

/** `kazasu party`: registration of relying parties by the operator, and a party's own interface for its developers. */
export function partyCommand(program: Command): void {
  const command = program
    .command("party")
    .description("register relying parties (in the database), or call the interface of your own party");

  command
    .command("add")
    .description("register or update a party with an app and a client (needs DATABASE_URL alone)")
    .requiredOption("--id <name>", "lower case, digits, hyphens; never changes")
    .requiredOption("--name-ja <name>", "as shown on phones, in Japanese")
    .requiredOption("--name-en <name>", "the same in English")
    .option("--app <name>", "the app that people enrol with; <id>-app by default")
    .option("--profile <profile>", "basic (pseudonymous) or attribute; basic by default")
    .option("--attestation <rule>", "required or optional; required by default")
    .option("--client <name>", "the client's id; the party's by default")
    .option("--redirect-uri <url...>", "where browsers return after a login")
    .option("--datasets <file>", "all datasets that it may give under a link from now on (JSON)")
    .option("--ciba <delivery>", "poll or ping: logins without a browser")
    .option("--ping-endpoint <url>", "with --ciba ping")
    .option(
      "--issuer <issuer>",
      "openid (FAPI 2.0) or oidc (login only, for ordinary libraries); openid by default",
    )
    .option("--id-token-alg <alg>", "ES256 or RS256; by default RS256 at oidc, and always ES256 at openid")
    .option(
      "--jwks <file>",
      "the client's public keys (JWK Set): ES256, PS256, EdDSA; at oidc ES256, PS256, RS256",
    )
    .option("--jwks-uri <url>", "where the party publishes them instead")
    .option("--make-key <file>", "generate the client's key instead; file for the private key (mode 0600)")
    .action(add);

  command
    .command("list")
    .description("list the parties, their apps, clients and datasets (needs DATABASE_URL alone)")
    .action(async () => {
      const { pool, close } = await registry();
      try {
        const { listParties } = await import("../registry/party/parties.ts");
        console.log(JSON.stringify(await listParties(pool), undefined, 2));
      } finally {
        await close();
      }
    });

  ownInterfaceCommands(command);
}

async function add(given: Given): Promise<void> {
  const { addParty, makeClientKey, readClientKeys, readDatasets } = await import(
    "../workers/register-party.ts"
  );
  const { allowedInward } = await import("../workers/outbound.ts");
  if ([given.jwks, given.jwksUri, given.makeKey].filter((each) => each !== undefined).length !== 1)
    throw new Error(
      "Specify the client's public keys with --jwks or --jwks-uri, or generate a key with --make-key.",
    );
  const datasets = given.datasets === undefined ? undefined : await readDatasets(given.datasets);
  const { configuration, pool, close } = await registry();
  try {
    const jwks =
      given.makeKey !== undefined
        ? await makeClientKey(given.makeKey)
        : given.jwks !== undefined
          ? await readClientKeys(given.jwks)
          : undefined;
    const asked = { ...registrationOf(given), ...(datasets ? { datasets } : {}) };
    const added = await addParty(pool, asked, jwks, { allow: allowedInward(configuration) });
    const keys = jwks ? { keys: jwks.keys.length } : { jwksUri: given.jwksUri };
    const next = nextStep(given, configuration.KAZASU_PUBLIC_URL);
    console.log(JSON.stringify({ ...added, ...next, ...keys }, undefined, 2));
  } finally {
    await close();
  }
}

/** The issuer, if the gateway's public URL is known, and what the party's developer does with it. */
function nextStep(
  { id, client = id, issuer: name = "openid", makeKey }: Given,
  publicUrl: string | undefined,
): { issuer?: string; next: string } {
  if (publicUrl === undefined)
    return {
      next: `The issuer is the gateway's public address followed by /${name}; set KAZASU_PUBLIC_URL to have it printed.`,
    };
  const issuer = issuerUrl(publicUrl.replace(/\/+$/, ""), name);
  const next =
    name === "oidc"
      ? `Configure an OpenID library with this issuer, the client id ${client} and its private key.`
      : `Try the client: kazasu party info --issuer ${issuer} --client ${client} --key ${makeKey ?? "PRIVATE-JWK-FILE"}`;
  return { issuer, next };
}

function registrationOf(given: Given): PartyRegistration {
  const { id, nameJa, nameEn, app = `${id}-app`, profile, attestation, client, redirectUri = [] } = given;
  const { issuer, idTokenAlg, jwksUri } = given;
  if (given.ciba === "ping" && given.pingEndpoint === undefined)
    throw new Error("--ciba ping requires --ping-endpoint.");
  return {
    id,
    name: { ja: nameJa, en: nameEn },
    app,
    redirectUris: redirectUri,
    ...(profile === undefined ? {} : { profile }),
    ...(attestation === undefined ? {} : { attestation }),
    ...(client === undefined ? {} : { client }),
    ...(issuer === undefined ? {} : { issuer }),
    ...(idTokenAlg === undefined ? {} : { idTokenAlg }),
    ...(jwksUri === undefined ? {} : { jwksUri }),
    ...(given.ciba === "poll" ? { backchannel: { delivery: "poll" } } : {}),
    ...(given.ciba === "ping"
      ? { backchannel: { delivery: "ping", endpoint: given.pingEndpoint ?? "" } }
      : {}),
  };
}

async function registry() {
  const [{ readRegistrationConfiguration }, { openDatabase }] = await Promise.all([
    import("../workers/configuration.ts"),
    import("../registry/database.ts"),
  ]);
  const configuration = readRegistrationConfiguration(process.env);
  const pool = openDatabase(configuration.DATABASE_URL);
  return { configuration, pool, close: () => pool.end() };
}
