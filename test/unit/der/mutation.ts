/** Numbers from a seed (mulberry32): the same seed, the same mutations on every machine. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** An element as this test reads it, sharing no code with the reader that is tested. */
interface Node {
  tag: number;
  content: Uint8Array;
  children: Node[] | undefined;
}

function parse(bytes: Uint8Array): Node[] | undefined {
  const nodes: Node[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at]!;
    let length = bytes[at + 1]!;
    let content = at + 2;
    if (length >= 0x80) {
      const octets = length & 0x7f;
      length = 0;
      for (let index = 0; index < octets; index += 1) length = length * 256 + bytes[content + index]!;
      content += octets;
    }
    if (!(content + length <= bytes.length)) return undefined;
    const inner = bytes.subarray(content, content + length);
    nodes.push({ tag, content: inner, children: tag & 0x20 ? parse(inner) : undefined });
    at = content + length;
  }
  return nodes;
}

function encode(nodes: readonly Node[]): Buffer {
  return Buffer.concat(
    nodes.map(({ tag, content, children }) => {
      const inner = children ? encode(children) : Buffer.from(content);
      const length =
        inner.length < 0x80
          ? [inner.length]
          : inner.length < 0x100
            ? [0x81, inner.length]
            : [0x82, inner.length >> 8, inner.length & 0xff];
      return Buffer.concat([Buffer.from([tag, ...length]), inner]);
    }),
  );
}

const octets = [0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x17, 0x18, 0x1f, 0x30, 0x31];
const boundaries = [0x7f, 0x80, 0x81, 0x82, 0x84, 0xa0, 0xa1, 0xa2, 0xa3, 0xfe, 0xff];
const interesting = [...octets, ...boundaries];

/** One change to some octets, or to the tree with its lengths set right again. */
export function mutate(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  return random(2) === 0 ? changeOctets(bytes, random) : changeTree(bytes, random);
}

function changeOctets(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const at = random(Math.max(1, bytes.length));
  const copy = Buffer.from(bytes);
  switch (random(5)) {
    case 0:
      copy[at] = copy[at]! ^ (1 << random(8));
      return copy;
    case 1:
      copy[at] = interesting[random(interesting.length)]!;
      return copy;
    case 2:
      return Buffer.concat([
        copy.subarray(0, at),
        Buffer.of(interesting[random(interesting.length)]!),
        copy.subarray(at),
      ]);
    case 3:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + 1)]);
    default:
      return copy.subarray(0, at);
  }
}

function changeTree(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const tree = parse(bytes);
  if (!tree || tree.length === 0) return changeOctets(bytes, random);
  const lists: Node[][] = [];
  const collect = (nodes: Node[]): void => {
    if (nodes.length > 0) lists.push(nodes);
    for (const { children } of nodes) if (children) collect(children);
  };
  collect(tree);
  const list = lists[random(lists.length)]!;
  const at = random(list.length);
  const node = list[at]!;
  switch (random(6)) {
    case 0:
      list.splice(at, 1);
      break;
    case 1:
      list.splice(at, 0, node);
      break;
    case 2:
      list.push(...list.splice(at, 1));
      break;
    case 3:
      list[at] = { ...node, tag: interesting[random(interesting.length)]! };
      break;
    case 4:
      list[at] = { ...node, children: undefined, content: changeOctets(encode([node]), random).subarray(2) };
      break;
    default: {
      const others = lists[random(lists.length)]!;
      list[at] = others[random(others.length)]!;
    }
  }
  return encodeOnce(tree);
}

/** A node put into its own offspring would be endless: such a tree is left as the empty message. */
function encodeOnce(tree: Node[]): Uint8Array {
  try {
    return encode(tree);
  } catch (error) {
    if (error instanceof RangeError) return new Uint8Array();
    throw error;
  }
}
