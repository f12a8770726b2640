import { gzipSync, zstdCompressSync } from "node:zlib";
import { snappyCompress } from "hysnappy";
import { describe, expect, it } from "vitest";
import { decompress, detectCompression } from "../../src/formats/decompress.ts";
import { FormatError } from "../../src/formats/format.ts";
import { byteSource } from "../support/page-source.ts";

const TEXT = Buffer.from(Array.from({ length: 20_000 }, (_, i) => `{"id":${i},"name":"größe ${i % 97}"}\n`).join(""));

const KINDS: readonly (readonly [kind: string, name: string, compress: (bytes: Buffer) => Buffer])[] = [
  ["gzip", "a.json.gz", gzipSync],
  [
    "gzip of several members",
    "a.json.gz",
    (bytes) => Buffer.concat([gzipSync(bytes.subarray(0, 1000)), gzipSync(bytes.subarray(1000))]),
  ],
  ["zstd", "a.json.zst", zstdCompressSync],
  [
    "zstd of several frames",
    "a",
    (bytes) => Buffer.concat([zstdCompressSync(bytes.subarray(0, 7)), zstdCompressSync(bytes.subarray(7))]),
  ],
  [
    "zstd with frames without data",
    "a",
    (bytes) => Buffer.concat([Buffer.from("5f2a4d1803000000aabbcc", "hex"), zstdCompressSync(bytes)]),
  ],
  ["framed snappy", "a", frameSnappy],
  ["a raw snappy block", "a.json.snappy", (bytes) => Buffer.from(snappyCompress(bytes))],
];

describe("a compressed object", () => {
  for (const [kind, name, compress] of KINDS) {
    for (const chunkBytes of [1, 1000, 1 << 20]) {
      it(`of ${kind} reads like the bytes themselves, in chunks of ${chunkBytes}`, async () => {
        const bytes = chunkBytes === 1 ? TEXT.subarray(0, 3000) : TEXT;
        const source = await decompress(byteSource({ name, bytes: compress(bytes) }, chunkBytes));

        expect((await readAll(source.stream())).equals(bytes)).toBe(true);
      });
    }

    it(`of ${kind} can be read from any uncompressed offset`, async () => {
      const source = await decompress(byteSource({ name, bytes: compress(TEXT) }, 999));

      for (const from of [1, 70_000, TEXT.length - 1, TEXT.length]) {
        expect((await readAll(source.stream(from))).equals(TEXT.subarray(from))).toBe(true);
      }
    });

    it(`of ${kind} that is cut fails by name, after what came before the cut`, async () => {
      const whole = compress(TEXT);
      const source = await decompress(byteSource({ name, bytes: whole.subarray(0, whole.length - 20) }, 500));
      const seen: Uint8Array[] = [];

      const failure = await collect(source.stream(), seen);

      expect(failure).toBeInstanceOf(FormatError);
      expect((failure as Error).message).toContain(name);
      const good = Buffer.concat(seen);
      expect(good.equals(TEXT.subarray(0, good.length))).toBe(true);
      // A raw block is all or nothing, and Zstandard's last block may be as long as 128 KiB.
      if (kind !== "a raw snappy block") expect(good.length).toBeGreaterThan(TEXT.length - 140_000);
    });

    it(`of ${kind} can be left at any time`, async () => {
      let closed = false;
      const plain = byteSource({ name, bytes: compress(TEXT) }, 100);
      const watched = {
        ...plain,
        async *stream(from?: number) {
          try {
            yield* plain.stream(from);
          } finally {
            closed = true;
          }
        },
      };
      const source = await decompress(watched);

      for await (const _ of source.stream()) break;

      expect(closed).toBe(true);
    });
  }

  it("whose source fails, fails with the source's error after what came before it", async () => {
    const whole = gzipSync(TEXT);
    const plain = byteSource({ name: "a.gz", bytes: whole }, 500);
    const lost = new Error("connection lost");
    const source = await decompress({
      ...plain,
      async *stream() {
        yield whole.subarray(0, whole.length >> 1);
        throw lost;
      },
    });
    const seen: Uint8Array[] = [];

    expect(await collect(source.stream(), seen)).toBe(lost);
    expect(Buffer.concat(seen).length).toBeGreaterThan(TEXT.length / 4);
  });

  it("with flipped bytes fails by name", async () => {
    const bytes = frameSnappy(TEXT);
    bytes[bytes.length - 5]! ^= 0xff;
    const source = await decompress(byteSource({ name: "a.sz", bytes }, 4096));

    expect(await collect(source.stream(), [])).toBeInstanceOf(FormatError);
  });

  it("that expands beyond reason is not read to its end", async () => {
    const bomb = zstdCompressSync(Buffer.alloc(200 * 1024 * 1024));
    const source = await decompress(byteSource({ name: "bomb.zst", bytes: bomb }, 1 << 16));

    expect(String(await collect(source.stream(), undefined))).toMatch(/bomb\.zst expands more than 1000-fold/);
  });
});

describe("an object that is not compressed", () => {
  it("is left as it is", async () => {
    const source = byteSource({ name: "a.json", bytes: TEXT }, 100);
    expect(await decompress(source)).toBe(source);
  });

  it("is recognised by its bytes, whatever its name says", () => {
    expect(detectCompression("a.gz", Buffer.from("plain"))).toBeUndefined();
    expect(detectCompression("a.csv", gzipSync("x"))).toBe("gzip");
    expect(detectCompression("empty.snappy", Buffer.alloc(0))).toBeUndefined();
  });
});

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return Buffer.concat(all);
}

/** What reading fails with; undefined when it does not. */
async function collect(chunks: AsyncIterable<Uint8Array>, into: Uint8Array[] | undefined): Promise<unknown> {
  try {
    for await (const chunk of chunks) into?.push(Buffer.from(chunk));
    return undefined;
  } catch (error) {
    return error;
  }
}

/** The framing format's own rules, written down once more for the test: checksums are CRC-32C, masked. */
function frameSnappy(bytes: Buffer): Buffer {
  const frames = [Buffer.from([0xff, 6, 0, 0, ...Buffer.from("sNaPpY")])];
  for (let at = 0; at < bytes.length; at += 65_536) {
    const block = bytes.subarray(at, at + 65_536);
    const body = Buffer.from(snappyCompress(block));
    const header = Buffer.alloc(8);
    header.writeUIntLE(body.length + 4, 1, 3);
    header.writeUInt32LE(mask(crc32c(block)), 4);
    frames.push(header, body);
  }
  return Buffer.concat(frames);
}

function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0x82f63b78;
  }
  return ~crc >>> 0;
}

function mask(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
