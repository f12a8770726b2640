import type { Column } from "../batch/batch.ts";
import { cellText } from "../batch/cell.ts";
import type { PartitionValues } from "../plan/run-plan.ts";
import { RunFailure } from "./run-failure.ts";

export interface RoutedRecords {
  readonly id: string;
  readonly values: PartitionValues;
  readonly selection: Int32Array;
  readonly count: number;
}

interface Group {
  readonly id: string;
  readonly values: PartitionValues;
  selection: Int32Array;
  count: number;
}

/** More values than this are taken for a mistake: every one is at least one object, and a name in memory. */
export const MAX_PARTITIONS = 50_000;

/** Records of a batch for which a partition has room at first, and at most from one batch to the next. */
const FIRST_ROOM = 4;
const KEPT_ROOM = 64;

/** Sorts a batch's records by the values of the partition fields. */
export class PartitionRouter {
  readonly #fields: readonly string[];
  readonly #groups = new Map<string, Group>();
  #touched: Group[] = [];

  constructor(fields: readonly string[]) {
    this.#fields = fields;
  }

  /** The groups that the selected records form, in the order of their first record. Valid until the next call. */
  route(
    fields: readonly string[],
    columns: readonly Column[],
    selection: Int32Array,
    count: number,
  ): readonly RoutedRecords[] {
    for (const group of this.#touched) forget(group);
    this.#touched = [];
    const keys = this.#fields.map((field) => columns[fields.indexOf(field)]);
    for (let i = 0; i < count; i++) {
      const record = selection[i]!;
      const group = this.#groupOf(keys, record);
      if (group.count === 0) this.#touched.push(group);
      if (group.count === group.selection.length) group.selection = grow(group.selection);
      group.selection[group.count++] = record;
    }
    return this.#touched;
  }

  #groupOf(keys: readonly (Column | undefined)[], record: number): Group {
    const values = keys.map((column) => (column === undefined ? null : cellText(column, record)));
    const id = partitionId(values);
    let group = this.#groups.get(id);
    if (group === undefined) {
      if (this.#groups.size === MAX_PARTITIONS) throw tooManyPartitions(this.#fields);
      const named = values.map((value, i) => ({ field: this.#fields[i]!, value }));
      group = { id, values: named, selection: new Int32Array(FIRST_ROOM), count: 0 };
      this.#groups.set(id, group);
    }
    return group;
  }
}

/** Lets go of much room, so that memory follows the batch and not the number of partitions that ever filled one. */
function forget(group: Group): void {
  group.count = 0;
  if (group.selection.length > KEPT_ROOM) group.selection = new Int32Array(FIRST_ROOM);
}

/** A text that no other values have. */
export function partitionId(values: readonly (string | null)[]): string {
  let id = "";
  for (const value of values) id += value === null ? "-" : `${value.length}:${value}`;
  return id;
}

function tooManyPartitions(fields: readonly string[]): RunFailure {
  return new RunFailure(
    `The partition fields \`${fields.join("`, `")}\` have more than ${MAX_PARTITIONS} different values. ` +
      "Partition by a field with fewer values, for example a date or a category.",
  );
}

function grow(selection: Int32Array): Int32Array {
  const larger = new Int32Array(selection.length * 4);
  larger.set(selection);
  return larger;
}
