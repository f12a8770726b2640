import type { Column } from "../batch/batch.ts";
import type { Encoder } from "../formats/format.ts";
import { createRecordDigest } from "../formats/record-digest.ts";
import { createCsvEncoder } from "../formats/csv/encode-csv.ts";
import { createJsonEncoder } from "../formats/json/encode-json.ts";
import type { JsonEncoder } from "../formats/json/encode-json.ts";
import { createParquetEncoder } from "../formats/parquet/encode-parquet.ts";
import type { PartitionValues, PlannedOutput, RunPlan } from "../plan/run-plan.ts";
import type { ClosedFile } from "./closed-file.ts";
import type { EngineIo } from "./engine-io.ts";
import { UploadFile } from "./upload-file.ts";

/**
 * A file's size is looked at whenever its number of records is a multiple of this: often enough to hit the target, and
 * at places that do not depend on how the records were cut into batches.
 */
const RECORDS_BETWEEN_SIZE_CHECKS = 64;

export const CONTENT_TYPES: Readonly<Record<PlannedOutput["target"]["format"], string>> = {
  json: "application/json",
  csv: "text/csv",
  parquet: "application/vnd.apache.parquet",
};

/** What the files of one destination share. */
export interface FileContext {
  readonly io: EngineIo;
  readonly plan: RunPlan;
  /** The destination's place in the flow's list. */
  readonly output: number;
  /** Every file that is not written whole, so that a run that fails can throw it away. */
  readonly open: Set<UploadFile>;
  /** Every file that is written whole. */
  readonly closed: ClosedFile[];
  /** The number of the next file of each partition, by the partition's id. */
  readonly sequences: Map<string, number>;
}

/** Writes the records of one partition to one file after another. */
export class FileWriter {
  readonly #context: FileContext;
  readonly #planned: PlannedOutput;
  readonly #partition: PartitionValues;
  readonly #partitionId: string;
  #file: UploadFile | undefined;
  #encoder: Encoder | undefined;
  /** The fields that a JSON file's encoder is set to, when records decide them. */
  #fields: readonly string[] | undefined;

  constructor(context: FileContext, partition: PartitionValues, partitionId: string) {
    this.#context = context;
    this.#planned = context.plan.outputs[context.output]!;
    this.#partition = partition;
    this.#partitionId = partitionId;
  }

  /** Bytes in the file that is open. */
  get openBytes(): number {
    return this.#file === undefined ? 0 : this.#file.bytes;
  }

  /** Appends the records `selection[0 .. count)`. */
  async append(
    fields: readonly string[],
    columns: readonly Column[],
    selection: Int32Array,
    count: number,
  ): Promise<void> {
    const target = this.#planned.target.targetFileBytes;
    let from = 0;
    while (from < count) {
      const file = (this.#file ??= await this.#open());
      const encoder = this.#encoderFor(fields);
      const step = target === undefined ? count - from : stepToSizeCheck(file.records, count - from);
      encoder.append(columns, selection, from, from + step, file.out);
      file.digest.addRecords(columns, selection, from, from + step);
      file.records += step;
      from += step;
      await file.drain();
      const atCheck = target !== undefined && file.records % RECORDS_BETWEEN_SIZE_CHECKS === 0;
      if (atCheck && file.bytes + encoder.heldBytes >= target) await this.close();
    }
  }

  /** Ends the open file, if there is one. The next record begins another. */
  async close(): Promise<void> {
    if (this.#file === undefined) return;
    this.#encoder!.finish(this.#file.out);
    const file = await this.#file.close();
    this.#context.closed.push(this.#planned.pieces === undefined ? file : { ...file, partition: this.#partition });
    this.#context.open.delete(this.#file);
    this.#file = undefined;
    this.#encoder = undefined;
  }

  async #open(): Promise<UploadFile> {
    const { io, plan, output, sequences } = this.#context;
    const sequence = sequences.get(this.#partitionId) ?? 0;
    sequences.set(this.#partitionId, sequence + 1);
    const { target, pieces, fields = [] } = this.#planned;
    const types = fields.map(({ type }) => type);
    const file = await UploadFile.open(io.objects, {
      bucket: (pieces ?? target).bucket,
      key: io.dataKey(plan, output, this.#partition, sequence),
      contentType: CONTENT_TYPES[target.format],
      digest: createRecordDigest(target.format, types),
    });
    this.#context.open.add(file);
    return file;
  }

  #encoderFor(fields: readonly string[]): Encoder {
    if (this.#encoder === undefined) {
      this.#encoder = createEncoder(this.#planned);
      this.#fields = undefined;
    }
    if (this.#planned.fields === undefined && this.#fields !== fields) {
      (this.#encoder as JsonEncoder).setFields(fields);
      this.#fields = fields;
    }
    return this.#encoder;
  }
}

function stepToSizeCheck(records: number, left: number): number {
  return Math.min(left, RECORDS_BETWEEN_SIZE_CHECKS - (records % RECORDS_BETWEEN_SIZE_CHECKS));
}

function createEncoder({ target, fields = [] }: PlannedOutput): Encoder {
  const names = fields.map((field) => field.name);
  switch (target.format) {
    case "json":
      return createJsonEncoder(names);
    case "csv":
      return createCsvEncoder(names);
    case "parquet":
      return createParquetEncoder(fields, { codec: "snappy" });
  }
}
