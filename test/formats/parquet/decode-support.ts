import { DuckDBInstance } from "@duckdb/node-api";
import type { DuckDBConnection } from "@duckdb/node-api";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Batch, Column, RejectedRecord } from "../../../src/batch/batch.ts";
import { ABSENT } from "../../../src/batch/cell-kind.ts";
import { cellKind, cellText } from "../../../src/batch/cell.ts";
import type { DecodeOptions } from "../../../src/formats/format.ts";
import { decodeParquet } from "../../../src/formats/parquet/decode-parquet.ts";
import type { ByteSource } from "../../../src/sdk/byte-source.ts";

/** What a source was asked for, so that tests can see how little. */
export interface MemorySource extends ByteSource {
  readonly reads: { readonly from: number; readonly length: number }[];
}

export function memorySource(bytes: Uint8Array, name = "memory.parquet"): MemorySource {
  const reads: { from: number; length: number }[] = [];
  return {
    name,
    size: bytes.length,
    reads,
    async *stream(from = 0) {
      yield bytes.slice(from);
    },
    async read(from, length, into = new Uint8Array(length)) {
      reads.push({ from, length });
      if (from + length > bytes.length) throw new Error(`There are no ${length} bytes at ${from} of ${name}.`);
      into.set(bytes.subarray(from, from + length));
      return into.subarray(0, length);
    },
  };
}

export interface Decoded {
  readonly fields: readonly string[];
  readonly types: Batch["types"];
  /** Every record's cells as text; null where there is none, undefined where the record has no such field. */
  readonly records: (string | null | undefined)[][];
  readonly offsets: number[];
  readonly rejected: RejectedRecord[];
  readonly counts: number[];
  readonly nexts: Batch["next"][];
}

export async function decodeAll(
  bytes: Uint8Array | ByteSource,
  options: Partial<DecodeOptions> = {},
): Promise<Decoded> {
  const source = bytes instanceof Uint8Array ? memorySource(bytes) : bytes;
  const all: Decoded = {
    fields: [],
    types: [],
    records: [],
    offsets: [],
    rejected: [],
    counts: [],
    nexts: [],
  };
  for await (const batch of decodeParquet(source, { maxRecordBytes: 1 << 24, ...options })) {
    Object.assign(all, { fields: batch.fields, types: batch.types });
    for (let r = 0; r < batch.count; r++) {
      all.records.push(batch.columns.map((column) => (isAbsent(column, r) ? undefined : cellText(column, r))));
      all.offsets.push(batch.offsets[r]!);
    }
    all.rejected.push(...batch.rejected);
    all.counts.push(batch.count);
    all.nexts.push(batch.next);
  }
  return all;
}

function isAbsent(column: Column, record: number): boolean {
  return cellKind(column, record) === ABSENT;
}

/** DuckDB, and a folder for its files. */
export class Duck {
  readonly #connection: DuckDBConnection;
  readonly #folder: string;
  #files = 0;

  constructor(connection: DuckDBConnection, folder: string) {
    this.#connection = connection;
    this.#folder = folder;
  }

  static async open(): Promise<Duck> {
    const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
    return new Duck(await instance.connect(), await mkdtemp(join(tmpdir(), "decode-parquet-")));
  }

  async close(): Promise<void> {
    this.#connection.closeSync();
    await rm(this.#folder, { recursive: true });
  }

  async run(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }

  /** What the query answers, every value as text. */
  async texts(sql: string): Promise<(string | null)[][]> {
    const answer = await this.#connection.runAndReadAll(`SELECT COLUMNS(*)::VARCHAR FROM (${sql})`);
    return answer.getRows() as (string | null)[][];
  }

  /** What the query answers, as a Parquet file. */
  async write(sql: string, options = ""): Promise<{ bytes: Buffer; path: string }> {
    const path = this.path();
    await this.#connection.run(`COPY (${sql}) TO '${path}' (FORMAT parquet${options === "" ? "" : `, ${options}`})`);
    return { bytes: await readFile(path), path };
  }

  /** Bytes as a file that DuckDB can read. */
  async keep(bytes: Uint8Array): Promise<string> {
    const path = this.path();
    await writeFile(path, bytes);
    return path;
  }

  /** A name for a file that does not exist. */
  path(): string {
    return join(this.#folder, `${this.#files++}.parquet`);
  }
}
