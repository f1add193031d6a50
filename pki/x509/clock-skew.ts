/**
 * How far another's clock may be ahead of ours before its signed times count as in the future, in seconds: one value for CRLs,
 * OCSP responses and everything else, in the engine and its SDKs.
 */
export const clockSkewSeconds = 120;
