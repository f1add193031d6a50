/** Rate limits for signatures on request: above them the answer is `tryLater`. */
export interface OnlineLimitOptions {
  /** Signatures per second for this process; the burst is twice that. */
  perSecond: number;
  /** The same for one address. */
  perSecondAndAddress: number;
  clock: () => Date;
}

/** The most addresses remembered: a forgotten address starts from zero, within the limit of the process. */
const maxAddresses = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/** Token buckets, one for the process and one for each address. True if the request may use a signature. */
export function createOnlineLimit(options: OnlineLimitOptions): (address: string) => boolean {
  const whole: Bucket = full(options.perSecond, options.clock().getTime());
  const byAddress = new Map<string, Bucket>();

  return (address) => {
    const now = options.clock().getTime();
    const own = byAddress.get(address) ?? full(options.perSecondAndAddress, now);
    byAddress.delete(address);
    byAddress.set(address, own);
    const leastRecent = byAddress.keys().next().value;
    if (byAddress.size > maxAddresses && leastRecent !== undefined) byAddress.delete(leastRecent);
    // The address's own bucket first: an excessive address uses none of the others' share.
    return take(own, options.perSecondAndAddress, now) && take(whole, options.perSecond, now);
  };
}

const full = (rate: number, at: number): Bucket => ({ tokens: rate * 2, at });

function take(bucket: Bucket, rate: number, now: number): boolean {
  const elapsed = Math.max(0, now - bucket.at) / 1000;
  bucket.tokens = Math.min(rate * 2, bucket.tokens + elapsed * rate);
  bucket.at = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}
