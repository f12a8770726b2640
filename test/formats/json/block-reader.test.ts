import { describe, expect, it } from "vitest";
import { PADDING } from "../../../src/batch/batch.ts";
import { BlockReader } from "../../../src/formats/json/block-reader.ts";

async function* chunksOf(...texts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

function contents(block: BlockReader): { text: string; offset: number; final: boolean } {
  return { text: block.bytes.utf8Slice(0, block.end), offset: block.offset, final: block.final };
}

describe("BlockReader", () => {
  it("reads block after block and keeps what is asked for", async () => {
    const block = new BlockReader(chunksOf("ab", "", "cdefg", "hi"), 100, 4, 4);

    await block.fill(0);
    expect(contents(block)).toEqual({ text: "abcd", offset: 100, final: false });
    await block.fill(3);
    expect(contents(block)).toEqual({ text: "defg", offset: 103, final: false });
    await block.fill(4);
    expect(contents(block)).toEqual({ text: "hi", offset: 107, final: true });
  });

  it("knows with the last byte that it is the last", async () => {
    const block = new BlockReader(chunksOf("abcd", "", ""), 0, 4, 4);

    await block.fill(0);

    expect(contents(block)).toEqual({ text: "abcd", offset: 0, final: true });
  });

  it("doubles for what does not fit, up to its limit", async () => {
    const block = new BlockReader(chunksOf("abcdefghijklmnop"), 0, 2, 7);
    const lengths: number[] = [];

    for (let i = 0; i < 3; i++) {
      await block.fill(0);
      lengths.push(block.end);
    }
    await block.fill(6);

    expect(lengths).toEqual([2, 4, 7]);
    expect(contents(block)).toEqual({ text: "gh", offset: 6, final: false });
  });

  it("puts zeros behind the bytes", async () => {
    const block = new BlockReader(chunksOf("abcdefgh", "ij"), 0, 8, 8);

    await block.fill(0);
    await block.fill(8);

    expect(block.bytes.subarray(2, 2 + PADDING)).toEqual(Buffer.alloc(PADDING));
    expect(block.view.getUint8(1)).toBe("j".charCodeAt(0));
  });

  it("forgives a character that the block's end cuts, not one that the source's end cuts", async () => {
    const bytes = Buffer.from("aé日🚀");
    const valid: boolean[] = [];

    for (let length = 1; length <= bytes.length; length++) {
      const block = new BlockReader(chunksOf(bytes), 0, length, length);
      await block.fill(0);
      valid.push(block.utf8);
    }
    const cut = new BlockReader(chunksOf(bytes.subarray(0, 9)), 0, 20, 20);
    await cut.fill(0);

    expect(valid).toEqual(Array(bytes.length).fill(true));
    expect(cut.utf8).toBe(false);
  });

  it("sees bytes that are not UTF-8", async () => {
    const block = new BlockReader(chunksOf(Buffer.from([0x61, 0xff, 0x61, 0x62, 0x63, 0x64])), 0, 3, 3);

    await block.fill(0);
    expect(block.utf8).toBe(false);
    await block.fill(3);
    expect(block.utf8).toBe(true);
  });

  it("skips to the next line end, however far it is", async () => {
    const block = new BlockReader(chunksOf("abcdefghij", "k\nlm"), 0, 4, 4);
    await block.fill(0);

    const at = await block.skipLine();

    expect(block.bytes[at]).toBe(10);
    expect(block.offset + at).toBe(11);
  });

  it("skips to the end when there is no line end", async () => {
    const block = new BlockReader(chunksOf("abcdefghij"), 0, 4, 4);
    await block.fill(0);

    const at = await block.skipLine();

    expect(at).toBe(block.end);
    expect(block.offset + at).toBe(10);
    expect(block.final).toBe(true);
  });
});
