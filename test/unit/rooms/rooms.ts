/**
 * The rooms and what each may use, types included: the map of docs/architecture.md, from which the rules in `.oxlintrc.json` are
 * made. Libraries are for every room, but where its own rules say otherwise.
 */
export interface Room {
  /** Rooms whose files it may import. */
  may: readonly string[];
  /** The linter's message. */
  message: string;
}

/** Rooms that are no part of the engine: nothing that is installed imports them. */
export const outside = ["test", "bench", "docs", "findings", "bin", "pages"] as const;

export const rooms: Readonly<Record<string, Room>> = {
  protocol: { may: [], message: "protocol/ runs on phones: libraries only." },
  pki: { may: ["protocol"], message: "pki/ uses libraries and protocol/." },
  registry: { may: ["protocol"], message: "registry/ is SQL: it uses libraries and protocol/." },
  workflows: { may: ["protocol"], message: "workflows/ use nothing outside but types of protocol/." },
  domain: {
    may: ["protocol", "pki", "registry", "workflows"],
    message:
      "domain/ uses registry/, pki/, protocol/ and types of contracts: no HTTP, no Temporal, no network.",
  },
  activities: {
    may: ["protocol", "pki", "registry", "domain", "workflows"],
    message: "activities/ use workflow contracts, domain/, registry/, pki/ and protocol/.",
  },
  client: {
    may: ["protocol", "pki", "workflows"],
    message: "client/ uses workflow contracts, protocol/ and what pki/ shares: der, x509, cms, crl, ocsp.",
  },
  gateway: {
    may: ["protocol", "pki", "registry", "domain", "client"],
    message: "gateway/ uses domain/, client/engine, registry/, pki/ and protocol/.",
  },
  status: {
    may: ["protocol", "pki", "registry"],
    message: "status/ uses registry/, pki/ and protocol/: it lives on when issuance is down.",
  },
  workers: {
    may: ["protocol", "pki", "registry", "workflows", "domain", "activities", "client", "gateway", "status"],
    message: "workers/ put the engine's parts together; sandbox/ and cli/ call workers/.",
  },
  simulators: { may: [], message: "simulators/ share no code with the engine: libraries only." },
  sandbox: {
    may: [
      "protocol",
      "pki",
      "registry",
      "workflows",
      "domain",
      "activities",
      "client",
      "gateway",
      "status",
      "workers",
      "simulators",
    ],
    message: "sandbox/ plays the world on one machine; cli/ calls it.",
  },
  cli: {
    may: ["protocol", "pki", "registry", "workflows", "domain", "client", "workers", "sandbox", "simulators"],
    message: "cli/ is commands: workers/ and sandbox/ do the work.",
  },
};
