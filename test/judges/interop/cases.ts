/** What the samples of docs/interop are given, what they say of it, and what is right. */

export type Task = "set" | "certificate" | "transaction";

/** Where to accept is right: what the sample prints. Where to refuse is: what the refusal may be about. */
export type Expected = { says: string } | { refusal: RegExp };

export const hanako = "pseudonym-of-hanako";
const accepted = { says: hanako };
const refused = (refusal: RegExp) => ({ refusal });

const forged = refused(/signature|verif/i);
const type = refused(/typ/i);
const algorithm = refused(/alg|unsecured|none|unsupported|plain/i);

/** Security Event Tokens (RFC 8417 §4, RFC 8725). */
const set = {
  "as the engine signs it, ES256": accepted,
  "as the engine signs it, RS256": accepted,
  "its content tampered with": forged,
  "its signature tampered with": forged,
  "signed by a stranger under a published kid": forged,
  "under a kid that is not published": refused(/key|kid/i),
  "for another party": refused(/aud/i),
  "of another issuer": refused(/iss/i),
  "of the type of an access token": type,
  "without a type": type,
  "with sub, as an ID token has it": refused(/sub/i),
  "with exp, as an ID token has it": refused(/exp/i),
  unsigned: algorithm,
  "signed with a published key as a shared secret": algorithm,
} satisfies Record<string, Expected>;

const chain = refused(/chain|path|trust|issuer|anchor|signature|signed by/i);
const revoked = refused(/revo(ked|cation after)/i);
const status = refused(/status|revocation|ocsp|crl|fetch|unreliable|CHAIN_GENERAL_FAILURE/i);

/** Certificates and their status (RFC 5280 §6, RFC 6960 §3.2). */
const certificate = {
  good: accepted,
  "tampered with": chain,
  "of a stranger's CA with our names": chain,
  revoked,
  expired: refused(/expired|validity|not valid|notAfter/i),
  "of a CA that was revoked": revoked,
  "whose status cannot be had": status,
  "whose status is of three days ago": status,
  "whose status is signed by a stranger": status,
  "whose status is signed by another subscriber": status,
  "whose CRL is another distribution point's": status,
} satisfies Record<string, Expected>;

const transfer = { says: "120,000" };
const signer = refused(/chain|path|trust|issuer|anchor|signature|signed by|subject|certificate/i);
const stamp = refused(/time-?stamp/i);

/** Time-stamped transactions (EN 319 102-1 §5). */
const transaction = {
  "as it was signed": transfer,
  "signed a second before its revocation": transfer,
  "signed a second after its revocation": revoked,
  "its amount tampered with": refused(/digest|hash|intact|content/i),
  "its signature tampered with": refused(/signature|intact|SIG_CRYPTO_FAILURE/i),
  "another customer's": refused(/subject|pseudonym-of-taro/i),
  "a stranger's": signer,
  "a stranger's beside a customer's certificate": signer,
  "with another customer's certificate for the signer's": signer,
  "without a time-stamp": stamp,
  "with another transaction's time-stamp": stamp,
  "time-stamped by a stranger": stamp,
  "time-stamped by a stranger, revoked since": refused(/time-?stamp|revo/i),
  "by a revoked CA": revoked,
  // EU DSS takes the stranger's certificate for the issuer's, and finds no root.
  "by a revoked CA, with a certificate for its key by a stranger": refused(/revoked|CHAIN_FOUND/i),
  "whose signer's status cannot be had": status,
} satisfies Record<string, Expected>;

export const cases = { set, certificate, transaction };

/** For each case of a task, what the sample is given on its command line: paths of files, and plain values. */
export type Exhibits<T extends Task> = Record<keyof (typeof cases)[T], string[]>;
