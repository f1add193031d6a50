/** Speaks JSON to a simulator. Returns status and body as they are. */
export async function call(
  url: string,
  method: "GET" | "POST" | "DELETE",
  path: string,
  body?: unknown,
  // oxlint-disable-next-line typescript/no-explicit-any -- the shape of each answer is what the tests are about
): Promise<{ status: number; body: any }> {
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}

/** Sends an APDU in hex to a card in the reader; returns the response in hex. */
export async function apdu(url: string, card: string, command: string): Promise<string> {
  const { body } = await call(url, "POST", `/reader/${encodeURIComponent(card)}/apdu`, { apdu: command });
  return body.response;
}
