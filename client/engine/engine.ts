import { Client, Connection } from "@temporalio/client";
import { type CodecKeys, encryptingDataConverter } from "../data-converter/payload-codec.ts";
import { CertificateClient } from "./certificate.ts";
import { ChangeDetectionClient } from "./change-detection.ts";
import { ConsentClient } from "./consent.ts";
import { IssuanceClient } from "./issuance.ts";
import { NotificationClient } from "./notification.ts";

export interface EngineOptions {
  /** host:port of the Temporal frontend. */
  address: string;
  namespace: string;
  codecKeys: CodecKeys;
  /** Connection options of @temporalio/client in addition to the address (TLS, API key), as returned by `envconfig`. */
  connection?: Omit<NonNullable<Parameters<typeof Connection.connect>[0]>, "address">;
}

/**
 * The typed client of the engine for services inside the CA's boundary, which hides queues and workflow types.
 *
 * @example
 * const engine = await Engine.connect({ address, namespace, codecKeys });
 * const step = await engine.issuance.step(enrolmentId);
 */
export class Engine {
  readonly issuance: IssuanceClient;
  readonly consent: ConsentClient;
  readonly notification: NotificationClient;
  readonly changeDetection: ChangeDetectionClient;
  readonly certificate: CertificateClient;
  readonly #connection: Connection;

  private constructor(connection: Connection, client: Client) {
    this.#connection = connection;
    this.issuance = new IssuanceClient(client);
    this.consent = new ConsentClient(client);
    this.notification = new NotificationClient(client);
    this.changeDetection = new ChangeDetectionClient(client);
    this.certificate = new CertificateClient(client);
  }

  /** Connects; throws if Temporal is unreachable. */
  static async connect(options: EngineOptions): Promise<Engine> {
    const connection = await Connection.connect({ ...options.connection, address: options.address });
    const client = new Client({
      connection,
      namespace: options.namespace,
      dataConverter: encryptingDataConverter(options.codecKeys),
    });
    return new Engine(connection, client);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}
