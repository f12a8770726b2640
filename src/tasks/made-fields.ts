import { compileArithmetic } from "./arithmetic.ts";
import type { FieldMaker } from "./field-maker.ts";
import { compileMerge } from "./merge.ts";
import { TaskError } from "./task-error.ts";
import type { ArithmeticTask, MergeTask, Task } from "./task.ts";

/** A name in a task: of a source field, or of a field that Merge or Arithmetic makes. */
export interface FieldReference {
  readonly name: string;
  readonly made: boolean;
}

/** A field that a task makes, and what from. */
export interface MadeField {
  readonly target: string;
  readonly task: MergeTask | ArithmeticTask;
  readonly maker: FieldMaker;
  readonly inputs: readonly FieldReference[];
}

/**
 * The fields that Merge and Arithmetic tasks make, by their targets; of two with the same target the later. An input is a
 * made field if there is one of that name, but for a task's own target, which is the source's field.
 */
export class MadeFields {
  readonly #fields = new Map<string, MadeField>();

  constructor(tasks: readonly Task[]) {
    const makers = tasks.filter((task) => task.type === "merge" || task.type === "arithmetic");
    const targets = new Set(makers.map((task) => task.target));
    for (const task of makers) {
      const { target, fields } = task;
      this.#fields.set(target, {
        target,
        task,
        maker: task.type === "merge" ? compileMerge(task) : compileArithmetic(task),
        inputs: fields.map((name) => ({ name, made: name !== target && targets.has(name) })),
      });
    }
  }

  reference(name: string): FieldReference {
    return { name, made: this.#fields.has(name) };
  }

  get(name: string): MadeField {
    return this.#fields.get(name)!;
  }

  /** The fields that nothing reads, but for those whose name says that a Map is to read it (`a,b`): they are outputs. */
  outputs(mapped: ReadonlySet<string>): readonly MadeField[] {
    const fields = [...this.#fields.values()];
    const read = new Set(fields.flatMap(({ inputs }) => inputs.filter(({ made }) => made).map(({ name }) => name)));
    return fields.filter(
      ({ target, task }) => !mapped.has(target) && !read.has(target) && target !== task.fields.join(","),
    );
  }

  /** The named fields and all that they are made from, inputs first. Throws a `TaskError` when one needs itself. */
  inOrder(names: readonly string[]): readonly MadeField[] {
    const ordered = new Set<MadeField>();
    const open = new Set<MadeField>();
    const visit = (name: string): void => {
      const field = this.get(name);
      if (ordered.has(field)) return;
      if (open.has(field)) {
        throw new TaskError(field.task.index, `\`${name}\` is made from itself, by way of another task's field.`);
      }
      open.add(field);
      for (const input of field.inputs) if (input.made) visit(input.name);
      ordered.add(field);
    };
    for (const name of names) visit(name);
    return [...ordered];
  }
}
