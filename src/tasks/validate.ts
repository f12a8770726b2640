import type { Column } from "../batch/batch.ts";
import { isEmpty } from "../batch/cell.ts";
import { readNumberText, text } from "./cell-text.ts";
import { digits, readDigits } from "./number-digits.ts";
import { cellFilter } from "./filter.ts";
import type { RecordFilter } from "./filter.ts";
import type { ValidateTask } from "./task.ts";

/** True when the value breaks the rule. Null breaks only `non-null`. */
type Check = (column: Column, record: number) => boolean;

interface Rule {
  readonly isBad: Check;
  readonly complaint: string;
}

const RULES: Readonly<Record<ValidateTask["rule"], Rule>> = {
  "non-null": { isBad: isEmpty, complaint: "is null or missing" },
  "non-zero": { isBad: (column, record) => readNumber(column, record) && digits.sign === 0, complaint: "is zero" },
  "non-negative": {
    isBad: (column, record) => readNumber(column, record) && digits.sign < 0,
    complaint: "is negative",
  },
  numeric: {
    isBad: (column, record) => !isEmpty(column, record) && !readNumber(column, record),
    complaint: "is not a number",
  },
};

/** Passes the records whose value keeps the rule. */
export function compileValidate(task: ValidateTask): RecordFilter {
  const { isBad } = RULES[task.rule];
  return cellFilter((column, record) => !isBad(column, record));
}

/** The first selected record whose value breaks the rule; -1 when there is none. */
export function findInvalid(task: ValidateTask, column: Column, selection: Int32Array, count: number): number {
  const { isBad } = RULES[task.rule];
  for (let i = 0; i < count; i++) if (isBad(column, selection[i]!)) return selection[i]!;
  return -1;
}

/** What is wrong with an invalid record. It leaves the value out, which the flow may mask. */
export function describeInvalid(task: ValidateTask): string {
  return `\`${task.field}\` ${RULES[task.rule].complaint}`;
}

function readNumber(column: Column, record: number): boolean {
  return readNumberText(column, record) && readDigits(text.bytes, text.start, text.end);
}
