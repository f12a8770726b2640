import type { TextColumn } from "../../batch/batch.ts";
import { NESTED, NON_ASCII } from "../../batch/cell-kind.ts";
import type { FieldType } from "../../batch/field-type.ts";
import { TextColumnBuilder } from "../../batch/text-column-builder.ts";
import type { RefusedCell } from "./cells.ts";
import type { FieldReader } from "./field-reader.ts";
import type { LeafReader } from "./leaf-reader.ts";
import { NestedLeaf, tooLarge } from "./nested-leaf.ts";
import { createShape, UnwritableRecord } from "./nested-shape.ts";
import type { Shape } from "./nested-shape.ts";
import { leavesOf, typeOf } from "./schema-tree.ts";
import type { SchemaNode } from "./schema-tree.ts";

const LETTER_N = 110;

/** A field that is a list, a map or a struct: a column of JSON text, in which every leaf's value is exact. */
export class NestedField implements FieldReader {
  readonly type: FieldType;
  readonly leaves: readonly LeafReader[];
  refused: RefusedCell[] = [];
  largest = 0;
  readonly #leaves: readonly NestedLeaf[];
  readonly #shape: Shape;
  readonly #builder = new TextColumnBuilder();
  /** Where the text of the record in hand begins. */
  #start = 0;

  constructor(node: SchemaNode, maxRecordBytes: number) {
    this.type = typeOf(node);
    const collectors = new Map(leavesOf(node).map((leaf) => [leaf, new NestedLeaf(leaf, maxRecordBytes)]));
    this.#leaves = [...collectors.values()];
    this.leaves = this.#leaves.map((leaf) => leaf.reader);
    this.#shape = createShape(
      node,
      (leaf) => collectors.get(leaf)!,
      (out) => {
        if (out.length - this.#start <= maxRecordBytes) return;
        const { code, message } = tooLarge(maxRecordBytes);
        throw new UnwritableRecord(code, message);
      },
    );
  }

  get available(): number {
    return Math.min(...this.#leaves.map((leaf) => leaf.available));
  }

  async start(skip: number): Promise<void> {
    for (const leaf of this.#leaves) leaf.start();
    for (let left = skip; left > 0;) {
      if (this.available === 0) await this.load();
      const step = Math.min(left, this.available);
      for (const leaf of this.#leaves) for (let r = 0; r < step; r++) leaf.take();
      left -= step;
    }
  }

  async load(): Promise<void> {
    await Promise.all(this.#leaves.filter((leaf) => leaf.available === 0).map((leaf) => leaf.load()));
  }

  read(count: number): TextColumn {
    this.refused = [];
    this.largest = 0;
    this.#builder.reset(count);
    for (let record = 0; record < count; record++) this.#readRecord(record);
    return this.#builder.column();
  }

  #readRecord(record: number): void {
    const { out } = this.#builder;
    this.#start = out.length;
    for (const leaf of this.#leaves) leaf.take();
    const problem = this.#leaves.find((leaf) => leaf.problem !== undefined)?.problem ?? this.#write();
    if (problem !== undefined) {
      this.refused.push({ cell: record, code: problem.code, message: problem.message });
      out.length = this.#start;
    } else if (out.bytes[this.#start] === LETTER_N) this.#builder.setNull(record);
    else this.#builder.setSpan(record, NESTED | NON_ASCII, this.#start);
    this.largest = Math.max(this.largest, out.length - this.#start);
  }

  /** Writes the record in hand; returns why it cannot be. */
  #write(): UnwritableRecord | undefined {
    try {
      this.#shape.write(this.#builder.out);
    } catch (error) {
      if (error instanceof UnwritableRecord) return error;
      throw error;
    }
    for (const leaf of this.#leaves) leaf.checkDone();
    return undefined;
  }
}
