import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { connectors } from "../../connectors/index.ts";
import { type Operation, OPERATIONS } from "../../src/api/operation-table.ts";
import type { StructureShape } from "../../src/api/shape.ts";
import * as requests from "../../src/api/shapes.ts";
import { tolerate } from "../../src/api/tolerate.ts";
import type { Json, JsonObject } from "../../src/sdk/json.ts";
import { waysToFind } from "../support/find-secret.ts";
import { arbitraryOf } from "../support/shape-arbitrary.ts";
import { createTestApp, flowBody, post, type TestApp } from "../support/test-app.ts";

/** `npm run fuzz` asks for many more. */
const CALLS = Number(process.env["MILLRACE_FUZZ_CALLS"] ?? 4000);

/** How many of them go to CreateFlow alone, in tests of their own. */
const PART_OF_CALLS = Math.ceil(CALLS * 0.15);

const TEST_LIMIT = { timeout: CALLS * 100 };

/** So long that a call that hangs is found, and one that a slow machine delays is not. */
const PATIENCE_MS = 20_000;

/** How every AWS service may answer, whatever the operation. */
const COMMON = ["SerializationException", "ValidationException", "RequestEntityTooLargeException"];

/** Names that the calls share, so that they meet what earlier calls made. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  flowName: ["orders", "invoices", "f!@#.-1"],
  connectorProfileName: ["crm", "help/desk"],
  connectorLabel: ["Acme"],
  resourceArn: ["orders", "invoices", "none"].map((name) => `arn:aws:appflow:eu-west-1:111122223333:flow/${name}`),
  connectorEntityName: ["src-bkt", "src-bkt/in"],
  scheduleExpression: ["rate(5minutes)", "cron(0 6 * * ? *)", "rate(0days)"],
  clientToken: ["t-1", "t-2"],
};

interface FuzzedCall {
  readonly operation: string;
  readonly input: unknown;
}

/** A credential that must come out nowhere but of the vault, in whatever form. */
const CANARY = "canary-7f3a9c";

/** Requests that work, for the operations that ask for much. */
const WORKING: Readonly<Record<string, Record<string, unknown>>> = {
  CreateFlow: flowBody("orders"),
  UpdateFlow: flowBody("orders"),
  CreateConnectorProfile: { connectorType: "Datadog", ...profileBody() },
  UpdateConnectorProfile: profileBody(),
};

const calls: fc.Arbitrary<FuzzedCall> = fc.oneof(
  ...OPERATIONS.map((operation) => inputsOf(operation).map((input) => ({ operation: operation.name, input }))),
);

/** What looks like a request, and what works but for one member. */
function inputsOf(operation: Operation): fc.Arbitrary<unknown> {
  const random = arbitraryOf(shapeOf(operation), NAMES);
  const working = WORKING[operation.name];
  if (working === undefined) return random;
  const names = [...shapeOf(operation).members.keys()];
  const nearly = fc.tuple(random, fc.constantFrom(...names)).map(([other, name]) => {
    return isRecord(other) && name in other ? { ...working, [name]: other[name] } : working;
  });
  return fc.oneof(random, { weight: 2, arbitrary: nearly });
}

describe("the API, called with what looks like requests", () => {
  it("always answers, in the operation's own words, and changes nothing when it refuses", TEST_LIMIT, async () => {
    const answers = new Map<string, number>();

    await fc.assert(
      fc.asyncProperty(fc.array(calls, { minLength: 20, maxLength: 20 }), async (sequence) => {
        const app = createTestApp({ connectors, config: { callers: "anyone" } });
        for (const each of sequence) {
          const before = app.dump();
          const { status, error, body } = await send(app, each);
          expect(waysToFind(CANARY, JSON.stringify(body) + app.dump())).toEqual([]);
          count(answers, `${each.operation} ${error ?? "done"}`);

          expect(app.reports).toEqual([]);
          if (status === 200) {
            // A repeated call is answered as the first was, whatever has become of the flow.
            const made = app.dump() !== before;
            if (each.operation === "CreateFlow" && made) await describesItself(app, each.input as JsonObject);
            continue;
          }
          expect(errorsOf(operationOf(each.operation))).toContain(error);
          expect(String(body["message"]).length).toBeGreaterThan(10);
          expect(app.dump()).toEqual(before);
        }
      }),
      { numRuns: Math.ceil(CALLS / 20) },
    );

    for (const { name } of OPERATIONS) expect([...answers.keys()]).toContainEqual(expect.stringContaining(name));
    for (const name of ["CreateFlow", "UpdateFlow", "CreateConnectorProfile"]) {
      for (const outcome of ["done", "ValidationException", "SerializationException"]) {
        expect(answers.get(`${name} ${outcome}`)).toBeGreaterThan(0);
      }
    }
    expect(OPERATIONS).toHaveLength(25);
  });

  it("makes a flow of every list of tasks that it does not refuse, and gives back the list", TEST_LIMIT, async () => {
    const app = createTestApp({ connectors, config: { callers: "anyone" } });
    const task = requests.CreateFlowRequest.members.get("tasks")!.shape;
    let number = 0;
    let accepted = 0;

    await fc.assert(
      fc.asyncProperty(arbitraryOf(task), async (tasks) => {
        const flowName = `flow-${++number}`;
        const mapAll = { taskType: "Map_all", sourceFields: [] };
        const sent = Array.isArray(tasks) ? [mapAll, ...(tasks as unknown[])] : tasks;
        const created = await post(app, "/create-flow", flowBody(flowName, { tasks: sent }));
        expect([200, 400]).toContain(created.status);
        const flow = await app.ports.flows.get(flowName);
        expect(flow !== undefined).toBe(created.status === 200);
        if (flow === undefined) return;
        accepted++;
        const described = await post(app, "/describe-flow", { flowName });
        expect(JSON.stringify(described.body["tasks"])).toBe(JSON.stringify(withoutNulls(sent)));
        expect(new Set(flow.definition.tasks.map(({ index }) => index)).size).toBe((sent as unknown[]).length);
      }),
      { numRuns: PART_OF_CALLS },
    );

    expect(app.reports).toEqual([]);
    expect(accepted).toBeGreaterThan(20);
  });

  it("has an answer for every text", TEST_LIMIT, async () => {
    const app = createTestApp({ connectors, config: { callers: "anyone" } });
    const valid = JSON.stringify(flowBody("orders"));
    const edit = fc.record({ at: fc.nat(valid.length), drop: fc.nat(30), put: fc.string({ maxLength: 5 }) });

    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
        const text = edits.reduce((text, { at, drop, put }) => text.slice(0, at) + put + text.slice(at + drop), valid);
        expect([200, 400, 409]).toContain((await post(app, "/create-flow", text)).status);
      }),
      { numRuns: PART_OF_CALLS },
    );

    expect(app.reports).toEqual([]);
  });
});

/** Null members mean the same as none. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  const present = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(present.map(([name, member]) => [name, withoutNulls(member)]));
}

function profileBody(): Record<string, unknown> {
  return {
    connectorProfileName: "crm",
    connectionMode: "Public",
    connectorProfileConfig: {
      connectorProfileProperties: { Datadog: { instanceUrl: "https://api.datadoghq.com" } },
      connectorProfileCredentials: { Datadog: { apiKey: CANARY, applicationKey: CANARY } },
    },
  };
}

async function send(app: TestApp, { operation, input }: FuzzedCall) {
  const { method, path } = operationOf(operation);
  const { resourceArn, tagKeys, ...rest } = isRecord(input) ? input : {};
  const url = new URL(
    path.replace("{resourceArn}", encodeURIComponent(String(resourceArn).toWellFormed())),
    "http://localhost",
  );
  if (Array.isArray(tagKeys)) for (const key of tagKeys) url.searchParams.append("tagKeys", String(key));
  const body = path.includes("{") ? rest : input;
  const response = await Promise.race([
    app.handle(new Request(url, { method, ...(method === "POST" && { body: JSON.stringify(body) }) })),
    new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error(`${path} did not answer`)), PATIENCE_MS).unref();
    }),
  ]);
  return {
    status: response.status,
    error: response.headers.get("x-amzn-ErrorType"),
    body: (await response.json()) as Record<string, unknown>,
  };
}

/** DescribeFlow gives back what was sent, in canonical spelling. */
async function describesItself(app: TestApp, sent: JsonObject): Promise<void> {
  const { clientToken: _, ...canonical } = tolerate(requests.CreateFlowRequest, sent) as Record<string, Json>;
  const described = await send(app, {
    operation: "DescribeFlow",
    input: { flowName: canonical["flowName"] },
  });
  const { tags, triggerConfig, ...rest } = canonical;
  expect(described.body).toMatchObject({ ...rest, triggerConfig, ...(isRecord(tags) && hasMembers(tags) && { tags }) });
}

/** An ARN in a path may be so wrong that the path is none. */
function errorsOf({ errors, path }: Operation): readonly string[] {
  return [...errors, ...COMMON, ...(path.includes("{") ? ["UnknownOperationException"] : [])];
}

function operationOf(wanted: string): Operation {
  return OPERATIONS.find(({ name }) => name === wanted)!;
}

function shapeOf({ name }: Operation): StructureShape {
  return (requests as unknown as Readonly<Record<string, StructureShape>>)[`${name}Request`]!;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasMembers(value: Record<string, unknown>): boolean {
  return Object.keys(value).length > 0;
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
