import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ADDED_CONNECTORS } from "../../src/api/added-connectors.ts";
import type { Shape, StringShape, StructureShape } from "../../src/api/shape.ts";
import * as requests from "../../src/api/shapes.ts";

/** The service's own model, where it is at hand: https://github.com/boto/botocore, data/appflow/2020-08-23/service-2.json */
const MODEL_FILE = join(import.meta.dirname, "../../../shared/appflow/service-2.json");

interface ModelShape {
  readonly type: string;
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
}

interface Model {
  readonly operations: Readonly<Record<string, { readonly input?: { readonly shape: string } }>>;
  readonly shapes: Readonly<Record<string, ModelShape>>;
}

describe.skipIf(!existsSync(MODEL_FILE))("the shapes, compared with the service's model", () => {
  const model = existsSync(MODEL_FILE) ? (JSON.parse(readFileSync(MODEL_FILE, "utf8")) as Model) : undefined;
  const ours = Object.entries(requests) as [string, StructureShape][];

  it("are there for every operation", () => {
    const names = Object.values(model!.operations).map(({ input }) => input!.shape);

    expect(ours.map(([name]) => name).toSorted()).toEqual(names.toSorted());
  });

  it.each(ours)("%s differs only where it is to differ", (name, shape) => {
    const differences = compare(shape, name, "", model!);

    expect(differences.filter((difference) => !MEANT.some((meant) => meant.test(difference)))).toEqual([]);
  });
});

/** Where we let more in, or hold something back, on purpose. */
const MEANT = [
  // Reading Parquet is an addition of ours.
  /S3\.s3InputFormatConfig\.s3InputFileType: values .*PARQUET/,
  // A PEM file has line ends, which a dot does not match in JavaScript.
  /Snowflake\.privateKey: pattern/,
  // Terraform sends empty texts, and its acceptance tests pass.
  /Redshift\.(databaseUrl|dataApiRoleArn|clusterIdentifier|workgroupName|databaseName): pattern/,
  // The same characters: JavaScript has them as code points, the model as pairs.
  /glueDataCatalog\.(databaseName|tablePrefix): pattern/,
];

/** Every way in which a shape is not that of the model. */
function compare(shape: Shape, name: string, path: string, model: Model): string[] {
  const theirs = model.shapes[name]!;
  const same = (what: string, a: unknown, b: unknown) =>
    JSON.stringify(a) === JSON.stringify(b) ? [] : [`${path}: ${what} ${JSON.stringify(a)} for ${JSON.stringify(b)}`];
  const kind = KINDS[theirs.type];
  if (shape.kind !== kind) return same("kind", shape.kind, kind);

  switch (shape.kind) {
    case "string":
      return compareStrings(shape, theirs, same);
    case "integer":
      return [...same("min", shape.min ?? 0, theirs.min ?? 0), ...same("max", shape.max, theirs.max)];
    case "list":
      return [...same("max", shape.max, theirs.max), ...compare(shape.item, theirs.member!.shape, `${path}[]`, model)];
    case "map":
      return [
        ...same("max", shape.max, theirs.max),
        ...compare(shape.key, theirs.key!.shape, `${path}{key}`, model),
        ...compare(shape.value, theirs.value!.shape, `${path}{value}`, model),
      ];
    case "structure": {
      const required = [...shape.members].filter(([, member]) => member.required).map(([member]) => member);
      const common = [...shape.members].filter(([member]) => theirs.members![member] !== undefined);
      return [
        ...same(
          "members",
          [...shape.members.keys()].filter(isTheirs).toSorted(),
          Object.keys(theirs.members!).toSorted(),
        ),
        ...same("required", required.toSorted(), [...(theirs.required ?? [])].toSorted()),
        ...common.flatMap(([member, { shape: inner }]) =>
          compare(inner, theirs.members![member]!.shape, `${path}.${member}`, model),
        ),
      ];
    }
    default:
      return [];
  }
}

function isTheirs(name: string): boolean {
  return !ADDED_CONNECTORS.some(({ type }) => type === name);
}

const KINDS: Readonly<Record<string, Shape["kind"]>> = {
  string: "string",
  integer: "integer",
  long: "integer",
  boolean: "boolean",
  timestamp: "timestamp",
  list: "list",
  map: "map",
  structure: "structure",
};

type Same = (what: string, a: unknown, b: unknown) => string[];

function compareStrings({ min, max, pattern, values }: StringShape, theirs: ModelShape, same: Same): string[] {
  const written = pattern?.source.slice("^(?:".length, -")$".length);
  return [
    ...same("min", min ?? 0, theirs.min ?? 0),
    ...same("max", max, theirs.max),
    ...same("values", values?.filter(isTheirs).toSorted(), theirs.enum?.toSorted()),
    ...same("pattern", normal(written), normal(theirs.pattern)),
  ];
}

/** Patterns without what makes no difference, and with any partition of AWS where the model names one. */
function normal(pattern: string | undefined): string | undefined {
  return pattern
    ?.replace("arn:aws:", "arn:[a-z-]+:")
    .replace(/^\^/, "")
    .replace(/(?<!\\)\$$/, "")
    .replaceAll(/\\([./])/g, "$1")
    .replaceAll(/^\$\|/g, "|");
}
