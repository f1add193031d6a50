/**
 * The time limit of a simulator's answer, milliseconds. A dead simulator is noticed at once, by its closed connection; this is
 * for a hanging one, and long enough for a busy machine (generating a card's RSA keys alone takes seconds there).
 */
export const simulatorMs = 120_000;
