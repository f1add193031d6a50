import type { Rule } from "../rule.ts";
import type { Specimen } from "../specimen.ts";

const octetsOf = ({ parts }: Specimen): Buffer => Buffer.from(parts.serial);
const valueOf = (specimen: Specimen): bigint => BigInt(`0x0${octetsOf(specimen).toString("hex")}`);

export const serialRules: readonly Rule[] = [
  {
    // Unnecessary leading zeros are not DER, which is checked before.
    id: "serial-positive",
    source: "RFC 5280 §4.1.2.2",
    check: (specimen) => {
      const [first = 0x80] = octetsOf(specimen);
      return first & 0x80 || valueOf(specimen) === 0n ? "The serial number is not positive." : undefined;
    },
  },
  {
    // A positive integer of at most 20 octets is below 2^159.
    id: "serial-within-20-octets",
    source: "RFC 5280 §4.1.2.2",
    check: (specimen) =>
      octetsOf(specimen).length <= 20 ? undefined : "The serial number is longer than 20 octets.",
  },
  {
    id: "serial-128-bits",
    source: "ETSI EN 319 412-2 and CA/B baseline requirements §7.1 (64 unguessable bits; 128 here)",
    check: (specimen) =>
      valueOf(specimen) >= 1n << 127n ? undefined : "The serial number is shorter than 128 bits.",
  },
];
