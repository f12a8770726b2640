import type { Filter } from "../sdk/filter.ts";

/** One task of a flow, parsed. `index` is its place in the flow's list: messages and counters name it. */
export type Task =
  | ProjectTask
  | FilterTask
  | MapTask
  | MapAllTask
  | PassthroughTask
  | TruncateTask
  | MaskTask
  | ValidateTask
  | MergeTask
  | ArithmeticTask
  | PartitionTask;

interface TaskBase {
  readonly index: number;
}

/** Says which fields to read. */
export interface ProjectTask extends TaskBase {
  readonly type: "project";
  readonly fields: readonly string[];
}

export interface FilterTask extends TaskBase, Filter {
  readonly type: "filter";
}

/** Writes a source field under a name of its own. */
export interface MapTask extends TaskBase {
  readonly type: "map";
  readonly source: string;
  readonly target: string;
  /** SOURCE_DATA_TYPE and DESTINATION_DATA_TYPE as spelled: hints, used where the output is typed. */
  readonly sourceType: string | undefined;
  readonly targetType: string | undefined;
}

/** Writes every source field under its own name, but the excluded ones. */
export interface MapAllTask extends TaskBase {
  readonly type: "map-all";
  readonly exclude: readonly string[];
}

/** Writes the record as it is. */
export interface PassthroughTask extends TaskBase {
  readonly type: "passthrough";
}

/** Keeps the first characters of the field's text. */
export interface TruncateTask extends TaskBase {
  readonly type: "truncate";
  readonly field: string;
  readonly length: number;
}

export interface MaskTask extends TaskBase {
  readonly type: "mask";
  readonly field: string;
  readonly scheme: "all" | "first" | "last";
  /** `all`: how long the mask is (undefined: as long as the value). Otherwise how many characters are masked. */
  readonly length: number | undefined;
  readonly character: string;
}

export interface ValidateTask extends TaskBase {
  readonly type: "validate";
  readonly field: string;
  readonly rule: "non-null" | "non-zero" | "non-negative" | "numeric";
  readonly onFailure: "drop-record" | "end-run";
}

/** Joins fields to a new one, named `target`. */
export interface MergeTask extends TaskBase {
  readonly type: "merge";
  readonly fields: readonly string[];
  readonly target: string;
  readonly format: string | undefined;
}

/** Computes a new field, named `target`, from the fields left to right. */
export interface ArithmeticTask extends TaskBase {
  readonly type: "arithmetic";
  readonly operator: "add" | "subtract" | "multiply" | "divide";
  readonly fields: readonly string[];
  readonly target: string;
}

/** Sorts records into folders by the values of output fields. */
export interface PartitionTask extends TaskBase {
  readonly type: "partition";
  readonly fields: readonly string[];
}
