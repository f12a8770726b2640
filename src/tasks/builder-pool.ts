import { TextColumnBuilder } from "../batch/text-column-builder.ts";

/** Lends column builders for the length of a batch. The same order of asking gets the same builders, warm and large enough. */
export class BuilderPool {
  readonly #builders: TextColumnBuilder[] = [];
  #lent = 0;
  #count = 0;

  /** Takes all builders back, for a batch of `count` records. */
  reset(count: number): void {
    this.#lent = 0;
    this.#count = count;
  }

  /** An empty builder. */
  lend(): TextColumnBuilder {
    if (this.#lent === this.#builders.length) this.#builders.push(new TextColumnBuilder());
    const builder = this.#builders[this.#lent++]!;
    builder.reset(this.#count);
    return builder;
  }
}
