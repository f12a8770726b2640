import { STRING_TYPE } from "../batch/field-type.ts";
import type { FieldType } from "../batch/field-type.ts";
import type { MadeFields } from "./made-fields.ts";
import type { FieldReference } from "./made-fields.ts";
import type { MapTask, Task } from "./task.ts";

/** A field of the output records. */
export interface PipelineOutput {
  readonly name: string;
  /** The source fields from which its values come. */
  readonly sources: readonly string[];
  /** The Map task's SOURCE_DATA_TYPE and DESTINATION_DATA_TYPE, as spelled. */
  readonly sourceType: string | undefined;
  readonly targetType: string | undefined;
  /** The type that tasks give to the values, whatever the source's is; undefined when they keep the source's. */
  readonly madeType: FieldType | undefined;
}

/** An output, and the column that holds it. */
export interface OutputPlan extends PipelineOutput {
  readonly from: FieldReference;
  /** The field's place in the source when the output is that very field; undefined: look it up by name. */
  readonly place: number | undefined;
}

/**
 * Which fields the output has. Map tasks name them, in their order; of two with the same target the later. A field that
 * Merge or Arithmetic makes is an output of its own when nothing reads it.
 *
 * Map_all and Passthrough add every source field but the excluded ones. They come first, in the source's order; a Map
 * with the name of one of them takes its place. When no task says what to write, the projected fields are written, or
 * everything when nothing is projected.
 */
export class OutputFields {
  /** The outputs when tasks alone fix them; undefined when they depend on the source's fields. */
  readonly fixed: readonly OutputPlan[] | undefined;
  readonly #made: MadeFields;
  readonly #explicit: ReadonlyMap<string, OutputPlan>;
  readonly #changed: ReadonlySet<string>;
  readonly #excluded: ReadonlySet<string>;
  /** The source fields that are written under their own names. */
  readonly #own: "all" | "none" | ReadonlySet<string>;

  constructor(tasks: readonly Task[], made: MadeFields) {
    this.#made = made;
    this.#changed = new Set(
      tasks.flatMap((task) => (task.type === "mask" || task.type === "truncate" ? [task.field] : [])),
    );
    this.#excluded = new Set(tasks.flatMap((task) => (task.type === "map-all" ? task.exclude : [])));
    this.#explicit = this.#explicitOutputs(tasks.filter((task) => task.type === "map"));
    const writesAll = tasks.some((task) => task.type === "map-all" || task.type === "passthrough");
    this.#own = writesAll ? "all" : this.#explicit.size > 0 ? "none" : ownByProjection(tasks);
    this.fixed = this.#own === "none" ? [...this.#explicit.values()] : undefined;
  }

  /** All source fields are needed. */
  get needsAll(): boolean {
    return this.#own === "all";
  }

  /** Every source or made field that is written for certain. */
  get references(): readonly FieldReference[] {
    const own = typeof this.#own === "string" ? [] : Array.from(this.#own, (name) => ({ name, made: false }));
    return [...own, ...Array.from(this.#explicit.values(), ({ from }) => from)];
  }

  of(sourceFields: readonly string[]): readonly OutputPlan[] {
    if (this.fixed !== undefined) return this.fixed;
    const left = new Map(this.#explicit);
    const outputs: OutputPlan[] = [];
    sourceFields.forEach((name, place) => {
      const explicit = left.get(name);
      if (explicit !== undefined) outputs.push(explicit);
      else if (this.#isOwn(name)) outputs.push(this.#ownOutput(name, place));
      left.delete(name);
    });
    return [...outputs, ...left.values()];
  }

  #isOwn(name: string): boolean {
    if (this.#explicit.has(name) || this.#excluded.has(name)) return false;
    return typeof this.#own === "string" ? this.#own === "all" : this.#own.has(name);
  }

  #ownOutput(name: string, place: number): OutputPlan {
    return { ...this.#describe({ name, made: false }), name, sourceType: undefined, targetType: undefined, place };
  }

  #explicitOutputs(maps: readonly MapTask[]): ReadonlyMap<string, OutputPlan> {
    const outputs = new Map<string, OutputPlan>();
    for (const { source, target, sourceType, targetType } of maps) {
      outputs.set(target, { ...this.#describe(this.#made.reference(source)), name: target, sourceType, targetType });
    }
    for (const { target } of this.#made.outputs(new Set(maps.map(({ source }) => source)))) {
      if (outputs.has(target)) continue;
      const from = this.#made.reference(target);
      outputs.set(target, { ...this.#describe(from), name: target, sourceType: undefined, targetType: undefined });
    }
    return outputs;
  }

  #describe(from: FieldReference): Pick<OutputPlan, "from" | "sources" | "madeType" | "place"> {
    const madeType = this.#changed.has(from.name) ? STRING_TYPE : from.made ? this.#typeOf(from.name) : undefined;
    return { from, sources: this.#sourcesOf(from), madeType, place: undefined };
  }

  #typeOf(madeField: string): FieldType {
    return this.#made.get(madeField).task.type === "merge" ? STRING_TYPE : { name: "double" };
  }

  #sourcesOf({ name, made }: FieldReference): readonly string[] {
    if (!made) return [name];
    const fields = this.#made.inOrder([name]).flatMap(({ inputs }) => inputs.filter((input) => !input.made));
    return [...new Set(fields.map((input) => input.name))];
  }
}

function ownByProjection(tasks: readonly Task[]): "all" | ReadonlySet<string> {
  const projected = new Set(tasks.flatMap((task) => (task.type === "project" ? task.fields : [])));
  return projected.size === 0 ? "all" : projected;
}
