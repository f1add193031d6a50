/**
 * How far another's clock may run ahead of ours before what it signed counts as from the future, in seconds: one value for
 * CRLs, OCSP answers and all else, in the engine and its SDKs.
 */
export const clockSkewSeconds = 120;
