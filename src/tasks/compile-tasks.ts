import type { Batch, Column } from "../batch/batch.ts";
import type { FieldType } from "../batch/field-type.ts";
import { BuilderPool } from "./builder-pool.ts";
import type { FieldChange } from "./field-change.ts";
import { FieldTable, parentNames } from "./field-table.ts";
import { compileFilter } from "./filter.ts";
import type { RecordFilter } from "./filter.ts";
import { MadeFields } from "./made-fields.ts";
import type { FieldReference, MadeField } from "./made-fields.ts";
import { compileMask } from "./mask.ts";
import { OutputFields } from "./output-fields.ts";
import type { OutputPlan, PipelineOutput } from "./output-fields.ts";
import type { MaskTask, Task, ValidateTask } from "./task.ts";
import { compileTruncate } from "./truncate.ts";
import { compileValidate, describeInvalid, findInvalid } from "./validate.ts";

export type { PipelineOutput } from "./output-fields.ts";

/** A flow's tasks, ready for batches. It keeps buffers, so it works on one batch at a time. */
export interface Pipeline {
  /** The fields to read; undefined for all. A dotted name stands there with every name that it may begin with. */
  readonly reads: readonly string[] | undefined;
  /** The output fields when tasks alone fix them; undefined when they depend on what the source has. */
  readonly outputs: readonly PipelineOutput[] | undefined;
  /** The output fields by whose values records are sorted into folders, in order. */
  readonly partitionFields: readonly string[];
  /** The answer is valid until the next call, and no longer than the batch. */
  apply(batch: Batch): Applied;
  /** The output fields for a source with these fields. */
  outputsFor(sourceFields: readonly string[]): readonly PipelineOutput[];
}

/** What became of a batch. Kept and filtered records are all its records. */
export interface Applied {
  /** The same array as in the last answer when the fields are the same. */
  readonly fields: readonly string[];
  readonly columns: readonly Column[];
  /** What the values are known to be: declared by the source, or made so by a task. */
  readonly types: readonly (FieldType | undefined)[];
  /** The kept records, ascending. Other records' cells in `columns` mean nothing. */
  readonly selection: Int32Array;
  readonly count: number;
  /** How many records Filter and Validate tasks dropped. */
  readonly filtered: number;
  /** The same for each such task that has dropped any, by its place in the flow's list; the first that refuses counts. */
  readonly droppedByTask: ReadonlyMap<number, number>;
  /** How many values became null because they cannot be computed: division by zero, absurdly large numbers. */
  readonly dataErrors: number;
  /** Set when a record breaks a rule that ends the run. Nothing else here is to be used then. */
  readonly ended: EndedRun | undefined;
}

interface EndedRun {
  /** The task's place in the flow's list. */
  readonly task: number;
  readonly field: string;
  /** Where the record stands in the source (`Batch.offsets`). */
  readonly offset: number;
  readonly message: string;
}

/**
 * Puts a flow's tasks together. What a task does never depends on its place in the list; places only break ties between
 * tasks that say the same of the same field. Throws a `TaskError` for a task that cannot be carried out.
 */
export function compileTasks(tasks: readonly Task[]): Pipeline {
  return new TaskPipeline(tasks);
}

interface Sieve {
  readonly task: number;
  readonly field: string;
  readonly filter: RecordFilter;
}

class TaskPipeline implements Pipeline {
  readonly reads: readonly string[] | undefined;
  readonly outputs: readonly PipelineOutput[] | undefined;
  readonly partitionFields: readonly string[];
  readonly #sieves: readonly Sieve[];
  readonly #endingRules: readonly ValidateTask[];
  readonly #changes: readonly FieldChange[];
  readonly #made: readonly MadeField[];
  readonly #outputFields: OutputFields;
  readonly #pool = new BuilderPool();
  readonly #table = new FieldTable(this.#pool);
  /** The outputs for the source fields at hand, and their names. */
  #layout: { source: readonly string[]; plans: readonly OutputPlan[]; names: readonly string[] } | undefined;
  #selection = new Int32Array(0);

  constructor(tasks: readonly Task[]) {
    const made = new MadeFields(tasks);
    this.#sieves = compileSieves(tasks);
    this.#endingRules = tasks.filter((task) => task.type === "validate").filter((task) => task.onFailure === "end-run");
    this.#changes = compileChanges(tasks);
    this.#outputFields = new OutputFields(tasks, made);
    this.#made = made.inOrder(this.#outputFields.references.filter((from) => from.made).map(({ name }) => name));
    this.reads = this.#outputFields.needsAll ? undefined : this.#readsOf();
    this.outputs = this.#outputFields.fixed;
    this.partitionFields = [...new Set(tasks.flatMap((task) => (task.type === "partition" ? task.fields : [])))];
  }

  outputsFor(sourceFields: readonly string[]): readonly PipelineOutput[] {
    return this.#outputFields.of(sourceFields);
  }

  apply(batch: Batch): Applied {
    const table = this.#table;
    this.#pool.reset(batch.count);
    table.load(batch);
    const selection = this.#selectAll(batch.count);
    const droppedByTask = new Map<number, number>();
    let count = batch.count;
    for (const { task, field, filter } of this.#sieves) {
      const kept = filter.keep(table.column(field, selection, count), selection, count);
      if (kept < count) droppedByTask.set(task, count - kept);
      count = kept;
    }
    const ended = this.#findEnd(batch, count);
    for (const change of this.#changes) table.change(change, selection, count);
    const dataErrors = this.#makeFields(count);
    const { plans, names } = this.#layoutOf(table.fields);
    return {
      fields: names,
      columns: plans.map((plan) => this.#outputColumn(plan, count)),
      types: plans.map(({ madeType, place, from }) => madeType ?? this.#sourceType(batch, place, from)),
      selection,
      count,
      filtered: batch.count - count,
      droppedByTask,
      dataErrors,
      ended,
    };
  }

  /** Of the records that no task drops, the first that breaks a rule. */
  #findEnd(batch: Batch, count: number): EndedRun | undefined {
    let first = batch.count;
    let broken: ValidateTask | undefined;
    for (const rule of this.#endingRules) {
      const record = findInvalid(rule, this.#table.column(rule.field, this.#selection, count), this.#selection, count);
      if (record < 0 || record >= first) continue;
      first = record;
      broken = rule;
    }
    if (broken === undefined) return undefined;
    const offset = batch.offsets[first]!;
    return { task: broken.index, field: broken.field, offset, message: describeInvalid(broken) };
  }

  #makeFields(count: number): number {
    let errors = 0;
    for (const { target, maker, inputs } of this.#made) {
      const columns = inputs.map((input) => this.#column(input, count));
      const builder = this.#pool.lend();
      errors += maker.make(columns, this.#selection, count, builder);
      let column: Column = builder.column();
      for (const change of this.#changes) {
        if (change.field === target) column = change.column(column, this.#selection, count, this.#pool.lend());
      }
      this.#table.setMade(target, column);
    }
    return errors;
  }

  #outputColumn({ place, from }: OutputPlan, count: number): Column {
    return place === undefined ? this.#column(from, count) : this.#table.columns[place]!;
  }

  #column({ name, made }: FieldReference, count: number): Column {
    return made ? this.#table.made(name) : this.#table.column(name, this.#selection, count);
  }

  #sourceType(batch: Batch, place: number | undefined, { name, made }: FieldReference): FieldType | undefined {
    if (place !== undefined) return batch.types[place];
    return made ? undefined : this.#table.type(name);
  }

  #layoutOf(source: readonly string[]): { plans: readonly OutputPlan[]; names: readonly string[] } {
    if (this.#layout === undefined || this.#layout.source !== source) {
      const plans = this.#outputFields.of(source);
      const same = plans === this.#layout?.plans;
      this.#layout = { source, plans, names: same ? this.#layout!.names : plans.map(({ name }) => name) };
    }
    return this.#layout;
  }

  #selectAll(count: number): Int32Array {
    if (this.#selection.length < count) this.#selection = new Int32Array(count);
    for (let record = 0; record < count; record++) this.#selection[record] = record;
    return this.#selection;
  }

  #readsOf(): readonly string[] {
    const inputs = this.#made.flatMap((field) => field.inputs);
    const written = [...this.#outputFields.references, ...inputs].filter(({ made }) => !made);
    const tested = [...this.#sieves, ...this.#endingRules];
    const names = [...tested.map(({ field }) => field), ...written.map(({ name }) => name)];
    return [...new Set(names.flatMap((name) => [name, ...parentNames(name)]))];
  }
}

/** Filters first, then the rules that drop records; a record that one of them drops ends no run. */
function compileSieves(tasks: readonly Task[]): readonly Sieve[] {
  const filters = tasks.flatMap((task) =>
    task.type === "filter" ? [{ task: task.index, field: task.field, filter: compileFilter(task) }] : [],
  );
  const rules = tasks.flatMap((task) =>
    task.type === "validate" && task.onFailure === "drop-record"
      ? [{ task: task.index, field: task.field, filter: compileValidate(task) }]
      : [],
  );
  return [...filters, ...rules];
}

/** Truncate before Mask. Several masks of one field are put into an order that does not depend on the list. */
function compileChanges(tasks: readonly Task[]): readonly FieldChange[] {
  const masks = tasks.filter((task) => task.type === "mask").sort(byScheme);
  const truncates = tasks.filter((task) => task.type === "truncate");
  return [...truncates.map(compileTruncate), ...masks.map(compileMask)];
}

const SCHEMES: readonly MaskTask["scheme"][] = ["first", "last", "all"];

function byScheme(a: MaskTask, b: MaskTask): number {
  return (
    SCHEMES.indexOf(a.scheme) - SCHEMES.indexOf(b.scheme) ||
    (a.length ?? Infinity) - (b.length ?? Infinity) ||
    (a.character < b.character ? -1 : a.character > b.character ? 1 : 0)
  );
}
