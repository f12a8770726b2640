import { FormatError } from "../format.ts";
import { copied, decompressPage } from "./decompress-page.ts";
import type { PageBytes } from "./page-bytes.ts";
import type { PageHeader } from "./page-header.ts";
import { PageStream } from "./page-stream.ts";
import { Codec, Encoding, PageType } from "./parquet-types.ts";
import { PagePart } from "./page-part.ts";
import type { Leaf } from "./schema-tree.ts";

/** The levels of a page's entries; undefined where the leaf has none. */
interface Levels {
  readonly repetitions: PagePart | undefined;
  readonly definitions: PagePart | undefined;
}

/** The parts of a page, decompressed. */
export interface OpenPage extends Levels {
  readonly values: PagePart;
}

/** The parts of a page of which only the levels are in memory as a whole. */
interface OpenStream extends Levels {
  readonly stream: PageStream;
}

export function openPage(header: PageHeader, stored: Buffer, codec: number, leaf: Leaf): OpenPage {
  if (header.type === PageType.DATA_PAGE_V2) return openVersion2(header, stored, codec, leaf);
  const bytes = decompressPage(codec, stored, header.plainBytes);
  const values = new PagePart(bytes, 0, header.plainBytes);
  if (header.type === PageType.DICTIONARY_PAGE) return { repetitions: undefined, definitions: undefined, values };
  const repetitions = leaf.maxRepetition > 0 ? takeLevels(values, header.repetitionEncoding) : undefined;
  const definitions = leaf.maxDefinition > 0 ? takeLevels(values, header.definitionEncoding) : undefined;
  return { repetitions, definitions, values };
}

/** `memory`: of a stream that nobody reads any more. */
export async function openStream(
  header: PageHeader,
  stored: PageBytes,
  codec: number,
  leaf: Leaf,
  memory: PagePart | undefined,
): Promise<OpenStream> {
  if (header.type === PageType.DATA_PAGE_V2) {
    const levels = splitLevels(header, await stored.take(levelBytes(header)), leaf);
    const bodyCodec = header.compressed ? codec : Codec.UNCOMPRESSED;
    const length = header.plainBytes - levelBytes(header);
    return { ...levels, stream: await PageStream.open(stored, levelBytes(header), length, bodyCodec, memory) };
  }
  const stream = await PageStream.open(stored, 0, header.plainBytes, codec, memory);
  const takeFrom = async (encoding: number) => {
    const { view, at } = await stream.take(4);
    return stream.take(levelLength(encoding, view.getInt32(at, true)));
  };
  const repetitions = leaf.maxRepetition > 0 ? await takeFrom(header.repetitionEncoding) : undefined;
  const definitions = leaf.maxDefinition > 0 ? await takeFrom(header.definitionEncoding) : undefined;
  return { repetitions, definitions, stream };
}

/** Version 1: levels stand in front of the values, compressed with them, each with its length in four bytes. */
function takeLevels(values: PagePart, encoding: number): PagePart {
  const length = levelLength(encoding, values.view.getInt32(values.take(4), true));
  const at = values.take(length);
  return new PagePart(values.bytes, at, at + length);
}

function levelLength(encoding: number, length: number): number {
  if (encoding !== Encoding.RLE) throw new FormatError(`its levels have the encoding ${encoding}`);
  if (length < 0) throw new FormatError("its levels have a negative length");
  return length;
}

/** Version 2: levels stand in front of the values, never compressed, and the header knows their lengths. */
function openVersion2(header: PageHeader, stored: Buffer, codec: number, leaf: Leaf): OpenPage {
  const before = levelBytes(header);
  if (before > stored.length) throw new FormatError("its levels are longer than their page");
  const length = header.plainBytes - before;
  const bytes = decompressPage(header.compressed ? codec : Codec.UNCOMPRESSED, stored.subarray(before), length);
  return { ...splitLevels(header, stored.subarray(0, before), leaf), values: new PagePart(bytes, 0, length) };
}

function levelBytes({ repetitionBytes, definitionBytes, plainBytes }: PageHeader): number {
  const length = repetitionBytes + definitionBytes;
  if (length > plainBytes) throw new FormatError("its levels are longer than their page");
  return length;
}

function splitLevels({ repetitionBytes }: PageHeader, stored: Buffer, leaf: Leaf): Levels {
  // A copy, so that the levels do not keep all that was read with them in memory.
  const levels = copied(stored);
  return {
    repetitions: leaf.maxRepetition > 0 ? new PagePart(levels, 0, repetitionBytes) : undefined,
    definitions: leaf.maxDefinition > 0 ? new PagePart(levels, repetitionBytes, stored.length) : undefined,
  };
}
