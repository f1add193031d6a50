import { createPrivateKey, generatePrime } from "node:crypto";
import { promisify } from "node:util";

const makePrime = promisify((bits: number, done: (error: Error | null, prime: bigint) => void) =>
  generatePrime(bits, { bigint: true }, done),
);

const publicExponent = 65_537n;

/**
 * RSA-2048 keys for test runs that issue hundreds of cards: nine tenths of the cost of a key is the search for its primes, so
 * each new prime is paired with all earlier ones. Every key is different, but two public keys reveal their common prime: they
 * are insecure, and used only with KAZASU_SIMULATOR_RSA=related.
 */
export class RelatedRsaKeys {
  readonly #primes: bigint[] = [];
  /** The number of older primes with which the newest one has been paired. */
  #paired = 0;
  #turn: Promise<unknown> = Promise.resolve();

  /** A key not returned before; PKCS#8 in PEM. */
  next(): Promise<string> {
    const key = this.#turn.then(() => this.#next());
    this.#turn = key.catch(() => {});
    return key;
  }

  async #next(): Promise<string> {
    for (;;) {
      const [p, q] = [this.#primes.at(-1), this.#primes[this.#paired]];
      if (p !== undefined && q !== undefined && p !== q) {
        this.#paired += 1;
        return toPem(p, q);
      }
      const prime = await makePrime(1_024);
      if (prime % publicExponent === 1n || this.#primes.includes(prime)) continue;
      this.#primes.push(prime);
      this.#paired = 0;
    }
  }
}

/** RFC 8017 §3.2, as a JWK (RFC 7518 §6.3.2), which OpenSSL reads and writes. */
function toPem(p: bigint, q: bigint): string {
  const d = inverse(publicExponent, (p - 1n) * (q - 1n));
  const numbers = {
    n: p * q,
    e: publicExponent,
    d,
    p,
    q,
    dp: d % (p - 1n),
    dq: d % (q - 1n),
    qi: inverse(q, p),
  };
  const members = Object.entries(numbers).map(([name, value]) => [name, base64url(value)]);
  const key = createPrivateKey({ key: { kty: "RSA", ...Object.fromEntries(members) }, format: "jwk" });
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

function base64url(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex").toString("base64url");
}

/** By the extended Euclidean algorithm; `value` and `modulus` have no common factor. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [r, nextR, t, nextT] = [modulus, value % modulus, 0n, 1n];
  while (nextR !== 0n) {
    const quotient = r / nextR;
    [r, nextR] = [nextR, r - quotient * nextR];
    [t, nextT] = [nextT, t - quotient * nextT];
  }
  return t < 0n ? t + modulus : t;
}
