import { DOUBLE, INT, LONG, TEXT } from "../batch/batch.ts";
import type { Batch, Column, RejectedRecord } from "../batch/batch.ts";
import { cellText } from "../batch/cell.ts";
import type { Window } from "../plan/run-plan.ts";
import type { PageVersion, VersionFields } from "../sdk/connector.ts";
import { moment, readCellInstant } from "../tasks/cell-instant.ts";
import { hashOf, VersionList } from "./versions.ts";
import type { VersionSet } from "./versions.ts";

/**
 * Lets through what an incremental run is to deliver: versions with a time in the window that no run has delivered
 * before. Notes those that later runs will be given again.
 */
export class WindowSieve {
  readonly #window: Window;
  readonly #fields: VersionFields | undefined;
  readonly #delivered: VersionSet;
  readonly #versions = new VersionList();

  /** `fields` is undefined where pages are versions: then every record passes. */
  constructor(window: Window, fields: VersionFields | undefined, delivered: VersionSet) {
    this.#window = window;
    this.#fields = fields;
    this.#delivered = delivered;
  }

  /** A page that is one version was read to its end. */
  notePage({ name, time }: PageVersion): void {
    if (time > this.#window.rememberAfter) this.#versions.add(name, time);
  }

  /** The versions that were noted, as bytes (versions.ts). */
  get versions(): Buffer {
    return this.#versions.bytes();
  }

  /**
   * The batch without the records that are not to be delivered, and with the first `fieldCount` fields only; undefined for
   * all. A record that does not say which version it is, or of when, is rejected.
   */
  sieve(batch: Batch, fieldCount: number | undefined): Batch {
    if (this.#fields === undefined) return batch;
    const [keys, versions, times] = [this.#fields.key, this.#fields.version, this.#fields.time].map(
      (field) => batch.columns[batch.fields.indexOf(field)],
    );
    const passed = new Int32Array(batch.count);
    const rejected: RejectedRecord[] = [];
    let count = 0;
    for (let record = 0; record < batch.count; record++) {
      const key = textOf(keys, record);
      const version = textOf(versions, record);
      if (key === null || version === null || times === undefined || !readCellInstant(times, record)) {
        rejected.push(this.#withoutVersion(batch.offsets[record]!));
      } else if (this.#passes(key, version)) passed[count++] = record;
    }
    const isWhole = count === batch.count && (fieldCount ?? batch.fields.length) === batch.fields.length;
    return isWhole ? batch : selectRecords(batch, passed.subarray(0, count), rejected, fieldCount);
  }

  /** The record's time is in `moment`. */
  #passes(key: string, version: string): boolean {
    const { since, after, to, rememberAfter } = this.#window;
    // Windows end at whole milliseconds: what is a little later is in the next one.
    const time = moment.ms * (this.#fields!.inSeconds === true ? 1000 : 1) + (moment.nanos > 0 ? 1 : 0);
    if (time <= after || time > to) return false;
    if (time > since && time <= rememberAfter) return true;
    const hash = hashOf(JSON.stringify([key, version]));
    if (time <= since && this.#delivered.hasHash(hash)) return false;
    if (time > rememberAfter) this.#versions.addHash(hash, time);
    return true;
  }

  #withoutVersion(offset: number): RejectedRecord {
    const { key, version, time } = this.#fields!;
    const message =
      `An incremental run knows records by \`${key}\`, \`${version}\` and the time in \`${time}\`; ` +
      "in this one a value is missing, or the time is none.";
    return { code: "MalformedRecord", message, offset };
  }
}

function textOf(column: Column | undefined, record: number): string | null {
  return column === undefined ? null : cellText(column, record);
}

function selectRecords(
  batch: Batch,
  records: Int32Array,
  rejected: readonly RejectedRecord[],
  fieldCount = batch.fields.length,
): Batch {
  return {
    ...batch,
    count: records.length,
    fields: batch.fields.slice(0, fieldCount),
    columns: batch.columns.slice(0, fieldCount).map((column) => selectCells(column, records)),
    types: batch.types.slice(0, fieldCount),
    offsets: Float64Array.from(records, (record) => batch.offsets[record]!),
    rejected: [...batch.rejected, ...rejected].sort((a, b) => a.offset - b.offset),
  };
}

function selectCells(column: Column, records: Int32Array): Column {
  const count = records.length;
  if (column.form === TEXT) {
    const kinds = pick(column.kinds, records, new Uint8Array(count));
    const starts = pick(column.starts, records, new Int32Array(count));
    return { ...column, kinds, starts, ends: pick(column.ends, records, new Int32Array(count)) };
  }
  const valid = pick(column.valid, records, new Uint8Array(count));
  switch (column.form) {
    case INT:
      return { ...column, valid, values: pick(column.values, records, new Int32Array(count)) };
    case DOUBLE:
      return { ...column, valid, values: pick(column.values, records, new Float64Array(count)) };
    case LONG: {
      const values = pick(column.values, records, new BigInt64Array(count));
      return { ...column, valid, values, words: new Int32Array(values.buffer) };
    }
  }
}

function pick<Values extends { [index: number]: number | bigint }>(
  from: Values,
  records: Int32Array,
  to: Values,
): Values {
  for (let i = 0; i < records.length; i++) to[i] = from[records[i]!]!;
  return to;
}
