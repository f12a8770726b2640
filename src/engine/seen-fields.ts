import { TEXT } from "../batch/batch.ts";
import type { Column } from "../batch/batch.ts";
import { KIND, NULL, NUMBER } from "../batch/cell-kind.ts";
import { readParquetSchema } from "../formats/parquet/read-parquet-schema.ts";
import type { Page, SampledField } from "../sdk/connector.ts";
import { decodePage } from "./read-batches.ts";
import { RunCancelled } from "./run-failure.ts";
import { SeenValues } from "./seen-values.ts";

/** The fields of pages, with what their values have in common. */
export class SeenFields {
  readonly #values = new Map<string, SeenValues>();

  /**
   * Adds a page's fields. CSV tells all in its header and Parquet in its schema, so only the start of such pages is read;
   * JSON is read whole, or only its first batch.
   */
  async add(page: Page, signal: AbortSignal, depth: "whole" | "first batch" = "whole"): Promise<void> {
    if ("body" in page && page.format.type === "parquet") {
      const { fields } = await readParquetSchema(page.body);
      for (const { name, type } of fields) this.#valuesOf(name).addDeclared(type);
      return;
    }
    const isEnough = depth === "first batch" || ("body" in page && page.format.type === "csv");
    for await (const batch of decodePage(page, undefined, undefined, { bytes: 0 })) {
      if (signal.aborted) throw new RunCancelled();
      batch.fields.forEach((name, i) => observeCells(batch.columns[i]!, batch.count, this.#valuesOf(name)));
      if (isEnough) break;
    }
  }

  /** In the order first seen. */
  fields(): readonly SampledField[] {
    return Array.from(this.#values, ([name, values]) => ({ name, type: values.type() }));
  }

  #valuesOf(name: string): SeenValues {
    let values = this.#values.get(name);
    if (values === undefined) this.#values.set(name, (values = new SeenValues()));
    return values;
  }
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
