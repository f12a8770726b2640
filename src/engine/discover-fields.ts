import { TEXT } from "../batch/batch.ts";
import type { Column } from "../batch/batch.ts";
import { KIND, NULL, NUMBER } from "../batch/cell-kind.ts";
import { readParquetSchema } from "../formats/parquet/read-parquet-schema.ts";
import type { DiscoveredFields } from "../plan/run-plan.ts";
import type { Page, SourceQuery } from "../sdk/connector.ts";
import type { EngineIo } from "./engine-io.ts";
import { decodePage } from "./read-batches.ts";
import { RunCancelled } from "./run-failure.ts";
import { SeenValues } from "./seen-values.ts";

/**
 * Reads the source once to learn its fields, for outputs whose columns must be known before the first record: names in
 * the order first seen, and the narrowest type that holds every value exactly; undefined where that is text.
 *
 * CSV tells all in its header and Parquet in its schema, so only the start of such objects is read; JSON is read whole.
 */
export async function discoverFields(
  query: Omit<SourceQuery, "cursor" | "fields">,
  io: Pick<EngineIo, "source" | "objects" | "signal">,
): Promise<DiscoveredFields> {
  const seen = new Map<string, SeenValues>();
  const session = { objects: io.objects, signal: io.signal };
  for await (const page of io.source.read(session, { ...query, fields: undefined, cursor: undefined })) {
    if (io.signal.aborted) throw new RunCancelled();
    if ("body" in page && page.format.type === "parquet") {
      const { fields } = await readParquetSchema(page.body);
      for (const { name, type } of fields) valuesOf(name, seen).addDeclared(type);
    } else await observePage(page, seen, io.signal);
  }
  return { fields: Array.from(seen, ([name, values]) => ({ name, type: values.type() })) };
}

async function observePage(page: Page, seen: Map<string, SeenValues>, signal: AbortSignal): Promise<void> {
  const hasHeader = "body" in page && page.format.type === "csv";
  for await (const batch of decodePage(page, undefined, undefined, { bytes: 0 })) {
    if (signal.aborted) throw new RunCancelled();
    batch.fields.forEach((name, i) => observeCells(batch.columns[i]!, batch.count, valuesOf(name, seen)));
    if (hasHeader) break;
  }
}

function valuesOf(name: string, seen: Map<string, SeenValues>): SeenValues {
  let values = seen.get(name);
  if (values === undefined) seen.set(name, (values = new SeenValues()));
  return values;
}

function observeCells(column: Column, count: number, values: SeenValues): void {
  if (column.form !== TEXT) return values.addDeclared(column.type);
  const { kinds, starts, ends, bytes } = column;
  for (let record = 0; record < count; record++) {
    const kind = kinds[record]! & KIND;
    if (kind <= NULL) continue;
    if (kind === NUMBER) values.addNumber(bytes, starts[record]!, ends[record]!);
    else values.addKind(kind);
  }
}
