import { TEXT } from "../batch/batch.ts";
import type { Batch, Column } from "../batch/batch.ts";
import { ABSENT, KIND } from "../batch/cell-kind.ts";
import type { FieldType } from "../batch/field-type.ts";
import { findMember, member } from "../batch/json-member.ts";
import { absentColumn } from "./absent-column.ts";
import type { BuilderPool } from "./builder-pool.ts";
import { isNested } from "./cell-text.ts";
import { copyCell, copySpan } from "./copy-cell.ts";
import { changeMembers } from "./field-change.ts";
import type { FieldChange } from "./field-change.ts";

/** Where a name leads in batches with the same fields. */
interface Place {
  /** The field of that name; -1 when there is none. */
  readonly field: number;
  /** The fields in whose objects the rest of a dotted name may be found, the longest name first. */
  readonly parents: readonly { readonly field: number; readonly path: Buffer }[];
}

/**
 * The fields of a batch while tasks are at work: found by name, changed, and joined by fields that tasks make.
 *
 * A dotted name is the field of that very name where the record has it, else a member of an object (json-member.ts).
 * Everything it hands out is valid until the next batch is loaded.
 */
export class FieldTable {
  /** The source's field names; the same array as long as they stay the same. */
  fields: readonly string[] = [];
  /** The source's columns, with the changes made so far. */
  columns: Column[] = [];
  #types: Batch["types"] = [];
  readonly #pool: BuilderPool;
  readonly #places = new Map<string, Place>();
  readonly #members = new Map<string, Column>();
  readonly #made = new Map<string, Column>();

  constructor(pool: BuilderPool) {
    this.#pool = pool;
  }

  load(batch: Batch): void {
    if (!sameNames(batch.fields, this.fields)) {
      this.fields = [...batch.fields];
      this.#places.clear();
    }
    this.columns = [...batch.columns];
    this.#types = batch.types;
    this.#members.clear();
    this.#made.clear();
  }

  /** A source field's values; a column without values when the source has no such field. */
  column(name: string, selection: Int32Array, count: number): Column {
    const { field, parents } = this.#placeOf(name);
    const literal = field < 0 ? absentColumn(selection.length) : this.columns[field]!;
    if (parents.length === 0 || !mayBeAbsent(literal, selection, count)) return literal;
    let column = this.#members.get(name);
    if (column === undefined) {
      column = this.#readMembers(literal, parents, selection, count);
      this.#members.set(name, column);
    }
    return column;
  }

  /** What the source declares the field of that very name to be. */
  type(name: string): FieldType | undefined {
    return this.#types[this.#placeOf(name).field];
  }

  made(name: string): Column {
    return this.#made.get(name)!;
  }

  setMade(name: string, column: Column): void {
    this.#made.set(name, column);
  }

  /** Changes a source field, every one of that name, and what a dotted name may mean within objects. */
  change(change: FieldChange, selection: Int32Array, count: number): void {
    this.fields.forEach((name, field) => {
      if (name !== change.field) return;
      this.columns[field] = change.column(this.columns[field]!, selection, count, this.#pool.lend());
    });
    for (const { field, path } of this.#placeOf(change.field).parents) {
      this.#changeMembers(change, this.fields[field]!, path, selection, count);
    }
    this.#members.clear();
  }

  #changeMembers(change: FieldChange, parent: string, path: Buffer, selection: Int32Array, count: number): void {
    this.fields.forEach((name, field) => {
      const column = this.columns[field]!;
      if (name !== parent || column.form !== TEXT) return;
      this.columns[field] = changeMembers(change, path, column, selection, count, this.#pool.lend());
    });
  }

  #readMembers(literal: Column, parents: Place["parents"], selection: Int32Array, count: number): Column {
    const builder = this.#pool.lend();
    const objects = parents.map(({ field, path }) => ({ column: this.columns[field]!, path }));
    for (let i = 0; i < count; i++) {
      const record = selection[i]!;
      if (literal.form === TEXT && (literal.kinds[record]! & KIND) !== ABSENT) copyCell(literal, record, builder);
      else for (const { column, path } of objects) if (copyMember(column, record, path, builder)) break;
    }
    return builder.column();
  }

  #placeOf(name: string): Place {
    let place = this.#places.get(name);
    if (place === undefined) {
      place = { field: this.fields.indexOf(name), parents: this.#parentsOf(name) };
      this.#places.set(name, place);
    }
    return place;
  }

  #parentsOf(name: string): Place["parents"] {
    return parentNames(name).flatMap((parent) => {
      const field = this.fields.indexOf(parent);
      return field < 0 ? [] : [{ field, path: Buffer.from(name.slice(parent.length + 1)) }];
    });
  }
}

/** The names whose objects may hold the field of a dotted name, the longest first: of `a.b.c`, `a.b` and `a`. */
export function parentNames(name: string): readonly string[] {
  const parents: string[] = [];
  for (let point = name.lastIndexOf("."); point >= 0; point = point === 0 ? -1 : name.lastIndexOf(".", point - 1)) {
    parents.push(name.slice(0, point));
  }
  return parents;
}

function mayBeAbsent(column: Column, selection: Int32Array, count: number): boolean {
  if (column.form !== TEXT) return false;
  for (let i = 0; i < count; i++) if ((column.kinds[selection[i]!]! & KIND) === ABSENT) return true;
  return false;
}

function copyMember(column: Column, record: number, path: Buffer, builder: Parameters<typeof copyCell>[2]): boolean {
  if (column.form !== TEXT || !isNested(column, record)) return false;
  if (!findMember(column.bytes, column.starts[record]!, path)) return false;
  copySpan(column, member.kind, member.start, member.end, record, builder);
  return true;
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((name, i) => name === b[i]));
}
