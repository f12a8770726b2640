import { FormatError } from "../format.ts";
import { copied, decompressPage } from "./decompress-page.ts";
import type { PageHeader } from "./page-header.ts";
import { Codec, Encoding, PageType } from "./parquet-types.ts";
import { PagePart } from "./page-part.ts";
import type { Leaf } from "./schema-tree.ts";

/** The parts of a page, decompressed. Levels are undefined where the leaf has none. */
export interface OpenPage {
  readonly repetitions: PagePart | undefined;
  readonly definitions: PagePart | undefined;
  readonly values: PagePart;
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

/** Version 1: levels stand in front of the values, compressed with them, each with its length in four bytes. */
function takeLevels(values: PagePart, encoding: number): PagePart {
  if (encoding !== Encoding.RLE) throw new FormatError(`its levels have the encoding ${encoding}`);
  const length = values.view.getInt32(values.take(4), true);
  if (length < 0) throw new FormatError("its levels have a negative length");
  const at = values.take(length);
  return new PagePart(values.bytes, at, at + length);
}

/** Version 2: levels stand in front of the values, never compressed, and the header knows their lengths. */
function openVersion2(header: PageHeader, stored: Buffer, codec: number, leaf: Leaf): OpenPage {
  const { repetitionBytes, definitionBytes } = header;
  const levelBytes = repetitionBytes + definitionBytes;
  if (levelBytes > stored.length || levelBytes > header.plainBytes) {
    throw new FormatError("its levels are longer than their page");
  }
  // A copy, so that the levels do not keep all that was read with them in memory.
  const levels = copied(stored.subarray(0, levelBytes));
  const length = header.plainBytes - levelBytes;
  const bytes = decompressPage(header.compressed ? codec : Codec.UNCOMPRESSED, stored.subarray(levelBytes), length);
  return {
    repetitions: leaf.maxRepetition > 0 ? new PagePart(levels, 0, repetitionBytes) : undefined,
    definitions: leaf.maxDefinition > 0 ? new PagePart(levels, repetitionBytes, levelBytes) : undefined,
    values: new PagePart(bytes, 0, length),
  };
}
