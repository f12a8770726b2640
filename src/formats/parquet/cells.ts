import type { Column, RejectCode } from "../../batch/batch.ts";
import type { PagePart } from "./page-part.ts";

/**
 * Some cells of one leaf, in arrays that are used again and again. Values are read close together, first to last; then
 * `spread` moves them apart to make room for the nulls. A dictionary is a `Cells` of its own, of which others copy.
 */
export interface Cells {
  /** The cells among the last read ones that cannot be had: their records are rejected. */
  readonly refused: readonly RefusedCell[];
  /** No cell that was read last has more bytes. */
  readonly largest: number;
  /** Reads the next `count` values as cells 0 to count - 1. */
  read(values: PagePart, count: number): void;
  /** Reads a dictionary: the same, for values of which each will be used many times. */
  readEntries(values: PagePart, count: number): void;
  /** Makes cells 0 to count - 1 the dictionary's entries that `indexes` names. */
  lookUp(dictionary: Cells, indexes: Int32Array, count: number): void;
  /** Moves the `present` values that were read to the cells whose level is `level`; the others are null. */
  spread(levels: Int32Array, level: number, count: number, present: number): void;
  /** The cells as a column. Valid until the next read. */
  column(): Column;
}

export interface RefusedCell {
  readonly cell: number;
  readonly code: RejectCode;
  readonly message: string;
}

/** Where refused values stand once nulls are between them. */
export function spreadRefused(refused: readonly RefusedCell[], levels: Int32Array, level: number): RefusedCell[] {
  const placed: RefusedCell[] = [];
  let value = 0;
  let next = 0;
  for (let cell = 0; next < refused.length; cell++) {
    if (levels[cell] !== level) continue;
    if (refused[next]!.cell === value) placed.push({ ...refused[next++]!, cell });
    value++;
  }
  return placed;
}

/** The refused entries of a dictionary, wherever `indexes` names them. */
export function lookUpRefused(dictionary: Cells, indexes: Int32Array, count: number): RefusedCell[] {
  const entries = new Map(dictionary.refused.map((entry) => [entry.cell, entry]));
  const found: RefusedCell[] = [];
  for (let cell = 0; cell < count; cell++) {
    const entry = entries.get(indexes[cell]!);
    if (entry !== undefined) found.push({ ...entry, cell });
  }
  return found;
}
