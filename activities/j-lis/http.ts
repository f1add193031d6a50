import { z } from "zod";
import { type CertificateReference, type JLis, JLisUnavailable } from "./j-lis.ts";

const timeoutMs = 10_000;
const maxAnswerBytes = 65_536;
const hex = z.string().regex(/^[0-9a-f]{1,64}$/);
const linkage = z.object({ predecessors: z.array(z.object({ issuerKeyId: hex, serial: hex })).max(64) });

/** J-LIS over HTTP, as the simulator speaks it. */
export function jlisOverHttp(baseUrl: string): JLis {
  return {
    async askStatus(request) {
      const answer = await post(`${baseUrl}/ocsp`, "application/ocsp-request", request);
      if (answer.status !== 200)
        throw new JLisUnavailable(`The OCSP responder answered HTTP ${answer.status}.`);
      return answer.body;
    },
    async predecessors(certificate: CertificateReference) {
      const answer = await post(
        `${baseUrl}/linkage`,
        "application/json",
        Buffer.from(JSON.stringify(certificate)),
      );
      if (answer.status === 404) return [];
      if (answer.status !== 200)
        throw new JLisUnavailable(`The linkage service answered HTTP ${answer.status}.`);
      const parsed = linkage.safeParse(JSON.parse(Buffer.from(answer.body).toString()));
      if (!parsed.success)
        throw new JLisUnavailable("The linkage service answered in a form this adapter does not know.");
      return parsed.data.predecessors;
    },
  };
}

async function post(
  url: string,
  contentType: string,
  body: Uint8Array,
): Promise<{ status: number; body: Uint8Array }> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": contentType },
      body: new Uint8Array(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const answer = new Uint8Array(await response.arrayBuffer());
    if (answer.length > maxAnswerBytes) throw new JLisUnavailable("J-LIS sent an answer that is too large.");
    return { status: response.status, body: answer };
  } catch (error) {
    if (error instanceof JLisUnavailable) throw error;
    throw new JLisUnavailable("J-LIS cannot be reached.", { cause: error });
  }
}
