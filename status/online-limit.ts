/** How many signatures requests may cost: those that come faster are answered `tryLater`. */
export interface OnlineLimitOptions {
  /** Signatures a second for all of this process; twice as many at once. */
  perSecond: number;
  /** The same for one address. */
  perSecondAndAddress: number;
  clock: () => Date;
}

/** Addresses that are remembered: one that is forgotten starts anew, which the limit of the process bounds. */
const maxAddresses = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/** Token buckets, one for the process and one for each address. True when the request may cost a signature. */
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
    // Its own first: an address that asks too much takes nothing from the others.
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
