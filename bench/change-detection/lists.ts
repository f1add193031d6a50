import { createSign } from "node:crypto";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import * as asn1js from "asn1js";
import { Extension, Extensions, IssuingDistributionPoint } from "pkijs";
import { type Generation, makeGeneration } from "../../simulators/j-lis/authority.ts";
import { directoryName, nameDer, nameText } from "../../simulators/j-lis/distinguished-names.ts";
import {
  authorityKeyIdentifier,
  authorityName,
  distributionPointName,
} from "../../simulators/j-lis/profile.ts";

/** About as many CRL parts as JPKI has: one for each city. */
export const parts = 1_741;

export interface ListFile {
  part: string;
  path: string;
  distributionPoint: string;
  bytes: number;
}

/** Octets of the serial number with this index: as many as real ones have, each once. */
export function serialOf(index: number): Buffer {
  const serial = Buffer.alloc(16);
  serial.writeUInt32BE(0x40_00_00_00 + (Math.imul(index, 2_654_435_761) >>> 2), 0);
  serial.writeUInt32BE(index, 4);
  serial.writeUInt32BE(Math.imul(index, 40_503) >>> 0, 8);
  serial.writeUInt32BE(0x9e_37_79_b9, 12);
  return serial;
}

const reasons = [undefined, 3, 4, 4, 3];
const time = Buffer.from("170d3236303532303030303030305a", "hex");
const revoked = (reason: number): Buffer => Buffer.from(`300c300a0603551d1504030a010${reason}`, "hex");

/** One entry as in JPKI's lists: serial, date, and usually a reason. */
function entry(index: number): Buffer {
  const serial = serialOf(index);
  const reason = reasons[index % reasons.length];
  const extensions = reason === undefined ? Buffer.alloc(0) : revoked(reason);
  const length = 2 + serial.length + time.length + extensions.length;
  return Buffer.concat([Buffer.from([0x30, length, 0x02, serial.length]), serial, time, extensions]);
}

/** Writes signed lists of a test CA: encoded by hand, because a library would take longer than the measured reading. */
export class ListPress {
  readonly generation: Generation;
  readonly #directory: string;

  private constructor(generation: Generation, directory: string) {
    this.generation = generation;
    this.#directory = directory;
  }

  static async make(directory: string): Promise<ListPress> {
    return new ListPress(await makeGeneration("sign", new Date()), directory);
  }

  /** A list of the serials with these indices. */
  async press(name: string, city: number, indices: Iterable<number>, number: number): Promise<ListFile> {
    const place = { prefecture: "Nowhere-ken", city: `City-${city}` };
    const entries = Array.from(indices, entry);
    const now = new Date();
    const algorithm = sequence(oid("1.2.840.113549.1.1.11"), Buffer.from([5, 0]));
    const distributionPoint = distributionPointName("sign", place);
    const head = [
      Buffer.from([2, 1, 1]),
      algorithm,
      nameDer(authorityName("sign")),
      utcTime(new Date(now.getTime() - 60_000)),
      utcTime(new Date(now.getTime() + 36 * 3_600_000)),
    ];
    const extensions = new Extensions({
      extensions: [
        authorityKeyIdentifier(Buffer.from(this.generation.keyId, "hex")),
        new Extension({ extnID: "2.5.29.20", extnValue: new asn1js.Integer({ value: number }).toBER() }),
        new Extension({
          extnID: "2.5.29.28",
          critical: true,
          extnValue: new IssuingDistributionPoint({ distributionPoint: [directoryName(distributionPoint)] })
            .toSchema()
            .toBER(),
        }),
      ],
    });
    const tail = tlv(0xa0, Buffer.from(extensions.toSchema().toBER()));
    const listed = entries.length === 0 ? [] : [header(0x30, lengthOf(entries)), ...entries];
    const tbs = [header(0x30, lengthOf(head) + lengthOf(listed) + tail.length), ...head, ...listed, tail];
    const signer = createSign("sha256");
    for (const piece of tbs) signer.update(piece);
    const signature = tlv(3, Buffer.concat([Buffer.from([0]), signer.sign(this.generation.privateKey)]));
    const whole = [...tbs, algorithm, signature];
    const path = join(this.#directory, `${name}.crl`);
    const file = await open(path, "w");
    try {
      await file.write(header(0x30, lengthOf(whole)));
      for (let at = 0; at < whole.length; at += 4_096)
        await file.write(Buffer.concat(whole.slice(at, at + 4_096)));
    } finally {
      await file.close();
    }
    const { size } = await stat(path);
    return { part: `part-${city}`, path, distributionPoint: nameText(distributionPoint), bytes: size };
  }
}

const lengthOf = (pieces: readonly Buffer[]): number => pieces.reduce((sum, { length }) => sum + length, 0);
const oid = (value: string): Buffer => Buffer.from(new asn1js.ObjectIdentifier({ value }).toBER());
const utcTime = (valueDate: Date): Buffer => Buffer.from(new asn1js.UTCTime({ valueDate }).toBER());
const tlv = (tag: number, content: Buffer): Buffer => Buffer.concat([header(tag, content.length), content]);
const sequence = (...content: Buffer[]): Buffer => tlv(0x30, Buffer.concat(content));

function header(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.from([tag, length]);
  const octets = Buffer.from(length.toString(16).padStart(length > 0xff_ff_ff ? 8 : 6, "0"), "hex");
  const minimal = octets.subarray(octets.findIndex((octet) => octet !== 0));
  return Buffer.concat([Buffer.from([tag, 0x80 | minimal.length]), minimal]);
}
