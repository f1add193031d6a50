import type { Command } from "commander";
import type { PartyRegistration } from "../workers/register-party.ts";

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
  makeKey?: string;
}

/** `kazasu party`: relying parties, as the operator registers them. */
export function partyCommand(program: Command): void {
  const command = program
    .command("party")
    .description("register relying parties (configured by environment)");

  command
    .command("add")
    .description("register a party with an app and a client, or renew what is said of them")
    .requiredOption("--id <name>", "lower case, digits, hyphens; never changes")
    .requiredOption("--name-ja <name>", "as people read it on their phones, in Japanese")
    .requiredOption("--name-en <name>", "the same in English")
    .option("--app <name>", "the app that people enrol with; <id>-app by default")
    .option("--profile <profile>", "basic (pseudonymous) or attribute; basic by default")
    .option("--attestation <rule>", "required or optional; required by default")
    .option("--client <name>", "the client's id; the party's by default")
    .option("--redirect-uri <url...>", "where browsers come back to after a login")
    .option("--datasets <file>", "what it may give to others under a link (JSON), from now on and no more")
    .option("--ciba <delivery>", "poll or ping: logins without a browser")
    .option("--ping-endpoint <url>", "with --ciba ping")
    .option("--jwks <file>", "the client's public keys (JWK Set): ES256, PS256 or EdDSA")
    .option("--make-key <file>", "make the client's key instead; the private part goes here (mode 0600)")
    .action(add);

  command
    .command("list")
    .description("the parties, their apps and clients, and what they may give to others")
    .action(async () => {
      const { pool, close } = await registry();
      try {
        const { listParties } = await import("../registry/party/parties.ts");
        console.log(JSON.stringify(await listParties(pool), undefined, 2));
      } finally {
        await close();
      }
    });
}

async function add(given: Given): Promise<void> {
  const { addParty, makeClientKey, readClientKeys, readDatasets } = await import(
    "../workers/register-party.ts"
  );
  const { allowedInward } = await import("../workers/outbound.ts");
  if ((given.jwks === undefined) === (given.makeKey === undefined))
    throw new Error("Name the client's public keys with --jwks, or have a key made with --make-key.");
  const datasets = given.datasets === undefined ? undefined : await readDatasets(given.datasets);
  const { configuration, pool, close } = await registry();
  try {
    const jwks =
      given.makeKey === undefined
        ? await readClientKeys(given.jwks ?? "")
        : await makeClientKey(given.makeKey);
    const asked = { ...registrationOf(given), ...(datasets ? { datasets } : {}) };
    const added = await addParty(pool, asked, jwks, { allow: allowedInward(configuration) });
    const publicUrl = configuration.KAZASU_PUBLIC_URL.replace(/\/+$/, "");
    console.log(
      JSON.stringify({ ...added, issuer: `${publicUrl}/openid`, keys: jwks.keys.length }, undefined, 2),
    );
  } finally {
    await close();
  }
}

function registrationOf(given: Given): PartyRegistration {
  const { id, nameJa, nameEn, app = `${id}-app`, profile, attestation, client, redirectUri = [] } = given;
  if (given.ciba === "ping" && given.pingEndpoint === undefined)
    throw new Error("With --ciba ping, say where to: --ping-endpoint.");
  return {
    id,
    name: { ja: nameJa, en: nameEn },
    app,
    redirectUris: redirectUri,
    ...(profile === undefined ? {} : { profile }),
    ...(attestation === undefined ? {} : { attestation }),
    ...(client === undefined ? {} : { client }),
    ...(given.ciba === "poll" ? { backchannel: { delivery: "poll" } } : {}),
    ...(given.ciba === "ping"
      ? { backchannel: { delivery: "ping", endpoint: given.pingEndpoint ?? "" } }
      : {}),
  };
}

async function registry() {
  const [{ readConfiguration }, { openDatabase }] = await Promise.all([
    import("../workers/configuration.ts"),
    import("../registry/database.ts"),
  ]);
  const configuration = readConfiguration(process.env);
  const pool = openDatabase(configuration.DATABASE_URL);
  return { configuration, pool, close: () => pool.end() };
}
