import { BATCH_RECORDS } from "../batch/batch.ts";
import type { Column, RejectedRecord } from "../batch/batch.ts";
import { recordJson } from "../batch/cell.ts";
import type { DestinationCounts } from "../plan/run-counts.ts";
import type { PlannedOutput, RunPlan } from "../plan/run-plan.ts";
import type { Applied } from "../tasks/compile-tasks.ts";
import { absentColumn } from "../tasks/absent-column.ts";
import { createConverter } from "../tasks/convert.ts";
import type { Converter } from "../tasks/convert.ts";
import type { ClosedFile } from "./closed-file.ts";
import { DeferredRecords } from "./deferred-records.ts";
import type { EngineIo } from "./engine-io.ts";
import { ErrorWriter } from "./error-writer.ts";
import { FileWriter } from "./file-writer.ts";
import type { FileContext } from "./file-writer.ts";
import { PartitionRouter, partitionId } from "./partition-router.ts";
import { RunFailure } from "./run-failure.ts";

/** What one destination got, invisible until the run publishes it. */
export interface WrittenOutput {
  readonly data: readonly ClosedFile[];
  readonly errors: readonly ClosedFile[];
}

/**
 * Writes what the tasks kept to one destination. Without a partition task records go straight to the open file; with
 * one they wait, sorted, and the files are written one after the other at the end.
 */
export class OutputWriter {
  readonly #planned: PlannedOutput;
  readonly #io: EngineIo;
  readonly #context: FileContext;
  readonly #converter: Converter | undefined;
  readonly #router: PartitionRouter | undefined;
  readonly #deferred: DeferredRecords;
  readonly #direct: FileWriter;
  readonly #errors: ErrorWriter;
  #written = 0;
  #rejected = 0;
  /** How many closed files, of how many bytes, `counts` has seen. */
  readonly #counted = { files: 0, bytes: 0 };

  constructor(io: EngineIo, plan: RunPlan, output: number, partitionFields: readonly string[]) {
    this.#io = io;
    this.#planned = plan.outputs[output]!;
    this.#context = { io, plan, output, open: new Set(), closed: [], sequences: new Map() };
    this.#router = partitionFields.length > 0 ? new PartitionRouter(partitionFields) : undefined;
    this.#converter = converterFor(this.#planned);
    this.#deferred = new DeferredRecords(() => io.openScratch());
    this.#direct = new FileWriter(this.#context, [], partitionId([]));
    this.#errors = new ErrorWriter(io, plan, output);
  }

  /** `bytesWritten` is exact when the output is finished, and up to a few megabytes behind before. */
  get counts(): DestinationCounts {
    const { closed } = this.#context;
    while (this.#counted.files < closed.length) this.#counted.bytes += closed[this.#counted.files++]!.bytes;
    // Pieces are not yet at the destination.
    const bytesWritten = this.#planned.pieces === undefined ? this.#counted.bytes + this.#direct.openBytes : 0;
    return { written: this.#written, rejected: this.#rejected, bytesWritten };
  }

  /** Writes a batch's kept records. `offsets` says where each stands in `origin`. */
  async write(applied: Applied, origin: string, offsets: Float64Array): Promise<void> {
    const converted = this.#convert(applied, offsets);
    this.#written += converted.count;
    if (converted.rejected.length > 0) await this.#reject(converted.rejected, applied, origin, offsets);
    const { fields, columns, selection, count } = converted;
    if (count === 0) return;
    if (this.#router === undefined) return this.#direct.append(fields, columns, selection, count);
    const shape = this.#deferred.shapeOf(fields, columns);
    for (const group of this.#router.route(applied.fields, applied.columns, selection, count)) {
      await this.#deferred.add(group.id, group.values, shape, columns, group.selection, group.count);
    }
  }

  /** Writes records that could not be decoded to this destination's error file. They are not this destination's to count. */
  async writeUndecoded(rejected: readonly RejectedRecord[], origin: string): Promise<void> {
    for (const record of rejected) await this.#errors.add(origin, record);
  }

  /** Called between two source files: without aggregation, every source file has files of its own. */
  async endSourceFile(): Promise<void> {
    const { aggregation, targetFileBytes } = this.#planned.target;
    if (aggregation === "none" && targetFileBytes === undefined) await this.#closeFiles();
  }

  async finish(): Promise<WrittenOutput> {
    await this.#closeFiles();
    return { data: this.#context.closed, errors: await this.#errors.close() };
  }

  /** Throws all data away, so far as the store lets it, and ends the error file, or throws that away, too. */
  async abandon(keepErrors: boolean): Promise<WrittenOutput> {
    await Promise.allSettled([this.#deferred.clear()]);
    for (const file of this.#context.open) await Promise.allSettled([file.abort()]);
    for (const { upload } of this.#context.closed) await Promise.allSettled([this.#io.objects.abortUpload(upload)]);
    return { data: [], errors: keepErrors ? await this.#endErrors() : await this.#dropErrors() };
  }

  async #endErrors(): Promise<readonly ClosedFile[]> {
    try {
      return await this.#errors.close();
    } catch {
      // The run fails already, for a reason that says more than that its error file cannot be written either.
      return this.#dropErrors();
    }
  }

  async #dropErrors(): Promise<readonly ClosedFile[]> {
    await Promise.allSettled([this.#errors.abort()]);
    return [];
  }

  async #closeFiles(): Promise<void> {
    await this.#direct.close();
    for (const { id, values } of this.#deferred.partitions()) {
      const writer = new FileWriter(this.#context, values, id);
      for await (const { fields, columns, count } of this.#deferred.replay(id)) {
        await writer.append(fields, columns, everyRecord(count), count);
      }
      await writer.close();
    }
    await this.#deferred.clear();
  }

  #convert(applied: Applied, offsets: Float64Array): ConvertedRecords {
    const { fields: planned } = this.#planned;
    if (planned === undefined) return { ...applied, rejected: [] };
    // Source files may have other fields, or the same in another order: a fixed column gets its own by name.
    const fields = planned.map(({ name }) => name);
    const columns = fields.map((name) => applied.columns[applied.fields.indexOf(name)]);
    if (this.#converter !== undefined) {
      return { fields, ...this.#converter.convert(columns, applied.selection, applied.count, offsets) };
    }
    const present = columns.map((column) => column ?? absentColumn(offsets.length));
    return { fields, columns: present, selection: applied.selection, count: applied.count, rejected: [] };
  }

  async #reject(
    rejected: readonly RejectedRecord[],
    applied: Applied,
    origin: string,
    offsets: Float64Array,
  ): Promise<void> {
    this.#rejected += rejected.length;
    for (const record of rejected) {
      const row = offsets.indexOf(record.offset);
      await this.#errors.add(origin, record, recordJson(applied.fields, applied.columns, row));
    }
    if (this.#planned.failOnFirstError) {
      throw new RunFailure(
        `${rejected[0]!.message} (in ${origin}, at ${rejected[0]!.offset}). The flow ends at the first record that its destination rejects.`,
      );
    }
  }
}

interface ConvertedRecords {
  readonly fields: readonly string[];
  readonly columns: readonly Column[];
  readonly selection: Int32Array;
  readonly count: number;
  readonly rejected: readonly RejectedRecord[];
}

/** Only Parquet has typed fields. */
function converterFor({ target, fields }: PlannedOutput): Converter | undefined {
  if (target.format !== "parquet" || fields === undefined) return undefined;
  const types = fields.map(({ type }) => type);
  return createConverter(types, {
    names: fields.map(({ name }) => name),
    sourceTypes: fields.map(({ sourceType }) => sourceType),
  });
}

let identity = new Int32Array(0);

/** The selection of all of `count` records. */
function everyRecord(count: number): Int32Array {
  if (identity.length < count) identity = Int32Array.from({ length: Math.max(count, BATCH_RECORDS) }, (_, i) => i);
  return identity;
}
