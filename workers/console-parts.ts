import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { allowInsecureRequests, discovery, type Configuration as Provider } from "openid-client";
import { parse } from "yaml";
import { z } from "zod";
import type { ConsoleParts } from "../gateway/console/console.ts";
import { roles } from "../gateway/console/roles.ts";
import { authorityDirectory } from "./authorities.ts";
import { checkpointFolder } from "./checkpoint-folder.ts";
import { type Configuration, ConfigurationError } from "./configuration.ts";
import { consoleClient, readSetting } from "./console-client.ts";
import { generationStandings } from "./generation-standings.ts";

const rolesFile = z.record(z.string().min(1).max(120), z.array(z.enum(roles)));

/** The folder of the built page, relative to the compiled code and to the sources. */
const pageFolder = ["../pages/console", "../dist/pages/console"]
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .find((path) => existsSync(join(path, "assets")));

/** How often the counts are read while they are being watched, milliseconds. */
const countsMs = 1_000;

/** Dependencies of the operator console; `undefined` if KAZASU_CONSOLE_ISSUER is not set. */
export async function consoleParts(
  configuration: Configuration,
  clock: () => Date,
): Promise<ConsoleParts | undefined> {
  const { KAZASU_CONSOLE_ISSUER: issuer, KAZASU_CONSOLE_ROLES: file } = configuration;
  if (issuer === undefined) return undefined;
  const isTest = configuration.KAZASU_SETTING === "test";
  const origin = new URL(configuration.KAZASU_PUBLIC_URL).origin;
  const client = await consoleClient(configuration);
  const subjects = file === undefined ? {} : readRoles(file, await readSetting(file));
  let found: Promise<Provider> | undefined;
  const provider = () => {
    const id = configuration.KAZASU_CONSOLE_CLIENT_ID;
    found ??= discovery(new URL(issuer), id, client.metadata, client.authentication, {
      timeout: 5,
      ...(isTest ? { execute: [allowInsecureRequests] } : {}),
    }).catch((error: unknown) => {
      found = undefined; // fetched again at the next login
      throw error;
    });
    return found;
  };
  const ui = configuration.KAZASU_TEMPORAL_UI_URL?.replace(/\/+$/, "");
  const { namespace } = configuration.temporal;
  const checkpoints = checkpointFolder(configuration.KAZASU_CHECKPOINTS, clock);
  return {
    provider,
    generations: () => generationStandings(authorityDirectory(configuration)),
    lastCheckpoint: () => checkpoints.last(),
    pageFolder,
    settings: {
      origin,
      roles: { claim: configuration.KAZASU_CONSOLE_ROLES_CLAIM, subjects },
      sessionSeconds: configuration.KAZASU_CONSOLE_MINUTES * 60,
      temporalUi: ui === undefined ? undefined : { url: ui, namespace },
      countsMs,
    },
  };
}

function readRoles(file: string, text: string): z.infer<typeof rolesFile> {
  const parsed = rolesFile.safeParse(parse(text) ?? {});
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "it"}: ${message}`);
  throw new ConfigurationError(`The console's roles file ${file} cannot be used (${wrong.join("; ")}).`);
}
