import { readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { knownVariables, readConfiguration } from "../../../workers/configuration.ts";

interface Service {
  image: string;
  command?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  volumes?: string[];
  ports?: string[];
  healthcheck?: object;
  restart?: string;
}

const text = await readFile(new URL("../../../docker-compose.yml", import.meta.url), "utf8");
const example = await readFile(new URL("../../../.env.example", import.meta.url), "utf8");
const compose = parse(text, { merge: true }) as { services: Record<string, Service>; volumes: object };
const services = Object.entries(compose.services);
const engine = services.filter(([, { image }]) => image === "kazasu:local");

test("ok/what a service waits for exists, and can become what it waits for", () => {
  for (const [name, { depends_on: waits = {} }] of services) {
    for (const [other, { condition }] of Object.entries(waits)) {
      const service = compose.services[other];
      expect([name, other, service]).not.toContain(undefined);
      if (condition === "service_healthy") expect([other, service?.healthcheck]).not.toContain(undefined);
      else expect([other, condition]).toEqual([other, "service_completed_successfully"]);
    }
  }
});

test("ok/the engine's services set only variables it knows, and all it needs", () => {
  expect(engine.map(([name]) => name)).toEqual(["migrate", "worker", "gateway", "status"]);
  for (const [, { environment = {} }] of engine) {
    expect(knownVariables).toEqual(expect.arrayContaining(Object.keys(environment)));
    expect(readConfiguration(resolved(environment)).KAZASU_SETTING).toBe("production");
  }
});

test("ok/volumes are declared, and every variable is in the example", () => {
  const used = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(":")[0]));
  expect(new Set(Object.keys(compose.volumes))).toEqual(new Set(used));
  for (const [, name] of text.matchAll(/\$\{(\w+)/g)) expect(example).toMatch(new RegExp(`^${name}=`, "m"));
});

test("fail/no secret is written down, and Postgres is not published", () => {
  expect(text).not.toMatch(/PASSWORD: (?!\$\{)/);
  expect(example).toMatch(/^POSTGRES_PASSWORD=$/m);
  expect(compose.services.postgres?.ports).toBeUndefined();
  expect(compose.services.temporal?.ports).toBeUndefined();
});

/** As docker compose would, from an .env in which every variable is a URL, a contact or a word. */
function resolved(environment: Record<string, string>): Record<string, string> {
  const value = (name: string) => {
    if (/_(CRL|OCSP)_URL$/.test(name)) return "http://set.example";
    if (name === "KAZASU_PAGE_URL") return "https://my.set.example";
    return /_(URL|SUBJECT)$/.test(name) ? "https://set.example" : "set";
  };
  const entries = Object.entries(environment).map(([name, raw]) => [
    name,
    raw.replaceAll(/\$\{(\w+)[^}]*\}/g, (_match, variable: string) => value(variable)),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}
