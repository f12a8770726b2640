import { isEmpty } from "../batch/cell.ts";
import { NON_ASCII, NULL } from "../batch/cell-kind.ts";
import type { ByteWriter } from "../batch/byte-writer.ts";
import { countCodePoints, skipCodePoints } from "../batch/string-text.ts";
import { appendText, isNested, readCellText, stringKind, text } from "./cell-text.ts";
import { changeCells, emptyKind } from "./field-change.ts";
import type { FieldChange } from "./field-change.ts";
import { TaskError } from "./task-error.ts";
import type { MaskTask } from "./task.ts";
import { joinFlags, textFlags } from "./text-flags.ts";

const MAX_LENGTH = 1_000_000;

/**
 * Hides characters (code points) of a field's text behind the mask's character. Null stays null; objects and arrays
 * become null, because their text would tell too much about them.
 */
export function compileMask(task: MaskTask): FieldChange {
  const { index, field, scheme, length, character } = task;
  if (length !== undefined && length > MAX_LENGTH) {
    throw new TaskError(index, `A MASK_LENGTH of ${length} on \`${field}\` is too much: at most ${MAX_LENGTH}.`);
  }
  const unit = Buffer.from(character);
  const unitFlags = textFlags(unit);
  const change: FieldChange = {
    field,
    column: (column, selection, count, builder) => changeCells(change, column, selection, count, builder),
    write(column, record, out) {
      if (isEmpty(column, record)) return emptyKind(column, record);
      if (isNested(column, record)) return NULL;
      readCellText(column, record);
      const start = out.length;
      if (scheme === "all") {
        appendRepeated(out, unit, length ?? countCharacters());
        return stringKind(out, start, unitFlags);
      }
      if (scheme === "first") writeMaskedFirst(out, unit, length ?? Infinity);
      else writeMaskedLast(out, unit, length ?? Infinity);
      return stringKind(out, start, joinFlags(text.flags, unitFlags));
    },
  };
  return change;
}

function writeMaskedFirst(out: ByteWriter, unit: Buffer, length: number): void {
  const masked = Math.min(length, countCharacters());
  appendRepeated(out, unit, masked);
  appendText(out, skipCharacters(masked), text.end);
}

function writeMaskedLast(out: ByteWriter, unit: Buffer, length: number): void {
  const characters = countCharacters();
  const masked = Math.min(length, characters);
  appendText(out, text.start, skipCharacters(characters - masked));
  appendRepeated(out, unit, masked);
}

function countCharacters(): number {
  const { bytes, start, end, flags } = text;
  return (flags & NON_ASCII) === 0 ? end - start : countCodePoints(bytes, start, end);
}

function skipCharacters(count: number): number {
  const { bytes, start, end, flags } = text;
  return (flags & NON_ASCII) === 0 ? start + count : skipCodePoints(bytes, start, end, count);
}

function appendRepeated(out: ByteWriter, unit: Buffer, times: number): void {
  out.reserve(unit.length * times);
  const { bytes } = out;
  let at = out.length;
  for (let i = 0; i < times; i++) for (let j = 0; j < unit.length; j++) bytes[at++] = unit[j]!;
  out.length = at;
}
