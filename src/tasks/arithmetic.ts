import type { Column } from "../batch/batch.ts";
import { isEmpty } from "../batch/cell.ts";
import { NUMBER } from "../batch/cell-kind.ts";
import { decimal, POWERS_OF_TEN, writeDecimal } from "../batch/number-text.ts";
import type { TextColumnBuilder } from "../batch/text-column-builder.ts";
import {
  addDecimals,
  bigDecimalText,
  divideDecimals,
  multiplyDecimals,
  readBigDecimal,
  subtractDecimals,
} from "./big-decimal.ts";
import type { BigDecimal } from "./big-decimal.ts";
import { readCellDecimal } from "./cell-decimal.ts";
import { readNumberText, text } from "./cell-text.ts";
import type { FieldMaker } from "./field-maker.ts";
import { TaskError } from "./task-error.ts";
import type { ArithmeticTask } from "./task.ts";

type Operator = ArithmeticTask["operator"];

/** Room for any result of the fast way: a sign, 16 digits or zeros, a point, 22 decimals. */
const SMALL_TEXT_ROOM = 48;
const MAX_SCALE = POWERS_OF_TEN.length - 1;

/**
 * Computes with decimals, never rounding a sum, a difference or a product; a quotient has 15 significant digits. More
 * than two fields are taken from left to right. A null or a text that is no number makes the result null, and so does a
 * division by zero or a number too large to compute with: those two are counted as errors.
 */
export function compileArithmetic({ index, operator, fields, target }: ArithmeticTask): FieldMaker {
  if (fields.length === 0)
    throw new TaskError(index, `The arithmetic for \`${target}\` names no fields to compute with.`);
  return {
    make(columns, selection, count, builder) {
      const { out } = builder;
      let errors = 0;
      for (let i = 0; i < count; i++) {
        const record = selection[i]!;
        if (computeSmall(operator, columns, record)) {
          const start = out.length;
          out.reserve(SMALL_TEXT_ROOM);
          out.length = writeDecimal(out.view, start, result.mantissa, result.scale);
          builder.setSpan(record, NUMBER, start);
        } else if (!computeBig(operator, columns, record, builder)) errors++;
      }
      return errors;
    },
  };
}

/** mantissa / 10^scale, without zeros at the end. */
const result = { mantissa: 0, scale: 0 };

/** Computes with doubles that are integers, as long as nothing leaves 53 bits: nearly always. False otherwise. */
function computeSmall(operator: Operator, columns: readonly Column[], record: number): boolean {
  for (let i = 0; i < columns.length; i++) {
    if (!readCellDecimal(columns[i]!, record)) return false;
    const { mantissa, scale } = decimal;
    if (i === 0) {
      result.mantissa = mantissa;
      result.scale = scale;
    } else if (!combineSmall(operator, mantissa, scale)) return false;
  }
  while (result.scale > 0 && result.mantissa % 10 === 0) {
    result.mantissa /= 10;
    result.scale--;
  }
  return true;
}

function combineSmall(operator: Operator, mantissa: number, scale: number): boolean {
  switch (operator) {
    case "add":
      return addSmall(mantissa, scale);
    case "subtract":
      return addSmall(-mantissa, scale);
    case "multiply":
      return setSmall(result.mantissa * mantissa, result.scale + scale);
    case "divide":
      return divideSmall(mantissa, scale);
  }
}

function addSmall(mantissa: number, scale: number): boolean {
  const common = Math.max(result.scale, scale);
  const a = result.mantissa * POWERS_OF_TEN[common - result.scale]!;
  const b = mantissa * POWERS_OF_TEN[common - scale]!;
  return Number.isSafeInteger(a) && Number.isSafeInteger(b) && setSmall(a + b, common);
}

/** Only divisions without a remainder; the others need more digits than fit. */
function divideSmall(mantissa: number, scale: number): boolean {
  const dividend = result.mantissa * POWERS_OF_TEN[Math.max(0, scale - result.scale)]!;
  if (mantissa === 0 || !Number.isSafeInteger(dividend) || dividend % mantissa !== 0) return false;
  const quotient = dividend / mantissa;
  return Math.abs(quotient) < 1e15 && setSmall(quotient, Math.max(0, result.scale - scale));
}

/** A product or sum of integers that is a safe integer is exact: a rounded one would not be safe. */
function setSmall(mantissa: number, scale: number): boolean {
  result.mantissa = mantissa;
  result.scale = scale;
  return Number.isSafeInteger(mantissa) && scale <= MAX_SCALE;
}

/** Computes with integers of any length; false when there is an error to count. */
function computeBig(
  operator: Operator,
  columns: readonly Column[],
  record: number,
  builder: TextColumnBuilder,
): boolean {
  builder.setNull(record);
  for (const column of columns) if (isEmpty(column, record)) return true;
  const operands: BigDecimal[] = [];
  for (const column of columns) {
    const operand = readNumberText(column, record) ? readBigDecimal(text.bytes, text.start, text.end) : undefined;
    if (operand === undefined || operand === null) return operand !== null;
    operands.push(operand);
  }
  let value = operands[0]!;
  for (const operand of operands.slice(1)) {
    const next = COMBINE[operator](value, operand);
    if (next === null) return false;
    value = next;
  }
  builder.setText(record, bigDecimalText(value), NUMBER);
  return true;
}

const COMBINE: Readonly<Record<Operator, (a: BigDecimal, b: BigDecimal) => BigDecimal | null>> = {
  add: addDecimals,
  subtract: subtractDecimals,
  multiply: multiplyDecimals,
  divide: divideDecimals,
};
