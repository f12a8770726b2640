import { LONG, TEXT } from "../batch/batch.ts";
import type { BinaryColumn, Column } from "../batch/batch.ts";
import { hasMember } from "../batch/json-member.ts";
import type { FilterOperator } from "../sdk/filter.ts";
import { isNested, readCellText, text } from "./cell-text.ts";
import { EQUAL, GREATER, LESS, parseOperand, UNCOMPARABLE } from "./filter-operand.ts";
import type { Operand } from "./filter-operand.ts";
import { TaskError } from "./task-error.ts";
import type { FilterTask } from "./task.ts";

/** Decides which records go on, by the values of one field. */
export interface RecordFilter {
  /** Keeps the records that pass, in their order, at the front of the selection; answers how many they are. */
  keep(column: Column, selection: Int32Array, count: number): number;
}

/** A filter that looks at one cell after the other. */
export function cellFilter(passes: (column: Column, record: number) => boolean): RecordFilter {
  return {
    keep(column, selection, count) {
      let kept = 0;
      for (let i = 0; i < count; i++) {
        const record = selection[i]!;
        if (passes(column, record)) selection[kept++] = record;
      }
      return kept;
    },
  };
}

/** What a cell may be to a value for each operator to be satisfied, as a set of outcomes. */
const ACCEPTED: Readonly<Record<Exclude<FilterOperator, "between" | "contains">, number>> = {
  equal: EQUAL,
  // Null differs from every value: this is the only operator that it satisfies.
  "not-equal": LESS | GREATER | UNCOMPARABLE,
  less: LESS,
  "less-or-equal": LESS | EQUAL,
  greater: GREATER,
  "greater-or-equal": GREATER | EQUAL,
};

/** Throws a `TaskError` when a value is not of the task's DATA_TYPE. */
export function compileFilter(task: FilterTask): RecordFilter {
  const { index, field, operator, values } = task;
  if (values.length === 0) throw new TaskError(index, `The filter on \`${field}\` has no value. Give VALUE or VALUES.`);
  if (operator === "contains") return containsFilter(values);
  const operands = values.map((value) => operandOf(task, value));
  if (operator === "between") {
    if (operands.length !== 2) {
      const bounds = "a LOWER_BOUND and an UPPER_BOUND";
      throw new TaskError(index, `BETWEEN on \`${field}\` needs ${bounds}, not ${values.length} values.`);
    }
    return new ComparingFilter("all", testsOf(operands, [GREATER, LESS]));
  }
  return new ComparingFilter(operator === "not-equal" ? "all" : "any", testsOf(operands, [ACCEPTED[operator]]));
}

function operandOf({ index, field, dataType }: FilterTask, value: string): Operand {
  const operand = parseOperand(value, dataType);
  if (operand !== undefined) return operand;
  throw new TaskError(
    index,
    `The filter on \`${field}\` compares with \`${value}\`, which is no value of its DATA_TYPE \`${dataType}\`. ` +
      "Dates and instants are milliseconds since 1970 or ISO 8601.",
  );
}

interface Test {
  readonly operand: Operand;
  readonly accepted: number;
  /** False when the test before has read the cell in the same way. */
  readonly reads: boolean;
}

/** One test for each operand; the last set of accepted outcomes is for all that are left. */
function testsOf(operands: readonly Operand[], accepted: readonly number[]): readonly Test[] {
  return operands.map((operand, i) => ({
    operand,
    accepted: accepted[Math.min(i, accepted.length - 1)]!,
    reads: operand.read !== operands[i - 1]?.read,
  }));
}

class ComparingFilter implements RecordFilter {
  /** One test that ends so decides. */
  readonly #decisive: boolean;
  readonly #tests: readonly Test[];
  readonly #cells = cellFilter((column, record) => this.#passes(column, record));

  constructor(wanted: "all" | "any", tests: readonly Test[]) {
    this.#decisive = wanted === "any";
    this.#tests = tests;
  }

  keep(column: Column, selection: Int32Array, count: number): number {
    const numbers = column.form === TEXT ? [] : this.#tests.map(({ operand }) => operand.asNumber?.(column.type));
    if (column.form === TEXT || !numbers.every((number) => number !== undefined)) {
      return this.#cells.keep(column, selection, count);
    }
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const record = selection[i]!;
      const number = machineNumber(column, record);
      const isExact = column.form !== LONG || Number.isSafeInteger(number);
      if (isExact ? this.#passesNumber(number, numbers) : this.#passes(column, record)) selection[kept++] = record;
    }
    return kept;
  }

  #passes(column: Column, record: number): boolean {
    let comparable = false;
    for (const { operand, accepted, reads } of this.#tests) {
      if (reads) comparable = operand.read(column, record);
      const passed = ((comparable ? operand.compare() : UNCOMPARABLE) & accepted) !== 0;
      if (passed === this.#decisive) return passed;
    }
    return !this.#decisive;
  }

  /** The same for a machine number, when each operand is one. */
  #passesNumber(number: number, operands: readonly number[]): boolean {
    for (let t = 0; t < operands.length; t++) {
      const passed = (outcomeOf(number, operands[t]!) & this.#tests[t]!.accepted) !== 0;
      if (passed === this.#decisive) return passed;
    }
    return !this.#decisive;
  }
}

/** NaN for null. */
function machineNumber(column: BinaryColumn, record: number): number {
  if (column.valid[record] === 0) return Number.NaN;
  if (column.form !== LONG) return column.values[record]!;
  return column.words[record * 2 + 1]! * 4294967296 + (column.words[record * 2]! >>> 0);
}

function outcomeOf(number: number, operand: number): number {
  if (number < operand) return LESS;
  if (number > operand) return GREATER;
  return number === operand ? EQUAL : UNCOMPARABLE;
}

/** Text that holds a value, an array that has it as an element, or an object that has it as a key. */
function containsFilter(values: readonly string[]): RecordFilter {
  const wanted = values.map((value) => Buffer.from(value));
  return cellFilter((column, record) => {
    if (!readCellText(column, record)) return false;
    const { bytes, start, end } = text;
    const nested = isNested(column, record);
    for (const value of wanted) {
      if (nested ? hasMember(bytes, start, value) : hasSubstring(bytes, start, end, value)) return true;
    }
    return false;
  });
}

/** Beyond this a native search is worth the view that it needs. */
const SHORT_TEXT = 256;

function hasSubstring(bytes: Buffer, start: number, end: number, wanted: Buffer): boolean {
  if (wanted.length === 0) return true;
  if (end - start > SHORT_TEXT) return bytes.subarray(start, end).includes(wanted);
  const lead = wanted[0]!;
  for (let at = start; at <= end - wanted.length; at++) {
    if (bytes[at] === lead && startsWith(bytes, at, wanted)) return true;
  }
  return false;
}

function startsWith(bytes: Buffer, at: number, wanted: Buffer): boolean {
  for (let i = 1; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}
