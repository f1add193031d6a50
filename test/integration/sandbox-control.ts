/** The control interface of a sandbox, as a developer's test calls it. */
export class Control {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Asks a person for an act; returns whatever came of it. */
  async ask(
    person: string,
    act: string,
    body: object = {},
    method = "POST",
  ): Promise<{ status: number; body: never }> {
    return this.call(method, `/people/${person}/${act}`, body);
  }

  /** The answer of an act that must be done. */
  async done<T = Record<string, unknown>>(
    person: string,
    act: string,
    body: object = {},
    method = "POST",
  ): Promise<T> {
    const answer = await this.ask(person, act, body, method);
    if (answer.status !== 200) throw new Error(`${person} did not ${act}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async call(method: string, path: string, body?: object): Promise<{ status: number; body: never }> {
    const json = { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const response = await fetch(`${this.url}${path}`, { method, ...(body === undefined ? {} : json) });
    return { status: response.status, body: (await response.json()) as never };
  }
}

/** What waits on a phone. */
export interface Waiting {
  id: string;
  kind: string;
  party: string;
  shown: { changes: { attribute: string; from: string; to: string }[] };
}

/** The inbox as the control interface returns it. */
export interface InboxAnswer {
  open: Waiting[];
  settled: { notificationId: string; state: string; delivery: string; outcome?: string }[];
}
