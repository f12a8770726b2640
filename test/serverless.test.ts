import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RegoEngine, TemplateFile } from "@aws/cloudformation-validate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engineKeyName } from "../src/adapters/aws/engine-key.ts";
import { ACCESS_KEYS, EXPIRY_ATTRIBUTE, TABLE } from "../src/adapters/aws/table.ts";
import { OPERATIONS } from "../src/api/operation-table.ts";
import {
  readApiConfig,
  readOnEventConfig,
  readConnectionsConfig,
  readRunFlowConfig,
  readStackConfig,
  readSweepConfig,
  readTellConfig,
  readWorkerConfig,
} from "../src/config.ts";
import type { HttpHandler } from "../src/lambda/http-event.ts";
import { httpEvent } from "./lambda/http-events.ts";
import { actionsIn, adaptersOf } from "./support/permissions.ts";
import { actionsOf, packageStack, readTemplate, type Resource, statementsOf, type Template } from "./support/stack.ts";

const ROOT = join(import.meta.dirname, "..");
const BUNDLES = join(ROOT, ".build/functions");
/** Of what a function loads when it starts. */
const MAX_BUNDLE_BYTES = 1024 * 1024;

/** What runs in each role; `unused` are commands that it brings along and never sends. */
const FUNCTIONS = {
  ApiRole: { source: "api", unused: [] },
  ConnectionsRole: {
    source: "connections",
    // It looks at samples of files, and writes none.
    unused: [
      "AbortMultipartUpload",
      "CompleteMultipartUpload",
      "CreateMultipartUpload",
      "DeleteObject",
      "GetBucketLifecycleConfiguration",
      "HeadBucket",
      "ListMultipartUploads",
      "PutObject",
      "UploadPart",
      "UploadPartCopy",
    ],
  },
  // Its transactions put, and do nothing else.
  OnEventRole: { source: "on-event", unused: ["BatchGet", "BatchWrite", "Query", "TransactWrite"] },
  StartRunRole: { source: "start-run", unused: [] },
  TellEventsRole: { source: "tell-events", unused: ["BatchGet", "Get", "Put", "TransactWrite"] },
  RunFlowRole: {
    source: "run-flow",
    // It makes no profiles.
    unused: ["CreateSecret", "DeleteSecret"],
    // The vendor's SDK has Lambda remember, and call the functions.
    ofTheSdk: ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState", "lambda:InvokeFunction"],
  },
  TransferRole: {
    source: "transfer",
    // Whoever publishes looks for what is left over, and clears it away.
    unused: ["CreateSecret", "DeleteSecret", "DeleteObject", "GetBucketLifecycleConfiguration", "ListMultipartUploads"],
  },
  SweepRunsRole: {
    source: "sweep-runs",
    // It clears the staging bucket, and reads nothing in it.
    unused: [
      "AbortMultipartUpload",
      "CompleteMultipartUpload",
      "CreateMultipartUpload",
      "GetBucketLifecycleConfiguration",
      "GetObject",
      "HeadObject",
      "ListMultipartUploads",
      "PutObject",
      "UploadPart",
      "UploadPartCopy",
    ],
  },
} as const satisfies Record<
  string,
  { readonly source: string; readonly unused: readonly string[]; readonly ofTheSdk?: readonly string[] }
>;

const folder = mkdtempSync(join(tmpdir(), "millrace-package-"));
/** With every parameter given, and with none. */
let paths: readonly [full: string, plain: string];
let full: Template;
let plain: Template;

beforeAll(() => {
  const everything = {
    auth: "iam",
    table: "flows",
    dataBucket: "lake",
    allowedBuckets: "lake,raw-data",
    connectorFunctions: "arn:aws:lambda:eu-west-1:111122223333:function:acme",
    clientSecrets: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:acme-AbCdEf",
    eventBus: "runs",
    sourceBus: "aws.partner/salesforce.com/00D/0YL",
    dashboard: "yes",
  };
  paths = [packageStack(join(folder, "full"), everything), packageStack(join(folder, "plain"), {})];
  [full, plain] = [readTemplate(paths[0]), readTemplate(paths[1])];
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the package for AWS", () => {
  it("is a template that CloudFormation takes", { timeout: 60_000 }, () => {
    const engine = new RegoEngine();
    const found = paths.flatMap((path) => engine.validateStandard(new TemplateFile(path)).diagnostics);
    engine.free();

    const wrong = found.filter(({ severity, ruleId }) => ["FATAL", "ERROR"].includes(severity) || ruleId === "W3030");
    expect(found.length).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  });

  it.skipIf(cfnLint() === undefined)(
    "has nothing that cfn-lint takes for an error (needs cfn-lint)",
    { timeout: 120_000 },
    () => {
      for (const path of paths) {
        // osls says twice what depends on what, and conditions on parameters are known when the template is made.
        const { stdout, status } = spawnSync(cfnLint()!, ["--ignore-checks", "W3005", "W8003", "--", path], {
          encoding: "utf8",
        });

        expect([stdout, status]).toEqual(["", 0]);
      }
    },
  );

  it("has a route for each operation of the API, and the check of flows", () => {
    const routes = ofType(plain, "AWS::ApiGatewayV2::Route").map(({ RouteKey }) => String(RouteKey));

    const expected = OPERATIONS.map(({ method, path }) => `${method} ${path.replace("}", "+}")}`);
    expect(routes.toSorted()).toEqual([...expected, "POST /check-flow"].toSorted());
    expect(routes).toContain("POST /create-flow");
  });

  it("leaves signatures to the function, or has IAM verify them on every route", () => {
    const authorizers = (template: Template) =>
      Object.fromEntries(
        ofType(template, "AWS::ApiGatewayV2::Route").map((each) => [each["RouteKey"], each["AuthorizationType"]]),
      );
    const auth = (template: Template) => environmentOf(template, "ApiLambdaFunction")["MILLRACE_AUTH"];

    expect([auth(full), new Set(Object.values(authorizers(full)))]).toEqual(["iam", new Set(["AWS_IAM"])]);
    const { "POST /check-flow": check, ...others } = authorizers(plain);
    expect([auth(plain), check, new Set(Object.values(others))]).toEqual(["keys", "AWS_IAM", new Set([undefined])]);
  });

  it("has what each function is bundled from, and gives each a role of its own", () => {
    const functions = ofType(plain, "AWS::Lambda::Function");

    expect(functions.length).toBeGreaterThan(2);
    for (const { Handler: handler } of functions) {
      expect(existsSync(join(ROOT, String(handler).replace(/\.handler$/, ".mjs")))).toBe(true);
    }
    const roles = functions.map(({ Role: role }) => JSON.stringify(role));
    expect(new Set(roles).size).toBe(roles.length);
  });

  it.each([
    ["ApiLambdaFunction", readApiConfig],
    ["OnEventLambdaFunction", readOnEventConfig],
    ["ConnectionsLambdaFunction", readConnectionsConfig],
    ["StartRunLambdaFunction", readStackConfig],
    ["TellEventsLambdaFunction", readTellConfig],
    ["RunFlowLambdaFunction", readRunFlowConfig],
    ["TransferLambdaFunction", readWorkerConfig],
    ["SweepRunsLambdaFunction", readSweepConfig],
  ])("tells %s all that it reads from its environment, and nothing else", (name, read) => {
    const wanted = new Set<string>();
    const spy = new Proxy({}, { get: (_, variable) => void wanted.add(String(variable)) });

    expect(() => read(spy)).toThrow("MILLRACE_TABLE");

    const told = Object.keys(environmentOf(full, name)).filter((each) => each !== "NODE_OPTIONS");
    const ours = [...wanted].filter((each) => !GIVEN_BY_LAMBDA.test(each));
    expect(told.toSorted()).toEqual(ours.toSorted());
  });

  it.each(Object.entries(FUNCTIONS))(
    "allows %s what its code calls, and nothing else",
    async (role, { source, unused, ...rest }) => {
      const adapters = await adaptersOf(source);
      const ofTheSdk = "ofTheSdk" in rest ? rest.ofTheSdk : [];
      const called = [...adapters.flatMap((adapter) => actionsIn(adapter, unused)), ...ofTheSdk];

      const statements = statementsOf(full, role).filter(({ Effect }) => Effect === "Allow");
      const allowed = statements.flatMap(actionsOf).filter((action) => !OF_LAMBDA_ITSELF.includes(action));
      expect(called.length).toBeGreaterThan(0);
      expect([...new Set(allowed)].toSorted()).toEqual([...new Set(called)].toSorted());
    },
  );

  it("allows the check of flows to write its log, and nothing else", () => {
    const statements = statementsOf(full, "CheckFlowRole");

    expect(statements.flatMap(actionsOf).filter((action) => !action.startsWith("logs:"))).toEqual([]);
  });

  it("tells whoever checks flows of the buckets that runs may use", () => {
    const told = ["ApiLambdaFunction", "CheckFlowLambdaFunction"].flatMap((name) =>
      [full, plain].map((template) => environmentOf(template, name)["MILLRACE_ALLOWED_BUCKETS"]),
    );

    expect(told).toEqual(["lake,raw-data", "", "lake,raw-data", ""]);
  });

  it("has no action with a wildcard, and no resource with one that is not explained", () => {
    const policies = Object.entries(full.Resources).filter(([, { Type }]) =>
      /^AWS::IAM::(Role|ManagedPolicy)$/.test(Type),
    );
    const statements = policies.flatMap(([name]) => statementsOf(full, name));

    expect(statements.flatMap(actionsOf).filter((action) => action.includes("*"))).toEqual([]);
    const wild = statements.flatMap(({ Resource }) => arnsOf(Resource)).filter((arn) => /[*?]/.test(arn));
    expect([...new Set(wild)].filter((arn) => !EXPLAINED.some((pattern) => pattern.test(arn)))).toEqual([]);
    expect(EXPLAINED.filter((pattern) => !wild.some((arn) => pattern.test(arn)))).toEqual([]);
  });

  it.each(["ApiRole", "ConnectionsRole"])("lets %s issue no keys to the API", (role) => {
    const denied = statementsOf(plain, role).filter(({ Effect }) => Effect === "Deny");
    const writes = actionsIn("dynamo-table.ts").filter((action) => /Put|Update|Delete|Write/.test(action));

    expect(denied.flatMap(actionsOf).toSorted()).toEqual([...new Set(writes)].toSorted());
    expect(denied[0]!.Condition).toEqual({ "ForAnyValue:StringEquals": { "dynamodb:LeadingKeys": [ACCESS_KEYS] } });
  });

  it("lets whoever serves flows see no data, and no secret but the engine's key", () => {
    const statements = statementsOf(full, "ApiRole").filter(({ Effect }) => Effect === "Allow");

    const ofSecrets = statements.filter((statement) =>
      actionsOf(statement).some((action) => action.startsWith("secrets")),
    );
    expect(ofSecrets.flatMap(({ Resource }) => arnsOf(Resource))).toEqual([
      expect.stringContaining(":secret:millrace-engine-key/flows-??????"),
    ]);
    expect(statements.flatMap(actionsOf).filter((action) => action.startsWith("s3:"))).toEqual([]);
  });

  it("lets whoever works on slices make no object in the buckets of flows", () => {
    const writes = statementsOf(full, "TransferRole").filter((statement) =>
      actionsOf(statement).includes("s3:PutObject"),
    );
    const ofFlows = writes.filter(({ Resource }) => arnsOf(Resource).some((arn) => /:s3:::(lake|raw-data)/.test(arn)));

    expect(ofFlows.map(({ Condition }) => Condition)).toEqual([{ Bool: { "s3:ObjectCreationOperation": false } }]);
    expect(writes.length).toBe(2);
  });

  it("has executions end after their runs, and begins them under the alias of the durable function", () => {
    const { DurableConfig: durable } = full.Resources["RunFlowLambdaFunction"]!.Properties as {
      readonly DurableConfig: { readonly ExecutionTimeout: number };
    };
    const alias = ofType(full, "AWS::Lambda::Alias").map(({ Name }) => Name);

    expect(durable.ExecutionTimeout).toBeGreaterThan((24 + 72) * 60 * 60);
    for (const name of ["ApiLambdaFunction", "StartRunLambdaFunction", "SweepRunsLambdaFunction"]) {
      expect(JSON.stringify(environmentOf(full, name)["MILLRACE_ORCHESTRATOR"])).toContain(
        `-runFlow:${String(alias)}"`,
      );
    }
  });

  it("lets the services that take a role of ours act for this stack alone", () => {
    const trusts = ofType(full, "AWS::IAM::Role").flatMap(
      ({ AssumeRolePolicyDocument: document }) =>
        (
          document as {
            readonly Statement: readonly {
              readonly Principal: { readonly Service: unknown };
              readonly Condition?: unknown;
            }[];
          }
        ).Statement,
    );
    const others = trusts.filter(({ Principal }) => !JSON.stringify(Principal).includes("lambda.amazonaws.com"));

    expect(others).toMatchObject([
      {
        Principal: { Service: "scheduler.amazonaws.com" },
        Condition: {
          StringEquals: {
            "aws:SourceAccount": { Ref: "AWS::AccountId" },
            "aws:SourceArn": { "Fn::GetAtt": ["ScheduleGroup", "Arn"] },
          },
        },
      },
    ]);
  });

  it("makes a data bucket only when one is named, and keeps open uploads there for a week", () => {
    const named = Object.values(full.Resources).filter(({ Condition }) => Condition === "HasDataBucket");
    const bucket = named.find(({ Type }) => Type === "AWS::S3::Bucket");

    expect(named.map(({ Type }) => Type).toSorted()).toEqual([
      "AWS::IAM::ManagedPolicy",
      "AWS::S3::Bucket",
      "AWS::S3::BucketPolicy",
    ]);
    expect(bucket!.Properties).toMatchObject({
      BucketName: "lake",
      LifecycleConfiguration: { Rules: [{ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }] },
    });
  });

  it("makes the table that the stores expect, and keeps it with its key and with what is too large for it", () => {
    const kept = Object.values(full.Resources).filter(({ Condition }) => Condition === "MakesTable");
    const [table, key] = ["AWS::DynamoDB::Table", "AWS::SecretsManager::Secret"].map((type) =>
      kept.find(({ Type }) => Type === type)!,
    ) as [Resource, Resource];

    expect(kept.map(({ Type }) => Type).toSorted()).toEqual([
      "AWS::DynamoDB::Table",
      "AWS::S3::Bucket",
      "AWS::S3::BucketPolicy",
      "AWS::SecretsManager::Secret",
    ]);
    for (const each of kept.filter(({ Type }) => Type !== "AWS::S3::BucketPolicy")) {
      expect(each).toMatchObject({ DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
    }
    expect(table.Properties).toEqual({
      TableName: "flows",
      ...TABLE,
      TimeToLiveSpecification: { AttributeName: EXPIRY_ATTRIBUTE, Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      DeletionProtectionEnabled: true,
    });
    expect(key.Properties).toMatchObject({
      Name: engineKeyName("flows"),
      GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true },
    });
  });

  it("shows every function on the dashboard, and nothing that there is not", () => {
    const { DashboardBody: body } = full.Resources["Dashboard"]!.Properties as {
      readonly DashboardBody: { readonly "Fn::Sub": string };
    };
    const text = body["Fn::Sub"];
    const named = [...text.matchAll(/\$\{(\w+)(?:\.\w+)?\}/g)].map(([, name]) => name!);
    const functions = Object.entries(full.Resources).filter(([, { Type }]) => Type === "AWS::Lambda::Function");

    expect(named.filter((name) => full.Resources[name] === undefined)).toEqual([]);
    expect(functions.map(([name]) => name).filter((name) => !named.includes(name))).toEqual([]);
    const { widgets } = JSON.parse(text) as {
      readonly widgets: readonly { readonly properties: { readonly metrics: readonly unknown[] } }[];
    };
    expect(widgets.map(({ properties }) => properties.metrics.length).filter((count) => count === 0)).toEqual([]);
    expect(text).toContain('"TableName", "flows"');
  });

  it("refuses parameters that are not what they should be", () => {
    const attempt = (parameters: Readonly<Record<string, string>>) => {
      try {
        packageStack(join(folder, "wrong"), parameters);
        return "";
      } catch (error) {
        const { stdout, stderr } = error as { readonly stdout: Buffer; readonly stderr: Buffer };
        return Buffer.concat([stdout, stderr]).toString();
      }
    };

    expect(attempt({ auth: "none" })).toContain("expected keys or iam");
    expect(attempt({ allowedBuckets: "lake,*" })).toContain("*: expected names of buckets, between commas");
  });

  it("tells how to go on, in its outputs", () => {
    const outputs = JSON.stringify(plain.Outputs);

    expect(outputs).toContain("npx millrace keys create NAME --table millrace-prod");
    expect(outputs).toContain("AWS_ENDPOINT_URL_APPFLOW=");
  });

  it("allows whoever tells of runs what that takes, on the bus that is named", () => {
    const [statement, ...others] = statementsOf(full, "TellRunsPolicy");

    expect(others).toEqual([]);
    expect(actionsOf(statement!).toSorted()).toEqual(actionsIn("event-bus.ts").toSorted());
    expect(statement!.Resource).toEqual({
      "Fn::Sub": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/runs",
    });
  });

  it("runs every function on the Node that the tests run on", () => {
    const major = process.versions.node.split(".")[0];

    expect(new Set(ofType(plain, "AWS::Lambda::Function").map(({ Runtime }) => Runtime))).toEqual(
      new Set([`nodejs${major}.x`]),
    );
  });

  it("bundles functions that start without node_modules, and that load little when they start", async () => {
    const bundles = globSync("*/*.mjs", { cwd: BUNDLES });
    const { handler } = (await import(join(BUNDLES, "check-flow/index.mjs"))) as { readonly handler: HttpHandler };

    const { statusCode, body } = await handler(httpEvent({ body: `{"flowName":"orders"}` }));

    expect(statusCode).toBe(200);
    expect(body).toContain("triggerConfig");
    const imported = new Set(bundles.flatMap((bundle) => importsOf(join(BUNDLES, bundle))));
    // An error message of the SDK says how to import that one.
    const others = [...imported].filter(
      (name) => !name.startsWith("./") && !isBuiltin(name) && name !== "@aws-sdk/signature-v4-crt",
    );
    expect(others).toEqual([]);
    for (const name of ["api", "check-flow", "connections", "start-run", "tell-events"])
      expect(loadedAtStart(name)).toBeLessThan(MAX_BUNDLE_BYTES);
  });
});

/** Lambda itself writes the log and sends what failed, in the function's name. */
const OF_LAMBDA_ITSELF: readonly string[] = ["logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"];

/** The region, which Lambda sets, or what may be set in its place; and servers in place of Amazon's, for tests. */
const GIVEN_BY_LAMBDA = /^(AWS_|MILLRACE_REGION$)/;

/** Resources that have no whole name when the stack is made. */
const EXPLAINED: readonly RegExp[] = [
  // Secrets Manager appends six characters to a name.
  /:secret:millrace-engine-key\/flows-\?{6}$/,
  // The secrets of profiles are made later; all have that prefix, and nothing else has it.
  /:secret:millrace\/\*$/,
  // The schedules of flows are made later, in a group that nobody else has.
  /:schedule\/\$\{ScheduleGroup\}\/\*$/,
  // The rules of flows are made later, and all have that prefix.
  /:rule\/(aws\.partner\/salesforce\.com\/00D\/0YL\/)?millrace-prod-\*$/,
  // The versions of the durable function, and its executions: there are more with every deployment.
  /:function:millrace-prod-runFlow:\*$/,
  /:function:millrace-prod-runFlow:\*\/durable-execution\/\*\/\*$/,
  // Objects of the bucket of our own.
  /:s3:::millrace-prod-staging-\$\{AWS::AccountId\}-\$\{AWS::Region\}\/\*$/,
  // Objects of buckets that the deployer has named.
  /:s3:::(lake|raw-data)\/\*$/,
  /^\$\{DataBucket\.Arn\}\/\*$/,
];

function ofType(template: Template, type: string): Readonly<Record<string, unknown>>[] {
  return Object.values(template.Resources)
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties);
}

function environmentOf(template: Template, name: string): Readonly<Record<string, unknown>> {
  const { Environment: environment } = template.Resources[name]!.Properties;
  return (environment as { readonly Variables: Readonly<Record<string, unknown>> }).Variables;
}

/** The texts of one ARN or several, as they stand in the template. */
function arnsOf(resource: unknown): readonly string[] {
  if (typeof resource === "string") return [resource];
  if (Array.isArray(resource)) return resource.flatMap(arnsOf);
  const { "Fn::Sub": text, "Fn::If": choice } = resource as {
    readonly "Fn::Sub"?: string;
    readonly "Fn::If"?: unknown[];
  };
  return text === undefined ? arnsOf(choice?.slice(1) ?? []) : [text];
}

/** Bytes of a bundle and of all that it imports before anything is called. */
function loadedAtStart(name: string): number {
  const seen = new Set<string>();
  const load = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const imported of importsOf(join(BUNDLES, name, file), { atStart: true })) {
      if (imported.startsWith("./")) load(imported.slice(2));
    }
  };
  load("index.mjs");
  return [...seen].reduce((sum, file) => sum + statSync(join(BUNDLES, name, file)).size, 0);
}

/** What a minified bundle imports, when it is loaded or later. */
function importsOf(path: string, { atStart = false } = {}): readonly string[] {
  const source = readFileSync(path, "utf8");
  const first = [...source.matchAll(/\bimport(?:[\w$*{}, ]+from)? ?"([^"]+)"/g)];
  const later = atStart ? [] : [...source.matchAll(/\bimport\("([^"]+)"\)/g)];
  return [...first, ...later].map(([, name]) => name!);
}

function cfnLint(): string | undefined {
  return spawnSync("cfn-lint", ["--version"]).status === 0 ? "cfn-lint" : undefined;
}
