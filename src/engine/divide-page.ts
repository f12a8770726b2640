import type { DecoderPosition } from "../batch/batch.ts";
import { detectCompression } from "../formats/decompress.ts";
import { recordStarts } from "../formats/json/record-starts.ts";
import { rowGroupStarts } from "../formats/parquet/row-group-starts.ts";
import type { BytesPage, PageSection } from "../sdk/connector.ts";
import { decodePage } from "./read-batches.ts";
import { RunCancelled } from "./run-failure.ts";

/** Enough to know a compressed object by. */
const START_BYTES = 16;

/**
 * Divides an object into sections of about `sectionBytes` bytes or a little more, in their order: Parquet between row groups,
 * JSON where lines show that a record begins, of which only those near the borders are read; everything else
 * where a decoder that reads it from its start has found a record to begin. For CSV nothing less is sure: any line may stand
 * in a quoted cell, and only what comes before tells. Compressed text has no places where reading could begin.
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
  if (page.format.type !== "parquet" && (await isCompressed(page))) return;
  let last: DecoderPosition | undefined;
  if (page.format.type === "json") {
    const starts = recordStarts(page.body, sectionBytes);
    let next = await starts.next();
    for (; next.done !== true; next = await starts.next()) {
      if (signal.aborted) throw new RunCancelled();
      last = { ...next.value };
      yield last;
    }
    if (next.value) return;
  }
  let from = (last?.["offset"] ?? 0) as number;
  for await (const { place, offset } of placesOf(page, last)) {
    if (signal.aborted) throw new RunCancelled();
    if (offset - from < sectionBytes) continue;
    yield place;
    from = offset;
  }
}

/** Places where a record begins, and how many bytes of the object are before each. */
async function* placesOf(
  page: BytesPage,
  from: DecoderPosition | undefined,
): AsyncGenerator<{ readonly place: DecoderPosition; readonly offset: number }> {
  if (page.format.type === "parquet") return yield* rowGroupStarts(page.body);
  // Whoever wants no fields gets no cells: that leaves the work of finding where records end.
  for await (const { next } of decodePage(page, [], from, { bytes: 0 })) {
    if (next !== null) yield { place: next, offset: next["offset"] as number };
  }
}

async function isCompressed({ body }: BytesPage): Promise<boolean> {
  if (body.size === undefined) return true;
  return detectCompression(body.name, await body.read(0, Math.min(body.size, START_BYTES))) !== undefined;
}
