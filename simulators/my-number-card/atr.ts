/** The answer to reset of a My Number Card (ISO/IEC 7816-3 §8): direct convention, T=1. */
export const atr = Uint8Array.from([0x3b, 0xe0, 0x00, 0xff, 0x81, 0x31, 0xfe, 0x45, 0x14]);
