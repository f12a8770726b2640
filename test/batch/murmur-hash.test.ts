import { describe, expect, it } from "vitest";
import { addMurmur128, murmur32, murmur32OfWords } from "../../src/batch/murmur-hash.ts";

/** What mmh3 5.x for Python (https://pypi.org/project/mmh3/) says: the four words, and the short hash with seeds 0 and 7. */
const KNOWN: readonly (readonly [Buffer, readonly number[], number, number])[] = [
  [Buffer.from(""), [0, 0, 0, 0], 0, 415870660],
  [Buffer.from("a"), [2811532092, 1431744539, 1431744539, 1431744539], 1009084850, 3990715943],
  [Buffer.from('{"id":1}'), [1867415670, 3692475527, 568762123, 568762123], 2831288885, 1648133633],
  [
    Buffer.from("The quick brown fox jumps over the lazy dog"),
    [789939139, 3975031911, 1568405100, 3857259820],
    776992547,
    2811745633,
  ],
  [
    Buffer.from(Array.from({ length: 33 }, (_, i) => i)),
    [1356731834, 1996067126, 552056432, 571328385],
    1415612026,
    4069599356,
  ],
];

describe("MurmurHash3", () => {
  it.each(KNOWN)("hashes %j as everybody else does", (bytes, words, short, seeded) => {
    const view = new DataView(Uint8Array.from([255, ...bytes, 255]).buffer);
    const sums = new Int32Array(4);

    addMurmur128(view, 1, bytes.length + 1, sums);

    expect(Array.from(sums, (word) => word >>> 0)).toEqual(words);
    expect(murmur32(view, 1, bytes.length + 1, 0) >>> 0).toBe(short);
    expect(murmur32(view, 1, bytes.length + 1, 7) >>> 0).toBe(seeded);
  });

  it("hashes two words as their eight bytes", () => {
    const view = new DataView(new ArrayBuffer(8));
    view.setInt32(0, -5, true);
    view.setInt32(4, 1234567, true);

    expect(murmur32OfWords(-5, 1234567, 3)).toBe(murmur32(view, 0, 8, 3));
  });
});
