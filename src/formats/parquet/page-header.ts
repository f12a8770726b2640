import { FormatError } from "../format.ts";
import { PageType } from "./parquet-types.ts";
import type { ThriftReader } from "./thrift-reader.ts";

/** What stands before a page's bytes (`PageHeader`), for all types of page. */
export interface PageHeader {
  readonly type: number;
  /** The page's bytes in the file. */
  readonly storedBytes: number;
  /** Its bytes when decompressed. */
  readonly plainBytes: number;
  /** CRC-32 of the bytes in the file, when the writer noted it. */
  readonly checksum: number | undefined;
  /** How many values, nulls included; of a dictionary page, how many entries. */
  readonly values: number;
  readonly encoding: number;
  /** Version 1 only. */
  readonly definitionEncoding: number;
  readonly repetitionEncoding: number;
  /** Version 2 only: how many bytes the levels take, which stand before the values and are never compressed. */
  readonly definitionBytes: number;
  readonly repetitionBytes: number;
  readonly compressed: boolean;
}

/** The largest page that is decoded, decompressed. */
export const MAX_PAGE_BYTES = 256 * 1024 * 1024;

const MEMBER_OF_TYPE: Readonly<Record<number, number>> = {
  [PageType.DATA_PAGE]: 5,
  [PageType.DICTIONARY_PAGE]: 7,
  [PageType.DATA_PAGE_V2]: 8,
};

/** Reads the header that begins where `reader` stands and leaves it at the page's first byte. */
export function readPageHeader(reader: ThriftReader): PageHeader {
  const header = {
    type: -1,
    storedBytes: 0,
    plainBytes: 0,
    checksum: undefined as number | undefined,
    values: 0,
    encoding: -1,
    definitionEncoding: -1,
    repetitionEncoding: -1,
    definitionBytes: 0,
    repetitionBytes: 0,
    compressed: true,
  };
  let member = -1;
  reader.struct((field) => {
    if (field === 1) header.type = reader.int();
    else if (field === 2) header.plainBytes = reader.count();
    else if (field === 3) header.storedBytes = reader.count();
    else if (field === 4) header.checksum = reader.int() >>> 0;
    else if (field === 5 || field === 7 || field === 8) {
      member = field;
      if (field === 8) readVersion2(reader, header);
      else readVersion1(reader, header);
    }
  });
  if (header.plainBytes > MAX_PAGE_BYTES) {
    throw new FormatError(`a page of ${header.plainBytes} bytes is larger than the limit of ${MAX_PAGE_BYTES}`);
  }
  if (MEMBER_OF_TYPE[header.type] !== undefined && MEMBER_OF_TYPE[header.type] !== member) {
    throw new FormatError(`the header of a page of type ${header.type} does not describe it`);
  }
  return header;
}

type Writable = { -readonly [K in keyof PageHeader]: PageHeader[K] };

/** `DataPageHeader`; `DictionaryPageHeader` begins with the same two fields. */
function readVersion1(reader: ThriftReader, header: Writable): void {
  reader.struct((field) => {
    if (field === 1) header.values = reader.count();
    else if (field === 2) header.encoding = reader.int();
    else if (field === 3 && header.type === PageType.DATA_PAGE) header.definitionEncoding = reader.int();
    else if (field === 4) header.repetitionEncoding = reader.int();
  });
}

/** `DataPageHeaderV2`. */
function readVersion2(reader: ThriftReader, header: Writable): void {
  reader.struct((field) => {
    if (field === 1) header.values = reader.count();
    else if (field === 4) header.encoding = reader.int();
    else if (field === 5) header.definitionBytes = reader.count();
    else if (field === 6) header.repetitionBytes = reader.count();
    else if (field === 7) header.compressed = reader.boolean();
  });
}
