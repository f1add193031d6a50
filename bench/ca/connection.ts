import { createConnection, type Socket } from "node:net";

const longestAnswerMs = 10_000;

/**
 * One HTTP/1.1 connection that sends prepared bytes and returns the body of the given Content-Length. The load generator shares
 * the machine with the server, so it must be cheap; the platform's client takes several times as long for each request.
 */
export class Connection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #waiting: { resolve: (body: Buffer) => void; reject: (error: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setTimeout(longestAnswerMs, () => {
      socket.destroy(new Error(`The responder did not answer within ${longestAnswerMs} ms.`));
    });
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () =>
      this.#fail(new Error("The responder closed the connection before it answered.")),
    );
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = createConnection({ host: "127.0.0.1", port });
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.removeListener("error", reject);
        resolve(new Connection(socket));
      });
    });
  }

  /** The body of the answer. Rejects if its status is not 200. */
  ask(request: Buffer): Promise<Buffer> {
    // After the responder has closed the connection there are no more events.
    if (this.#socket.destroyed)
      return Promise.reject(new Error("The responder closed the connection unasked."));
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const end = this.#received.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = this.#received.toString("latin1", 0, end);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
    const body = this.#received.subarray(end + 4);
    if (body.length < length) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#received = Buffer.alloc(0);
    const isOk = /^HTTP\/1\.[01] 200 /.test(head);
    if (isOk && body.length === length) waiting?.resolve(body);
    else waiting?.reject(new Error(`The responder answered "${head.split("\r\n", 1)[0]}".`));
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}
