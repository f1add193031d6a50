import fastify from "fastify";

export interface StubGateway {
  url: string;
  /** What was asked, in order: method and path. */
  asked: string[];
  /** Answers `POST /v1/challenges`. */
  challenge: { status: number; body: unknown };
  /** Whether the card reader beside it still answers. */
  reader: boolean;
  close(): Promise<void>;
}

/** A gateway, and a card reader beside it, that know nothing but what a test sets. */
export async function startStubGateway(configuration: object = {}): Promise<StubGateway> {
  const server = fastify();
  const asked: string[] = [];
  const stub: StubGateway = {
    url: "",
    asked,
    challenge: { status: 200, body: { challenge: "a.b.c" } },
    reader: true,
    close: () => server.close(),
  };
  server.addHook("onRequest", async ({ method, url }) => void asked.push(`${method} ${url}`));
  server.get("/.well-known/kazasu-configuration", () => ({
    issuer: "https://ca.example",
    setting: "test",
    serviceKeys: { keys: [{ kty: "EC", crv: "P-256", kid: "1", x: "", y: "" }] },
    simulators: { cards: stub.url, attester: stub.url },
    ...configuration,
  }));
  server.post("/v1/challenges", (_, reply) => reply.code(stub.challenge.status).send(stub.challenge.body));
  server.get("/reader/:card", (_, reply) =>
    stub.reader ? { activations: 7, signatures: 3, signTriesLeft: 5 } : reply.code(500).send({}),
  );
  server.post("/reader/:card/reset", (_, reply) => reply.code(204).send());
  stub.url = await server.listen({ host: "127.0.0.1", port: 0 });
  return stub;
}
