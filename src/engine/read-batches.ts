import type { Batch } from "../batch/batch.ts";
import { decodeCsv } from "../formats/csv/decode-csv.ts";
import { decompress } from "../formats/decompress.ts";
import type { Decode } from "../formats/format.ts";
import { decodeJson } from "../formats/json/decode-json.ts";
import { decodeParquet } from "../formats/parquet/decode-parquet.ts";
import type { ByteSource } from "../sdk/byte-source.ts";
import type { BytesPage, InputFormat, Page, PageSection, PageVersion, SourceQuery } from "../sdk/connector.ts";
import type { SourcePosition } from "./source-position.ts";
import { MAX_RECORD_BYTES, sessionOf } from "./engine-io.ts";
import type { SourceIo } from "./engine-io.ts";
import { cutBatches } from "./cut-batches.ts";
import { decodeRecords } from "./decode-records.ts";

/** A batch, and where it comes from and goes on. */
export interface ReadBatch {
  readonly batch: Batch;
  /** What messages call the page: `s3://bucket/key`. */
  readonly origin: string;
  /** Where to go on after it; undefined when the source has nothing left. */
  readonly next: SourcePosition | undefined;
  /** True for the last batch of a source file. */
  readonly endsFile: boolean;
  /** Set with the last batch of a page that is one version of something. */
  readonly version: PageVersion | undefined;
  /** Bytes pulled from the source since the batch before. */
  readonly bytesRead: number;
}

const DECODERS: Readonly<Record<InputFormat["type"], Decode>> = {
  json: decodeJson,
  csv: decodeCsv,
  parquet: decodeParquet,
};

/** Everything that the source has from `position` on, batch by batch. A batch is valid until the next one is pulled. */
export async function* readBatches(
  query: Omit<SourceQuery, "cursor">,
  position: SourcePosition,
  io: SourceIo,
): AsyncGenerator<ReadBatch> {
  const session = sessionOf(io);
  let within = position.within;
  for await (const page of io.source.read(session, { ...query, cursor: position.page })) {
    const meter = { bytes: 0 };
    for await (const batch of decodePage(page, query.fields, within, meter)) {
      const bytesRead = meter.bytes;
      meter.bytes = 0;
      yield {
        batch,
        origin: pageName(page),
        next: positionAfter(page, batch),
        endsFile: batch.next === null && "body" in page && page.isPiece !== true,
        version: batch.next === null ? page.version : undefined,
        bytesRead,
      };
    }
    within = undefined;
  }
}

function positionAfter(page: Page, batch: Batch): SourcePosition | undefined {
  if (batch.next !== null) return { page: page.at, within: batch.next };
  return page.next === null ? undefined : { page: page.next, within: undefined };
}

function pageName(page: Page): string {
  return "body" in page ? page.body.name : page.name;
}

/** The batches of one page, from a place within it on. Adds the bytes that are pulled, and belong to it, to the meter. */
export async function* decodePage(
  page: Page,
  fields: readonly string[] | undefined,
  from: SourcePosition["within"],
  meter: { bytes: number },
): AsyncGenerator<Batch> {
  if (!("body" in page)) yield* decodeRecords(page.records, fields, from);
  else {
    const body = await readableBody(page, meter);
    const delimiter = page.format.type === "csv" ? page.format.delimiter : undefined;
    const { from: start, to } = page.section ?? {};
    const options = { fields, from: from ?? start, maxRecordBytes: MAX_RECORD_BYTES, delimiter };
    const batches = DECODERS[page.format.type](body, options);
    yield* to === undefined ? batches : cutBatches(batches, to);
  }
}

/** Parquet compresses its own pages; everything else may come compressed as a whole. */
async function readableBody(page: BytesPage, meter: { bytes: number }): Promise<ByteSource> {
  const metered = meterBytes(page.body, meter, endOf(page.section));
  return page.format.type === "parquet" ? metered : decompress(metered);
}

/** Where in the object's bytes a section ends, as far as it is known: a reader has to look beyond it. */
function endOf(section: PageSection | undefined): number {
  const offset = section?.to?.["offset"];
  return typeof offset === "number" ? offset : Number.POSITIVE_INFINITY;
}

/** Counts every byte that is pulled, as the source stores it; of a stream those before `end` only. */
function meterBytes(source: ByteSource, meter: { bytes: number }, end: number): ByteSource {
  return {
    name: source.name,
    size: source.size,
    async *stream(from = 0) {
      let at = from;
      for await (const chunk of source.stream(from)) {
        meter.bytes += Math.max(0, Math.min(chunk.length, end - at));
        at += chunk.length;
        yield chunk;
      }
    },
    async read(from, length, into) {
      const bytes = await source.read(from, length, into);
      meter.bytes += bytes.length;
      return bytes;
    },
  };
}
