import { RAW_LIMIT } from "../../batch/batch.ts";
import type { Batch, DecoderPosition } from "../../batch/batch.ts";
import type { ByteSource } from "../../sdk/byte-source.ts";
import { FormatError } from "../format.ts";
import type { DecodeOptions } from "../format.ts";
import { BatchScanner } from "./batch-scanner.ts";
import type { JsonPosition } from "./batch-scanner.ts";
import { BlockReader } from "./block-reader.ts";
import { PLACES } from "./place.ts";
import type { Place } from "./place.ts";

const BLOCK_BYTES = 1 << 20;

/**
 * Decodes JSON records: JSON lines, objects one behind the other with any blanks between them, or one array of objects.
 * The first byte that is not blank tells which. A byte order mark before it is skipped. A `Decode` (format.ts).
 *
 * Records must be objects and pass JSON.parse, be UTF-8, and not be nested deeper than `MAX_NESTING`. Values are kept as
 * the source spells them. Of equal keys the last counts. A record that is broken is rejected up to the next line end,
 * where the decoder goes on: one broken line costs one record, whatever it leaves open. In an array without line ends,
 * a broken record and all behind it are rejected as one.
 *
 * Memory: a block of `blockBytes`, more only for a longer record (up to `maxRecordBytes`), and the cells of one batch.
 */
export async function* decodeJson(
  source: ByteSource,
  options: DecodeOptions,
  blockBytes: number = BLOCK_BYTES,
): AsyncGenerator<Batch> {
  const { fields, maxRecordBytes } = options;
  const position = readPosition(options.from, source.name);
  // One byte more than a record may have shows that it has too many; a rejected one must fill `RAW_LIMIT` to be cut.
  const maxBytes = Math.max(maxRecordBytes, RAW_LIMIT) + 1;
  const block = new BlockReader(source.stream(position.offset), position.offset, blockBytes, maxBytes);
  const batches = new BatchScanner(block, fields, maxRecordBytes, position);
  try {
    await batches.refill();
    for (;;) {
      const stop = batches.scan();
      if (stop === "more" && batches.isEmpty) {
        await batches.refill();
        continue;
      }
      if (stop === "skip") await batches.skipLine();
      const batch = batches.take();
      yield batch;
      if (batch.next === null) return;
      batches.begin();
      if (stop === "more") await batches.refill();
    }
  } finally {
    await block.close();
  }
}

function readPosition(from: DecoderPosition | undefined, name: string): JsonPosition {
  if (from === undefined) return { offset: 0, line: 1, place: "start" };
  const { offset, line, place } = from;
  const isLine = line === undefined || typeof line === "number";
  if (typeof offset !== "number" || !isLine || typeof place !== "string" || !isPlace(place)) {
    throw new FormatError(`Cannot go on with ${name}: ${JSON.stringify(from)} is not a place in JSON records.`);
  }
  return { offset, ...(line !== undefined && { line }), place };
}

function isPlace(text: string): text is Place {
  return Object.hasOwn(PLACES, text);
}
