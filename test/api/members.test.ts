import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { OPERATIONS } from "../../src/api/operation-table.ts";
import type { Shape, StructureShape } from "../../src/api/shape.ts";
import * as requests from "../../src/api/shapes.ts";
import { DIFFERENCES, REFUSED } from "./differences.ts";

const PAGE = join(import.meta.dirname, "../../docs/api-members.md");

/** Every member that a request can have, with its limits and with what we do differently. `npm test -- -u` rewrites it. */
describe("docs/api-members.md", () => {
  it("has every member of every operation", async () => {
    await expect(page()).toMatchFileSnapshot(PAGE);
  });

  it("has no difference of a member that there is not", () => {
    const known = new Set(OPERATIONS.flatMap(({ name }) => membersOf(shapeOf(name), name).map(({ path }) => path)));
    const wrong = [...DIFFERENCES.keys(), ...REFUSED.keys()].filter((path) => !known.has(path));

    expect(wrong).toEqual([]);
  });
});

interface ListedMember {
  /** `CreateFlow.tasks[].taskType`, or for what belongs to a connector `S3.bucketName`. */
  readonly path: string;
  readonly required: boolean;
  readonly limits: string;
}

function page(): string {
  const operations = OPERATIONS.map(({ name, method, path, access, errors }) => {
    const rows = membersOf(shapeOf(name), name).map((member) => row(member, name));
    const key = access === "read" ? "any key" : "a key that may write";
    return [
      `### ${name}`,
      "",
      `\`${method} ${path}\`, with ${key}. Errors: ${errors.join(", ")}.`,
      ...(rows.length === 0 ? ["", "It has no members."] : ["", ...HEAD, ...rows]),
      "",
    ].join("\n");
  });
  return `${INTRODUCTION}\n${operations.join("\n")}\n## By connector\n\n${connectors()}`;
}

const INTRODUCTION = `# Every member of every request

Printed from the shapes in [src/api](../src/api) by \`test/api/members.test.ts\`. Names and limits are those of the AppFlow API,
version 2020-08-23. The last column says where Millrace does something else than AppFlow, or refuses; a member without a
word there is honoured. What differs as a whole is in [compatibility.md](compatibility.md).
`;

const HEAD = ["| member | limits | |", "|---|---|---|"];

function row({ path, required, limits }: ListedMember, operation: string): string {
  const name = path.slice(operation.length + 1).replaceAll("|", "\\|");
  const refused = REFUSED.get(path);
  const note = refused === undefined ? (DIFFERENCES.get(path) ?? "") : `refused: ${refused}`;
  return `| \`${name}\`${required ? " *" : ""} | ${limits.replaceAll("|", "\\|")} | ${note} |`;
}

/** The members of a request, the inner ones after the outer. What belongs to connectors is listed once, for all. */
function membersOf(shape: StructureShape, path: string): readonly ListedMember[] {
  return [...shape.members].flatMap(([name, { shape: inner, required }]) => {
    const place = `${path}.${name}`;
    return [{ path: place, required, limits: limitsOf(inner) }, ...within(inner, place)];
  });
}

function within(shape: Shape, path: string): readonly ListedMember[] {
  switch (shape.kind) {
    case "structure":
      return isPerConnector(shape) ? [] : membersOf(shape, path);
    case "list":
      return within(shape.item, `${path}[]`);
    default:
      return [];
  }
}

function limitsOf(shape: Shape): string {
  switch (shape.kind) {
    case "string": {
      if (shape.values !== undefined) return `one of ${shape.values.join(", ")}`;
      const pattern = shape.pattern?.source.slice("^(?:".length, -")$".length);
      return [
        shape.secret === true ? "secret text" : "text",
        range(shape.min, shape.max, "characters"),
        pattern === undefined || pattern === ".*" ? "" : `\`${pattern}\``,
      ]
        .filter((part) => part !== "")
        .join(", ");
    }
    case "integer":
      return ["whole number", range(shape.min, shape.max, "")].filter((part) => part !== "").join(", ");
    case "list":
      return `list${shape.max === undefined ? "" : ` of at most ${shape.max}`}: ${limitsOf(shape.item)}`;
    case "map":
      return `map${shape.max === undefined ? "" : ` of at most ${shape.max}`}`;
    case "structure":
      return isPerConnector(shape) ? "by connector, see below" : "object";
    default:
      return shape.kind;
  }
}

function range(min: number | undefined, max: number | undefined, unit: string): string {
  if (max === undefined) return min === undefined ? "" : `at least ${min} ${unit}`.trim();
  return `${min ?? 0} to ${max} ${unit}`.trim();
}

/** The unions whose members are named after connectors. */
function isPerConnector(shape: StructureShape): boolean {
  return shape.union && shape.members.has("CustomConnector");
}

/** What belongs to each connector: its settings on either side, its properties and credentials, its operators. */
function connectors(): string {
  const { CreateFlowRequest, CreateConnectorProfileRequest } = requests;
  const source = unionAt(CreateFlowRequest, "sourceFlowConfig", "sourceConnectorProperties");
  const destination = unionAt(CreateFlowRequest, "destinationFlowConfigList", "destinationConnectorProperties");
  const properties = unionAt(CreateConnectorProfileRequest, "connectorProfileConfig", "connectorProfileProperties");
  const credentials = unionAt(CreateConnectorProfileRequest, "connectorProfileConfig", "connectorProfileCredentials");
  const operators = unionAt(CreateFlowRequest, "tasks", "connectorOperator");
  const names = new Set([source, destination, properties, credentials].flatMap(({ members }) => [...members.keys()]));

  return [...names]
    .toSorted()
    .map((name) => {
      const sides = [
        ["as a source", source],
        ["as a destination", destination],
        ["its profiles' properties", properties],
        ["its profiles' credentials", credentials],
      ] as const;
      const rows = sides.flatMap(([title, { members }]) => {
        const shape = members.get(name)?.shape;
        if (shape?.kind !== "structure") return [];
        const listed = membersOf(shape, name);
        if (listed.length === 0) return [`| *${title}* | no members | |`];
        return [`| *${title}* | | |`, ...listed.map((member) => row(member, name))];
      });
      const words = operators.members.get(name)?.shape;
      const last = words?.kind === "string" ? [`| *operators* | ${words.values!.join(", ")} | |`] : [];
      return [`### ${name}`, "", ...HEAD, ...rows, ...last, ""].join("\n");
    })
    .join("\n");
}

function unionAt(shape: StructureShape, ...path: readonly string[]): StructureShape {
  return path.reduce((at, name) => {
    const inner = at.members.get(name)!.shape;
    return (inner.kind === "list" ? inner.item : inner) as StructureShape;
  }, shape);
}

function shapeOf(operation: string): StructureShape {
  return (requests as unknown as Readonly<Record<string, StructureShape>>)[`${operation}Request`]!;
}
