/** Status words of the card (ISO/IEC 7816-4 §5.6, table 5 and 6). */
export const statusWords = {
  ok: 0x9000,
  /** The file had fewer bytes left than Le. */
  endOfFile: 0x6282,
  wrongLength: 0x6700,
  secureMessagingUnsupported: 0x6882,
  chainingUnsupported: 0x6884,
  incompatibleWithFile: 0x6981,
  securityStatusNotSatisfied: 0x6982,
  pinBlocked: 0x6983,
  referenceDataUnusable: 0x6984,
  conditionsNotSatisfied: 0x6985,
  noCurrentFile: 0x6986,
  wrongData: 0x6a80,
  fileNotFound: 0x6a82,
  wrongP1P2: 0x6a86,
  wrongOffset: 0x6b00,
  insUnsupported: 0x6d00,
  claUnsupported: 0x6e00,
} as const;

/** `63Cx`: the PIN was wrong, or was queried; `x` tries are left. */
export const triesLeft = (tries: number): number => 0x63c0 | (tries & 0x0f);

/** `61xx`: the command succeeded and `count` more bytes are available with GET RESPONSE (0 means 256 or more). */
export const moreBytes = (count: number): number => 0x6100 | (count > 0xff ? 0 : count);
