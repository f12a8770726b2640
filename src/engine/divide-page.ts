import type { DecoderPosition } from "../batch/batch.ts";
import { detectCompression } from "../formats/decompress.ts";
import { rowGroupStarts } from "../formats/parquet/row-group-starts.ts";
import type { BytesPage, PageSection } from "../sdk/connector.ts";
import { decodePage } from "./read-batches.ts";
import { RunCancelled } from "./run-failure.ts";

/** Enough to know a compressed object by. */
const START_BYTES = 16;

/**
 * Divides an object into sections of about `sectionBytes` bytes or a little more, in their order: Parquet between row groups,
 * text where a decoder that reads it from its start has found a record to begin. Nothing less is sure: a line of a CSV
 * object may stand in a quoted cell, and a line of a JSON object in an object that goes over several. Compressed text has no places where
 * reading could begin.
 */
export async function* dividePage(
  page: BytesPage,
  sectionBytes: number,
  signal: AbortSignal,
): AsyncGenerator<PageSection> {
  let from: DecoderPosition | undefined;
  for await (const to of bordersOf(page, sectionBytes, signal)) {
    yield sectionOf(from, to);
    from = to;
  }
  yield sectionOf(from, undefined);
}

function sectionOf(from: DecoderPosition | undefined, to: DecoderPosition | undefined): PageSection {
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

async function* bordersOf(page: BytesPage, sectionBytes: number, signal: AbortSignal): AsyncGenerator<DecoderPosition> {
  let last = 0;
  for await (const { place, offset } of placesOf(page)) {
    if (signal.aborted) throw new RunCancelled();
    if (offset - last < sectionBytes) continue;
    yield place;
    last = offset;
  }
}

/** Places where a record begins, and how many bytes of the object are before each. */
async function* placesOf(
  page: BytesPage,
): AsyncGenerator<{ readonly place: DecoderPosition; readonly offset: number }> {
  const { body } = page;
  if (page.format.type === "parquet") yield* rowGroupStarts(body);
  else if (!(await isCompressed(page))) {
    // Whoever wants no fields gets no cells: that leaves the work of finding where records end.
    for await (const { next } of decodePage(page, [], undefined, { bytes: 0 })) {
      if (next !== null) yield { place: next, offset: next["offset"] as number };
    }
  }
}

async function isCompressed({ body }: BytesPage): Promise<boolean> {
  if (body.size === undefined) return true;
  return detectCompression(body.name, await body.read(0, Math.min(body.size, START_BYTES))) !== undefined;
}
