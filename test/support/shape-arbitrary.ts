import * as fc from "fast-check";
import type { Shape } from "../../src/api/shape.ts";

/** Text that matches most patterns of the API, so that values get past the first check. */
const WORD = fc.string({ unit: fc.constantFrom(..."abcXYZ019-_."), minLength: 2, maxLength: 12 });

const HOSTILE = fc.constantFrom<unknown>(
  null,
  "",
  " ",
  "__proto__",
  "\u0000",
  "\ud800",
  "../..",
  "${a}",
  "[",
  '["a"]',
  "[1]",
  ",",
  "rate(5minutes)",
  "cron(0 6 * * ? *)",
  0,
  -1,
  1.5,
  2 ** 53,
  1e300,
  true,
  [],
  [null],
  {},
  [[]],
  "x".repeat(3000),
);

/** Requests that mostly have the shape, and here and there have not. */
export function arbitraryOf(shape: Shape): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 40, arbitrary: wellShaped(shape) }, { weight: 1, arbitrary: HOSTILE });
}

function wellShaped(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case "string":
      return shape.values === undefined ? WORD : fc.constantFrom(...shape.values);
    case "integer":
      return fc.integer({ min: shape.min ?? 0, max: shape.max ?? 200 });
    case "boolean":
      return fc.boolean();
    case "timestamp":
      return fc.integer({ min: 0, max: 4_000_000_000 });
    case "list":
      return fc.array(arbitraryOf(shape.item), { maxLength: 4 });
    case "map":
      return fc
        .array(fc.tuple(wellShaped(shape.key), arbitraryOf(shape.value)), { maxLength: 3 })
        .map((entries) => Object.fromEntries(entries as [string, unknown][]));
    case "structure":
      return shape.union ? oneMember(shape.members) : someMembers(shape.members);
  }
}

type Members = Extract<Shape, { kind: "structure" }>["members"];

function oneMember(members: Members): fc.Arbitrary<unknown> {
  const alternatives = [...members].map(([name, { shape }]) => arbitraryOf(shape).map((value) => ({ [name]: value })));
  return alternatives.length === 0 ? fc.constant({}) : fc.oneof(...alternatives);
}

function someMembers(members: Members): fc.Arbitrary<unknown> {
  const model = Object.fromEntries([...members].map(([name, { shape }]) => [name, arbitraryOf(shape)]));
  const requiredKeys = [...members].filter(([, { required }]) => required).map(([name]) => name);
  return fc.record(model, { requiredKeys });
}
