/**
 * How long a simulator may take to answer, milliseconds. One that has died is noticed at once, by its closed connection;
 * this is for one that hangs, and so long that a busy machine is not taken for it (a card's RSA keys alone take seconds
 * there).
 */
export const simulatorMs = 120_000;
