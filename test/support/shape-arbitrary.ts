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

/** Values for members of these names, besides others. */
type Names = Readonly<Record<string, readonly string[]>>;

/** Requests that mostly have the shape, and here and there have not. */
export function arbitraryOf(shape: Shape, names: Names = {}): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 40, arbitrary: wellShaped(shape, names) }, { weight: 1, arbitrary: HOSTILE });
}

function named(name: string, shape: Shape, names: Names): fc.Arbitrary<unknown> {
  const known = names[name];
  if (known === undefined) return arbitraryOf(shape, names);
  return fc.oneof(
    { weight: 10, arbitrary: fc.constantFrom(...known) },
    { weight: 1, arbitrary: arbitraryOf(shape, names) },
  );
}

function wellShaped(shape: Shape, names: Names): fc.Arbitrary<unknown> {
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
      return fc.array(arbitraryOf(shape.item, names), { maxLength: 4 });
    case "map":
      return fc
        .array(fc.tuple(wellShaped(shape.key, names), arbitraryOf(shape.value, names)), { maxLength: 3 })
        .map((entries) => Object.fromEntries(entries as [string, unknown][]));
    case "structure":
      return shape.union ? oneMember(shape.members, names) : someMembers(shape.members, names);
  }
}

type Members = Extract<Shape, { kind: "structure" }>["members"];

function oneMember(members: Members, names: Names): fc.Arbitrary<unknown> {
  const alternatives = [...members].map(([name, { shape }]) =>
    arbitraryOf(shape, names).map((value) => ({ [name]: value })),
  );
  return alternatives.length === 0 ? fc.constant({}) : fc.oneof(...alternatives);
}

function someMembers(members: Members, names: Names): fc.Arbitrary<unknown> {
  const model = Object.fromEntries([...members].map(([name, { shape }]) => [name, named(name, shape, names)]));
  const requiredKeys = [...members].filter(([, { required }]) => required).map(([name]) => name);
  return fc.record(model, { requiredKeys });
}
