import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { isFromHere, notFromHere } from "../own-host.ts";

const run = promisify(execFile);

/** A time-stamp authority (RFC 3161) simulated with `openssl ts`, over HTTP. */
export interface TimeStampSimulator {
  url: string;
  /** PEM of its root certificate. */
  roots: string;
  /** While it is unavailable every request is answered with 503. */
  play(what: { away: boolean }): void;
  close(): Promise<void>;
}

const largestRequest = 8_192;

const configuration = `[req]
distinguished_name = dn
prompt = no
[dn]
CN = Simulated time-stamp root
[tsa_dn]
CN = Simulated time-stamp authority
[root_ext]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[tsa_ext]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[plain_ext]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
authorityKeyIdentifier = keyid
[tsa]
default_tsa = it
[it]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
certs = root.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.32473.2.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
`;

/** Starts one in its own folder, with a new root and certificate. */
export async function startTimeStamps(directory: string): Promise<TimeStampSimulator> {
  const openssl = (...args: string[]) => run("openssl", args, { cwd: directory, env: process.env });
  await writeFile(join(directory, "tsa.cnf"), configuration);
  await writeFile(join(directory, "serial"), "01\n");
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "tsa.cnf"];
  await openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    "root.key",
    "-out",
    "root.pem",
    "-days",
    "30",
    "-extensions",
    "root_ext",
  );
  await openssl(
    "req",
    ...key,
    "-keyout",
    "tsa.key",
    "-out",
    "tsa.csr",
    "-subj",
    "/CN=Simulated time-stamp authority",
  );
  await openssl(
    "x509",
    "-req",
    "-in",
    "tsa.csr",
    "-CA",
    "root.pem",
    "-CAkey",
    "root.key",
    "-CAcreateserial",
    "-days",
    "30",
    "-extfile",
    "tsa.cnf",
    "-extensions",
    "tsa_ext",
    "-out",
    "tsa.pem",
  );
  let isAway = false;
  let counter = 0;
  // One after the other: openssl counts its serial numbers in a file.
  let turn: Promise<unknown> = Promise.resolve();
  const reply = async (request: Buffer): Promise<Buffer> => {
    const name = `request-${++counter}`;
    await writeFile(join(directory, name), request);
    await openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", name, "-out", `${name}.tsr`);
    return readFile(join(directory, `${name}.tsr`));
  };
  const answer = async (body: Buffer, response: ServerResponse): Promise<void> => {
    try {
      const stamped = await reply(body);
      response.writeHead(200, { "content-type": "application/timestamp-reply" }).end(stamped);
    } catch {
      response.writeHead(500).end();
    }
  };
  const server = createServer((request, response) => {
    if (!isFromHere(request)) return void response.writeHead(403).end(notFromHere.message);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      if (isAway || request.method !== "POST" || body.length > largestRequest) {
        response.writeHead(isAway ? 503 : 400).end();
        return;
      }
      turn = turn.then(() => answer(body, response));
    });
  });
  server.keepAliveTimeout = 0; // see simulators/http.ts
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    roots: await readFile(join(directory, "root.pem"), "utf8"),
    play({ away }) {
      isAway = away;
    },
    async close() {
      await new Promise((resolve) => server.close(resolve));
      await turn;
    },
  };
}
