import * as fc from "fast-check";
import type { Batch, Column } from "../../src/batch/batch.ts";
import type { FieldType } from "../../src/batch/field-type.ts";
import type { Task } from "../../src/tasks/task.ts";
import { batchOf, binaryColumn, textColumn } from "../support/batches.ts";
import type { Cell } from "../support/batches.ts";
import { listed } from "../support/tasks.ts";
import type { Unlisted } from "../support/tasks.ts";
import type { Value } from "./naive-values.ts";

/* Random flows and random batches for them, few names and values, so that they meet. */

const FIELDS = ["a", "b", "c", "o", "o.k", "__proto__", ""];
const WORDS = [
  "",
  "a",
  "abc",
  "ab\u{1f600}é",
  'q"\\\n,',
  "true",
  "FALSE",
  "0",
  "-1",
  "12.50",
  "1e3",
  "007",
  "x".repeat(300),
];
const INSTANTS = ["2026-01-01", "2026-01-01T00:00:00.000Z", "2025-12-31T23:59:59.999Z", "1767225600000"];
const NUMBERS = ["0", "-0", "1", "10", "10.0", "1e1", "0.1", "9007199254740993", "-1.5e-7", "12345678901234567890.5"];
const NESTED = [
  "{}",
  "[]",
  '{"k":"abc"}',
  '{"k":null}',
  '{"k":12,"l":[1]}',
  '{"k":{"k":1}}',
  '["a",1,null]',
  '{"a":"\\né"}',
];

const field = fc.constantFrom(...FIELDS);
const word = fc.oneof(fc.constantFrom(...WORDS, ...INSTANTS), fc.string({ maxLength: 5, unit: "grapheme" }));
const numberText = fc.oneof(fc.constantFrom(...NUMBERS), fc.integer({ min: -20, max: 20 }).map(String));

const anyValue: fc.Arbitrary<Value | undefined> = fc.oneof(
  { weight: 4, arbitrary: word },
  { weight: 3, arbitrary: numberText.map((text) => ({ number: text })) },
  { weight: 2, arbitrary: fc.constantFrom(...NESTED).map((text) => ({ json: text })) },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.constantFrom(null, undefined) },
);

/** Makes a column of so many cells. */
type ColumnMaker = (count: number) => fc.Arbitrary<Column>;

function batchesOf(...makers: readonly ColumnMaker[]): fc.Arbitrary<Batch> {
  return fc.tuple(fc.integer({ min: 1, max: 8 }), fc.uniqueArray(field)).chain(([count, names]) => {
    const column = fc.oneof(...makers.map((make) => make(count)));
    return fc
      .tuple(...names.map((name) => fc.tuple(fc.constant(name), column)))
      .map((fields) => batchOf(fields, count));
  });
}

/** Strings as a format wraps them. */
function texts(value: fc.Arbitrary<Value | undefined>, wrap: (text: string) => Cell): ColumnMaker {
  const cell = value.map((plain) => (typeof plain === "string" ? wrap(plain) : plain));
  return (count) => fc.array(cell, { minLength: count, maxLength: count }).map(textColumn);
}

function machineNumbers(type: FieldType, value: fc.Arbitrary<number | bigint>): ColumnMaker {
  const cells = fc.option(value, { freq: 5 });
  return (count) => fc.array(cells, { minLength: count, maxLength: count }).map((all) => binaryColumn(type, all));
}

const escaped = texts(anyValue, (text) => ({ escaped: JSON.stringify(text).slice(1, -1) }));
const plain = texts(anyValue, (text) => text);
const doubled = texts(fc.oneof(word, numberText, fc.constant(null)), (text) => ({
  doubled: text.replaceAll('"', '""'),
}));
const finite = { noNaN: true, noDefaultInfinity: true };
const binary: readonly ColumnMaker[] = [
  machineNumbers({ name: "boolean" }, fc.constantFrom(0, 1)),
  machineNumbers({ name: "int32" }, fc.integer({ min: -20, max: 20 })),
  machineNumbers({ name: "int64" }, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  machineNumbers({ name: "double" }, fc.double(finite)),
  machineNumbers({ name: "float" }, fc.float(finite)),
  machineNumbers({ name: "decimal", precision: 18, scale: 3 }, fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n })),
  machineNumbers({ name: "date" }, fc.constantFrom(20453, 20454, 0, -1)),
  machineNumbers({ name: "timestamp", unit: "ms", utc: true }, fc.constantFrom(1767225600000n, 0n, -1n)),
  machineNumbers({ name: "timestamp", unit: "us", utc: false }, fc.constantFrom(1767225600000000n, 0n, -1000n)),
];

export const batches = {
  "escaped JSON": batchesOf(escaped),
  "plain text": batchesOf(plain),
  CSV: batchesOf(doubled),
  "machine numbers": batchesOf(...binary),
  "a mixture": batchesOf(escaped, plain, doubled, ...binary),
} satisfies Record<string, fc.Arbitrary<Batch>>;

const OPERATORS = [
  "equal",
  "not-equal",
  "less",
  "less-or-equal",
  "greater",
  "greater-or-equal",
  "between",
  "contains",
] as const;
const FILTER_VALUES: readonly (readonly [dataType: string | undefined, value: fc.Arbitrary<string>])[] = [
  ["double", numberText],
  ["datetime", fc.constantFrom(...INSTANTS)],
  ["boolean", fc.constantFrom("true", "False", "1", "0")],
  ["string", word],
  [undefined, fc.oneof(numberText, word)],
];

const filter = fc
  .tuple(fc.constantFrom(...OPERATORS), fc.constantFrom(...FILTER_VALUES))
  .chain(([operator, [dataType, value]]) =>
    fc.record({
      type: fc.constant("filter" as const),
      field,
      operator: fc.constant(operator),
      values: fc.array(value, operator === "between" ? { minLength: 2, maxLength: 2 } : { minLength: 1, maxLength: 3 }),
      dataType: fc.constant(dataType),
    }),
  );

const validate = fc.record({
  type: fc.constant("validate" as const),
  field,
  rule: fc.constantFrom("non-null", "non-zero", "non-negative", "numeric"),
  onFailure: fc.constantFrom("drop-record", "drop-record", "end-run"),
});

const truncate = fc.record({ type: fc.constant("truncate" as const), field, length: fc.integer({ min: 1, max: 5 }) });

const mask = fc.record({
  type: fc.constant("mask" as const),
  field,
  scheme: fc.constantFrom("all", "first", "last"),
  length: fc.constantFrom(undefined, 0, 1, 2, 5),
  character: fc.constantFrom("*", "•", '"', ","),
});

const fields = fc.uniqueArray(field, { minLength: 1, maxLength: 3 });
const merged = fc.constantFrom("m1", "m2", "a,b");
const computed = fc.constantFrom("n1", "n2", "b,a");

const merge = fc.record({
  type: fc.constant("merge" as const),
  fields,
  target: merged,
  format: fc.constantFrom("-", " ", ""),
});

const arithmetic = fc.record({
  type: fc.constant("arithmetic" as const),
  operator: fc.constantFrom("add", "subtract", "multiply", "divide"),
  fields,
  target: computed,
});

const map = fc.record({
  type: fc.constant("map" as const),
  source: fc.oneof(field, merged, computed),
  target: fc.constantFrom(...FIELDS, "x", "y"),
  sourceType: fc.constant(undefined),
  targetType: fc.constant(undefined),
});

const everything = fc.oneof(
  fc.record({ type: fc.constant("map-all" as const), exclude: fc.uniqueArray(field, { maxLength: 2 }) }),
  fc.constant({ type: "passthrough" as const }),
);

/** Flows in which the order of the list means nothing: no two tasks give or change the same. */
export const flows: fc.Arbitrary<readonly Task[]> = fc
  .tuple(
    fc.array(fc.oneof(filter, validate, truncate), { maxLength: 4 }),
    fc.uniqueArray(mask, { maxLength: 2, selector: (task) => task.field }),
    fc.uniqueArray(fc.oneof(merge, arithmetic), { maxLength: 3, selector: (task) => task.target }),
    fc.uniqueArray(map, { minLength: 1, maxLength: 4, selector: (task) => task.target }),
    fc.array(everything, { maxLength: 1 }),
  )
  .chain((groups) => {
    const tasks: Unlisted[] = groups.flat();
    return fc.shuffledSubarray(tasks, { minLength: tasks.length });
  })
  .map((tasks) => listed(...tasks));
