/** For key stores of tests: as the engine makes its own (workers/keys.ts), so that opening a key takes no time. */
export const passphrase = "PfvcejkpRDghx0rbnoYgERmJJI79NLH5NRrgskiGUW8";
