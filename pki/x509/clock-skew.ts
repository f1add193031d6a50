/** How far another's clock may run ahead of ours before what it dated counts as from the future, in seconds. */
export const clockSkewSeconds = 120;
