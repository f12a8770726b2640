import type { RejectedRecord } from "../batch/batch.ts";
import { createRecordDigest } from "../formats/record-digest.ts";
import type { RunPlan } from "../plan/run-plan.ts";
import type { ClosedFile } from "./closed-file.ts";
import type { EngineIo } from "./engine-io.ts";
import { UploadFile } from "./upload-file.ts";

/**
 * Writes one destination's rejected records as JSON lines: `errorCode`, `errorMessage`, the source object and the place
 * in it, the flow and the run, and the record itself, as `record` when its fields are known, else as `raw` text.
 *
 * A flow that masks fields never shows what it hides here: what could not be decoded is left out of the line, and is to
 * be looked up at its place in the source.
 */
export class ErrorWriter {
  readonly #io: EngineIo;
  readonly #plan: RunPlan;
  readonly #output: number;
  readonly #hidesRaw: boolean;
  #file: UploadFile | undefined;

  constructor(io: EngineIo, plan: RunPlan, output: number) {
    this.#io = io;
    this.#plan = plan;
    this.#output = output;
    this.#hidesRaw = plan.tasks.some((task) => task.type === "mask");
  }

  /** `record`: the record as JSON text, as the destination would have got it. */
  async add(origin: string, rejected: RejectedRecord, record?: string): Promise<void> {
    const { errors } = this.#plan.outputs[this.#output]!;
    if (errors === undefined) return;
    this.#file ??= await UploadFile.open(this.#io.objects, {
      bucket: errors.bucket,
      key: this.#io.errorKey(this.#plan, this.#output),
      contentType: "application/json",
      digest: createRecordDigest("json"),
    });
    this.#file.out.append(Buffer.from(this.#line(origin, rejected, record)));
    this.#file.records++;
    await this.#file.drain();
  }

  async close(): Promise<readonly ClosedFile[]> {
    return this.#file === undefined ? [] : [await this.#file.close()];
  }

  /** Throws the file away. */
  async abort(): Promise<void> {
    await this.#file?.abort();
  }

  #line(origin: string, { raw, rawTruncated, ...rejected }: RejectedRecord, record: string | undefined): string {
    const line = JSON.stringify({
      errorCode: rejected.code,
      errorMessage: rejected.message,
      source: origin,
      offset: rejected.offset,
      line: rejected.line,
      task: rejected.task,
      field: rejected.field,
      flowName: this.#plan.flow,
      executionId: this.#plan.runId,
      raw: this.#hidesRaw ? undefined : raw,
      rawTruncated: this.#hidesRaw ? undefined : rawTruncated,
    });
    // The record's text goes in as it is: parsing it would round its numbers.
    return record === undefined ? `${line}\n` : `${line.slice(0, -1)},"record":${record}}\n`;
  }
}
