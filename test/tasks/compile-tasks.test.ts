import { describe, expect, it } from "vitest";
import type { Batch } from "../../src/batch/batch.ts";
import { compileTasks } from "../../src/tasks/compile-tasks.ts";
import { TaskError } from "../../src/tasks/task-error.ts";
import type { Task } from "../../src/tasks/task.ts";
import { batchOf, binaryColumn, json, number, recordsBatch, recordsOf, textColumn } from "../support/batches.ts";
import type { Cell } from "../support/batches.ts";
import {
  compute,
  keep,
  listed,
  map,
  mapAll,
  mask,
  merge,
  partition,
  passthrough,
  project,
  truncate,
} from "../support/tasks.ts";
import type { Unlisted } from "../support/tasks.ts";

/** Every output record as the text of a JSON object. */
function run(tasks: readonly Task[], ...records: readonly Readonly<Record<string, Cell>>[]): readonly string[] {
  return apply(tasks, recordsBatch(records.map((record) => Object.entries(record))));
}

function apply(tasks: readonly Task[], batch: Batch): readonly string[] {
  const { fields, columns, selection, count } = compileTasks(tasks).apply(batch);
  return recordsOf(fields, columns, selection, count).map(
    (record) => `{${Array.from(record, ([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`,
  );
}

describe("which fields are written", () => {
  const record = { a: "1", b: number(2), c: null };
  const cases: readonly [name: string, tasks: readonly Task[], expected: string][] = [
    ["Map tasks name them, in their order", listed(map("b", "x"), map("a")), '{"x":2,"a":"1"}'],
    ["of two Maps with the same target the later wins", listed(map("a", "x"), map("b", "x")), '{"x":2}'],
    ["a source may be mapped twice", listed(map("a", "x"), map("a", "y")), '{"x":"1","y":"1"}'],
    ["a source that no record has is missing", listed(map("a"), map("zzz", "z")), '{"a":"1"}'],
    ["a projected field that is not mapped is not", listed(project("a", "b"), map("a", "x")), '{"x":"1"}'],
    ["Map_all writes all of them", listed(mapAll()), '{"a":"1","b":2,"c":null}'],
    ["but those that it excludes", listed(mapAll("a", "zzz")), '{"b":2,"c":null}'],
    ["a projection does not narrow Map_all", listed(mapAll(), project("b")), '{"a":"1","b":2,"c":null}'],
    ["a Map beside Map_all takes the field's place", listed(mapAll(), map("b", "a")), '{"a":2,"b":2,"c":null}'],
    ["a Map beside Map_all adds a field at the end", listed(map("b", "x"), mapAll()), '{"a":"1","b":2,"c":null,"x":2}'],
    ["a Map may write what Map_all excludes", listed(mapAll("a"), map("a", "x")), '{"b":2,"c":null,"x":"1"}'],
    ["Passthrough writes the record as it is", listed(passthrough()), '{"a":"1","b":2,"c":null}'],
    [
      "a projection alone writes what it names, in the source's order",
      listed(project("c", "a", "?")),
      '{"a":"1","c":null}',
    ],
    ["no task at all writes everything", listed(), '{"a":"1","b":2,"c":null}'],
    ["a projection of nothing is none", listed(project()), '{"a":"1","b":2,"c":null}'],
    ["a filter alone writes everything", listed(keep("b", "equal", ["2"])), '{"a":"1","b":2,"c":null}'],
  ];
  it.each(cases)("%s", (_, tasks, expected) => {
    expect(run(tasks, record)).toEqual([expected]);
  });

  it("does not depend on the field that a record lacks", () => {
    expect(run(listed(mapAll()), { a: "1" }, { b: "2" })).toEqual(['{"a":"1"}', '{"b":"2"}']);
  });

  it("follows the source's fields from batch to batch", () => {
    const pipeline = compileTasks(listed(mapAll(), map("b", "x")));
    const first = pipeline.apply(recordsBatch([[["a", "1"]]])).fields;
    const again = pipeline.apply(recordsBatch([[["a", "2"]]])).fields;

    expect(first).toEqual(["a", "x"]);
    expect(again).toBe(first);
    expect(
      pipeline.apply(
        recordsBatch([
          [
            ["a", "1"],
            ["b", "2"],
          ],
        ]),
      ).fields,
    ).toEqual(["a", "b", "x"]);
  });

  it("keeps fields of the same name apart when the source has them", () => {
    const batch = batchOf(
      [
        ["a", textColumn(["1"])],
        ["a", textColumn(["2"])],
      ],
      1,
    );

    const { columns, fields } = compileTasks(listed(mask("a"), mapAll())).apply(batch);

    expect(fields).toEqual(["a", "a"]);
    expect(columns.map((column) => recordsOf(["a"], [column], Int32Array.of(0), 1)[0]!.get("a"))).toEqual([
      '"*"',
      '"*"',
    ]);
    expect(compileTasks(listed(mapAll(), map("a"))).apply(batch).fields).toEqual(["a"]);
  });
});

describe("made fields", () => {
  const record = { Price: number("10"), Tax: number("2.5"), Name: "n" };
  const cases: readonly [name: string, tasks: readonly Task[], expected: string][] = [
    [
      "are written by a Map",
      listed(compute("add", ["Price", "Tax"], "Price,Tax"), map("Price,Tax", "Gross")),
      '{"Gross":12.5}',
    ],
    [
      "are written whatever the order",
      listed(map("Price,Tax", "Gross"), compute("add", ["Price", "Tax"], "Price,Tax")),
      '{"Gross":12.5}',
    ],
    [
      "are projected in vain",
      listed(project("Price,Tax"), compute("add", ["Price", "Tax"], "Price,Tax"), map("Price,Tax", "G")),
      '{"G":12.5}',
    ],
    [
      "are outputs of their own when no Map reads them",
      listed(map("Name"), merge(["Name", "Tax"], "t", "-")),
      '{"Name":"n","t":"n-2.5"}',
    ],
    [
      "are no outputs when they are named like their sources",
      listed(map("Name"), merge(["Name", "Tax"], "Name,Tax")),
      '{"Name":"n"}',
    ],
    [
      "take the place of a source field of that name",
      listed(mapAll(), compute("add", ["Price", "Tax"], "Price")),
      '{"Price":12.5,"Tax":2.5,"Name":"n"}',
    ],
    [
      "may be made from made fields",
      listed(merge(["x", "Name"], "y"), compute("add", ["Price", "Tax"], "x")),
      '{"y":"12.5 n"}',
    ],
    ["yield to a Map with their name", listed(merge(["Name", "Tax"], "t"), map("Name", "t")), '{"t":"n"}'],
    [
      "of two with one target the later wins",
      listed(merge(["Name", "Tax"], "t"), merge(["Tax", "Name"], "t")),
      '{"t":"2.5 n"}',
    ],
    ["are masked like others", listed(merge(["Name", "Tax"], "t"), mask("t", "last", 3)), '{"t":"n ***"}'],
    ["are made from masked fields", listed(merge(["Name", "Tax"], "t"), mask("Tax")), '{"t":"n ***"}'],
    [
      "are mapped before a source field of that name",
      listed(compute("add", ["Price", "Tax"], "Name"), map("Name")),
      '{"Name":12.5}',
    ],
  ];
  it.each(cases)("%s", (_, tasks, expected) => {
    expect(run(tasks, record)).toEqual([expected]);
  });

  it("cannot be made from themselves", () => {
    const circle = listed(map("a"), merge(["y"], "x"), merge(["x"], "y"), map("x", "z"));

    expect(() => compileTasks(circle)).toThrow(TaskError);
    expect(() => compileTasks(circle)).toThrow("tasks[1]: `x` is made from itself");
  });

  it("count what cannot be computed", () => {
    const batch = recordsBatch([
      [
        ["a", "1"],
        ["b", "0"],
      ],
      [
        ["a", "1"],
        ["b", "2"],
      ],
      [
        ["a", "x"],
        ["b", "0"],
      ],
    ]);

    const applied = compileTasks(listed(compute("divide", ["a", "b"], "q"))).apply(batch);

    expect(applied.dataErrors).toBe(1);
    expect(recordsOf(applied.fields, applied.columns, applied.selection, applied.count).map((r) => r.get("q"))).toEqual(
      ["null", "0.5", "null"],
    );
  });

  it("are not made for records that are dropped, nor when nobody reads them", () => {
    const zero = [
      ["a", "1"],
      ["b", "0"],
    ] as const;
    const divide = compute("divide", ["a", "b"], "a,b");

    expect(
      compileTasks(listed(divide, map("a,b", "q"), keep("b", "not-equal", ["0"]))).apply(recordsBatch([zero]))
        .dataErrors,
    ).toBe(0);
    expect(compileTasks(listed(divide, map("a"))).apply(recordsBatch([zero])).dataErrors).toBe(0);
  });
});

describe("the order of work", () => {
  it("filters and validates what the source gave, then truncates, then masks", () => {
    const tasks = listed(mapAll(), mask("a", "last", 2), truncate("a", 3), keep("a", "equal", ["secret"]), {
      type: "validate",
      field: "a",
      rule: "non-null",
      onFailure: "drop-record",
    });

    expect(run(tasks, { a: "secret" }, { a: "public" })).toEqual(['{"a":"s**"}']);
  });

  it("puts several masks of a field into an order of its own", () => {
    const [first, all] = [mask("a", "first", 2), { ...mask("a", "all", 5), character: "#" }];

    expect(run(listed(first, all), { a: "abc" })).toEqual(['{"a":"#####"}']);
    expect(run(listed(all, first), { a: "abc" })).toEqual(['{"a":"#####"}']);
  });
});

describe("dotted names", () => {
  const owner = json({ Name: "Ada", Id: 7, Deep: { x: "y" } });
  const cases: readonly [
    name: string,
    tasks: readonly Task[],
    record: Readonly<Record<string, Cell>>,
    expected: string,
  ][] = [
    [
      "lead into objects",
      listed(map("Owner.Name", "n"), map("Owner.Deep.x", "x")),
      { Owner: owner },
      '{"n":"Ada","x":"y"}',
    ],
    [
      "are first the field of that very name",
      listed(map("Owner.Name", "n")),
      { Owner: owner, "Owner.Name": "Bob" },
      '{"n":"Bob"}',
    ],
    [
      "are first the longest field",
      listed(map("a.b.c", "n")),
      { a: json({ b: { c: 1 } }), "a.b": json({ c: 2 }) },
      '{"n":2}',
    ],
    ["lead nowhere in text", listed(map("Owner.Name", "n")), { Owner: '{"Name":"x"}' }, "{}"],
    ["may be null", listed(map("Owner.Name", "n")), { Owner: json({ Name: null }) }, '{"n":null}'],
    ["may be objects", listed(map("Owner.Deep", "d")), { Owner: owner }, '{"d":{"x":"y"}}'],
    ["may be filtered by", listed(map("a"), keep("Owner.Id", "greater", ["6"])), { a: "1", Owner: owner }, '{"a":"1"}'],
    ["may be merged", listed(merge(["Owner.Name", "Owner.Id"], "m")), { Owner: owner }, '{"m":"Ada 7"}'],
    ["may be computed with", listed(compute("add", ["Owner.Id", "Owner.Id"], "m")), { Owner: owner }, '{"m":14}'],
    ["are missing when their object is masked", listed(map("Owner.Name", "n"), mask("Owner")), { Owner: owner }, "{}"],
    ["keep their escapes", listed(map("a.b", "n")), { a: json({ b: 'q"\u{1f600}\n' }) }, '{"n":"q\\"\u{1f600}\\n"}'],
  ];
  it.each(cases)("%s", (_, tasks, record, expected) => {
    expect(run(tasks, record)).toEqual([expected]);
  });

  it("are masked within their objects, so that no other task shows them", () => {
    const tasks = listed(
      mask("Owner.Name", "first", 2),
      mask("Owner.Deep"),
      truncate("Owner.Id", 1),
      mapAll(),
      map("Owner.Name", "n"),
    );

    expect(run(tasks, { Owner: json({ Name: 'A"\n', Id: 72, Deep: { x: 1 } }) })).toEqual([
      '{"Owner":{"Name":"**\\n","Id":"7","Deep":null},"n":"**\\n"}',
    ]);
  });

  it("are masked wherever they may lead", () => {
    const tasks = listed(mask("a.b"), mapAll());

    expect(run(tasks, { a: { json: '{"b":"x","b":"yy"}' }, "a.b": "zzz" })).toEqual([
      '{"a":{"b":"*","b":"**"},"a.b":"***"}',
    ]);
    expect(run(tasks, { a: "text" }, { a: null }, { a: json([{ b: "x" }]) }, {})).toEqual([
      '{"a":"text"}',
      '{"a":null}',
      '{"a":[{"b":"x"}]}',
      "{}",
    ]);
  });

  it("are looked up record by record", () => {
    expect(
      run(listed(map("a.b", "n")), { "a.b": "1" }, { a: json({ b: "2" }) }, { "a.b": null, a: json({ b: "3" }) }),
    ).toEqual(['{"n":"1"}', '{"n":"2"}', '{"n":null}']);
  });
});

describe("hostile names", () => {
  it("are names like any others", () => {
    const names = ["__proto__", "constructor", "", "a,b", "toString", "é\u{1f600}", ".", "a.", '"'];
    const tasks = listed(...names.flatMap((name) => [map(name, `${name}2`), mask(name, "first", 1)]));
    const batch = recordsBatch([names.map((name) => [name, `v${name}`])]);

    const { fields, columns, selection, count } = compileTasks(tasks).apply(batch);

    const expected = names.map((name) => [`${name}2`, JSON.stringify(`*${name}`)]);
    expect([...recordsOf(fields, columns, selection, count)[0]!]).toEqual(expected);
  });

  it("may be targets of every kind", () => {
    const tasks = listed(mapAll("constructor"), merge(["a", "a"], "__proto__", "-"), compute("add", ["a", "a"], ""));

    expect(run(tasks, { a: "1", constructor: "2" })).toEqual(['{"a":"1","__proto__":"1-1","":2}']);
  });
});

describe("what a pipeline tells", () => {
  it("which fields to read", () => {
    const reads = (...tasks: readonly Unlisted[]) => compileTasks(listed(...tasks)).reads;

    expect(reads(map("b", "x"), map("a"), keep("c", "equal", ["1"]), mask("unused"), project("alone"))).toEqual([
      "c",
      "b",
      "a",
    ]);
    expect(reads(merge(["a", "b"], "a,b"), map("a,b", "x"), project("a,b"))).toEqual(["a", "b"]);
    expect(reads(map("a.b.c", "x"))).toEqual(["a.b.c", "a.b", "a"]);
    expect(reads(project("a", "b"))).toEqual(["a", "b"]);
    expect(reads(map("a"), mapAll())).toBeUndefined();
    expect(reads(passthrough(), map("a"))).toBeUndefined();
    expect(reads()).toBeUndefined();
  });

  it("which fields come out, from what, and of which type", () => {
    const tasks = listed(
      map("a", "x", "double", "currency"),
      map("m", "n"),
      mask("s"),
      map("s"),
      merge(["b", "c"], "m"),
      compute("add", ["a", "b"], "sum"),
    );
    const untyped = { sourceType: undefined, targetType: undefined };
    const string = { name: "string" };

    expect(compileTasks(tasks).outputs).toMatchObject([
      { name: "x", sources: ["a"], sourceType: "currency", targetType: "double", madeType: undefined },
      { name: "n", sources: ["b", "c"], ...untyped, madeType: string },
      { name: "s", sources: ["s"], ...untyped, madeType: string },
      { name: "sum", sources: ["a", "b"], ...untyped, madeType: { name: "double" } },
    ]);
  });

  it("which fields come out of a source, when that depends on it", () => {
    const pipeline = compileTasks(listed(mapAll("c"), map("b", "a"), map("c", "z")));

    expect(pipeline.outputs).toBeUndefined();
    expect(pipeline.outputsFor(["a", "b", "c"]).map(({ name, sources }) => [name, ...sources])).toEqual([
      ["a", "b"],
      ["b", "b"],
      ["z", "c"],
    ]);
    expect(
      compileTasks(listed(project("b", "?")))
        .outputsFor(["a", "b"])
        .map(({ name }) => name),
    ).toEqual(["b"]);
    expect(
      compileTasks(listed(map("a", "x")))
        .outputsFor(["q"])
        .map(({ name }) => name),
    ).toEqual(["x"]);
  });

  it("by which fields records are partitioned", () => {
    expect(compileTasks(listed(partition("a", "b"), mapAll(), partition("b", "c"))).partitionFields).toEqual([
      "a",
      "b",
      "c",
    ]);
  });

  it("what types the values have", () => {
    const batch = batchOf(
      [
        ["i", binaryColumn({ name: "int32" }, [1])],
        ["d", binaryColumn({ name: "date" }, [1])],
        ["t", textColumn(["x"])],
      ],
      1,
    );
    const applied = compileTasks(
      listed(map("i"), map("d", "e"), map("t"), mask("d"), merge(["i"], "m"), map("?", "q")),
    ).apply(batch);

    expect(applied.fields).toEqual(["i", "e", "t", "q", "m"]);
    expect(applied.types).toEqual([{ name: "int32" }, { name: "string" }, undefined, undefined, { name: "string" }]);
    expect(compileTasks(listed(mapAll())).apply(batch).types).toEqual(batch.types);
  });

  it("how many records each task dropped", () => {
    const tasks = listed(
      mapAll(),
      keep("a", "greater", ["1"], "int"),
      keep("a", "less", ["5"], "int"),
      keep("b", "equal", ["x"]),
      {
        type: "validate",
        field: "c",
        rule: "non-null",
        onFailure: "drop-record",
      },
    );
    const record = (a: number, b: string, c: Cell) =>
      [
        ["a", number(a)],
        ["b", b],
        ["c", c],
      ] as const;

    const applied = compileTasks(tasks).apply(
      recordsBatch([
        record(1, "y", null),
        record(9, "x", "1"),
        record(2, "y", "1"),
        record(3, "x", null),
        record(4, "x", "1"),
      ]),
    );

    expect([...applied.droppedByTask]).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 1],
    ]);
    expect([applied.filtered, applied.count, [...applied.selection.subarray(0, applied.count)]]).toEqual([4, 1, [4]]);
  });
});

describe("batches", () => {
  it("may be empty, and of any size", () => {
    const pipeline = compileTasks(listed(mapAll(), truncate("a", 1), merge(["a"], "m"), mask("a")));

    expect(pipeline.apply(batchOf([["a", textColumn([])]], 0)).count).toBe(0);
    for (const size of [1, 5000, 3]) {
      const cells = Array.from({ length: size }, (_, i) => `${i}`);
      const { fields, columns, selection, count } = pipeline.apply(batchOf([["a", textColumn(cells)]], size));
      expect(recordsOf(fields, columns, selection, count).at(-1)).toEqual(
        new Map([
          ["a", '"*"'],
          ["m", '"*"'],
        ]),
      );
      expect(count).toBe(size);
    }
  });
});
