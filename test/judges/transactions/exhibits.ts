/** What the judges are handed in a folder: `cases.json`, which is an {@link Exhibits}, and files of DER beside it. */
export interface Exhibits {
  /** Trusted for transactions. */
  root: string;
  /** Trusted for time-stamps: the authority's own certificate, as a trusted list names it. */
  timeStamper: string;
  cases: Exhibit[];
}

export interface Exhibit {
  name: string;
  /** The signer's certificate and its issuing CA's are in it; the time-stamp too. */
  cms: string;
  /** The time-stamp's token and the signature's value it is over, for a judge that cannot take them out of the CMS. */
  token: string;
  signature: string;
  signer: string;
  issuing: string;
  crls: string[];
  ocsp: string[];
  /** Seconds since 1970: the time in the time-stamp, and the time at which the judge looks. */
  stampedAt: number;
  judgedAt: number;
}

/** What a judge says of a case, and why, in its own words. */
export interface Verdict {
  name: string;
  accepted: boolean;
  word: string;
}
