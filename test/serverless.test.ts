import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXPIRY_ATTRIBUTE, TABLE } from "../src/adapters/aws/table.ts";
import { httpEvent } from "./lambda/http-events.ts";
import type { HttpHandler } from "../src/lambda/http-event.ts";

const ROOT = join(import.meta.dirname, "..");
const MAX_BUNDLE_BYTES = 2 * 1024 * 1024;

interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

const folder = mkdtempSync(join(tmpdir(), "millrace-package-"));
let resources: readonly Resource[];

beforeAll(() => {
  const osls = join(ROOT, "node_modules/.bin/osls");
  execFileSync(
    osls,
    [
      "package",
      "--package",
      folder,
      "--param",
      "dataBucket=lake",
      "--param",
      "table=flows",
      "--param",
      "eventBus=runs",
    ],
    {
      cwd: ROOT,
      env: withoutNetworkAndCredentials(),
      stdio: "pipe",
    },
  );
  const template = JSON.parse(readFileSync(join(folder, "cloudformation-template-update-stack.json"), "utf8")) as {
    readonly Resources: Readonly<Record<string, Resource>>;
  };
  resources = Object.values(template.Resources);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the package for AWS", () => {
  it("lets nobody call the API without a signature that IAM accepts", () => {
    const routes = ofType("AWS::ApiGatewayV2::Route");

    expect(routes.length).toBeGreaterThan(0);
    expect(routes.map(({ AuthorizationType }) => AuthorizationType)).toEqual(routes.map(() => "AWS_IAM"));
  });

  it("gives functions no permission but to write their own logs", () => {
    const statements = ofType("AWS::IAM::Role").flatMap(({ Policies }) =>
      (Policies as { PolicyDocument: { Statement: { Action: string[] }[] } }[]).flatMap(
        (p) => p.PolicyDocument.Statement,
      ),
    );

    expect(statements.flatMap(({ Action }) => Action).filter((action) => !action.startsWith("logs:"))).toEqual([]);
  });

  it("makes a data bucket only when one is named, and keeps open uploads there for a week", () => {
    const named = resources.filter(({ Condition }) => Condition === "HasDataBucket").map(({ Type }) => Type);
    const [bucket] = ofType("AWS::S3::Bucket").filter(({ BucketName }) => BucketName === "lake");

    expect(named.toSorted()).toEqual(["AWS::IAM::ManagedPolicy", "AWS::S3::Bucket", "AWS::S3::BucketPolicy"]);
    expect(bucket).toMatchObject({
      LifecycleConfiguration: { Rules: [{ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }] },
    });
  });

  it("makes the table that the stores expect, only when one is named, and keeps it", () => {
    const named = resources.filter(({ Condition }) => Condition === "HasTable");
    const [table] = named.filter(({ Type }) => Type === "AWS::DynamoDB::Table");

    expect(named.map(({ Type }) => Type).toSorted()).toEqual(["AWS::DynamoDB::Table", "AWS::IAM::ManagedPolicy"]);
    expect(table).toMatchObject({ DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
    expect(table!.Properties).toEqual({
      TableName: "flows",
      ...TABLE,
      TimeToLiveSpecification: { AttributeName: EXPIRY_ATTRIBUTE, Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      DeletionProtectionEnabled: true,
    });
  });

  it("allows whoever keeps flows there what the stores do, and nothing else", () => {
    const policy = resources.find(
      ({ Type, Condition }) => Type === "AWS::IAM::ManagedPolicy" && Condition === "HasTable",
    );
    const { Statement } = policy!.Properties["PolicyDocument"] as {
      readonly Statement: { readonly Action: string[] }[];
    };

    const [onTable, onSecrets] = Statement.map(({ Action }) =>
      Action.map((action) => action.split(":")[1]!).toSorted(),
    );

    const needed = commandsOf("dynamo-table.ts").flatMap((command) => TABLE_ACTIONS[command] ?? command);
    expect(onTable).toEqual([...new Set(needed)].toSorted());
    expect(onSecrets).toEqual([...commandsOf("secrets-vault.ts"), "TagResource"].toSorted());
  });

  it("allows whoever tells of runs what that takes, on the bus that is named", () => {
    const [policy, ...others] = resources.filter(({ Condition }) => Condition === "HasEventBus");
    const { Statement } = policy!.Properties["PolicyDocument"] as { readonly Statement: readonly object[] };

    expect([policy!.Type, others]).toEqual(["AWS::IAM::ManagedPolicy", []]);
    expect(Statement).toEqual([
      {
        Effect: "Allow",
        Action: commandsOf("event-bus.ts").map((command) => `events:${command}`),
        Resource: {
          "Fn::Sub": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/runs",
        },
      },
    ]);
  });

  it("runs every function on the Node that the tests run on", () => {
    const major = process.versions.node.split(".")[0];

    expect(new Set(ofType("AWS::Lambda::Function").map(({ Runtime }) => Runtime))).toEqual(
      new Set([`nodejs${major}.x`]),
    );
  });

  it("bundles functions that start without node_modules and stay small", async () => {
    const bundle = join(ROOT, ".build/functions/check-flow.mjs");
    const { handler } = (await import(bundle)) as { readonly handler: HttpHandler };

    const { statusCode, body } = await handler(httpEvent({ body: `{"flowName":"orders"}` }));

    expect(statusCode).toBe(200);
    expect(body).toContain("triggerConfig");
    expect(statSync(bundle).size).toBeLessThan(MAX_BUNDLE_BYTES);
    expect(readFileSync(bundle, "utf8")).not.toMatch(/(?:from|import\() ?"(?!node:)/);
  });
});

function ofType(type: string): Readonly<Record<string, unknown>>[] {
  return resources.filter((resource) => resource.Type === type).map(({ Properties }) => Properties);
}

/** What the commands of the SDK's document client need: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html */
const TABLE_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  Get: ["GetItem"],
  Put: ["PutItem"],
  BatchGet: ["BatchGetItem"],
  BatchWrite: ["BatchWriteItem"],
  TransactWrite: ["ConditionCheckItem", "DeleteItem", "PutItem", "UpdateItem"],
};

/** The commands that a file of the AWS adapters sends, such as `Query`. */
function commandsOf(file: string): string[] {
  const source = readFileSync(join(ROOT, "src/adapters/aws", file), "utf8");
  return [...new Set([...source.matchAll(/new (\w+)Command\(/g)].map(([, name]) => name!))];
}

function withoutNetworkAndCredentials(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("AWS_"));
  const nowhere = "http://127.0.0.1:9";
  return { ...Object.fromEntries(kept), HOME: folder, HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere };
}
